import { cn } from './cn.ts'

/** Keys to press: `⌘K`, `g r`. */
export function Kbd({ children, className }: { children: string; className?: string }) {
  return (
    <kbd
      className={cn(
        'inline-flex h-5 min-w-5 items-center justify-center rounded-sm border border-line-strong bg-surface-2 px-1 text-muted text-xs',
        className,
      )}
    >
      {children}
    </kbd>
  )
}
