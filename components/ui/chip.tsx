import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './cn.ts'

/** A value that was put in and can be taken out again. */
export function Chip({
  children,
  removeLabel,
  onRemove,
  className,
}: {
  children: ReactNode
  /** "Remove the alias groq/llama". Needed with `onRemove`. */
  removeLabel?: string
  onRemove?: () => void
  className?: string
}) {
  return (
    <span
      className={cn(
        'inline-flex h-7 max-w-full items-center gap-1 rounded-md border border-line-strong bg-surface-1 pl-2 text-sm',
        onRemove ? 'pr-0.5' : 'pr-2',
        className,
      )}
    >
      <span className="truncate">{children}</span>
      {onRemove && (
        <button
          type="button"
          aria-label={removeLabel ?? 'Remove'}
          onClick={onRemove}
          className="grid size-6 place-items-center rounded-sm text-faint hover:bg-surface-3 hover:text-ink"
        >
          <X className="size-3.5" />
        </button>
      )}
    </span>
  )
}
