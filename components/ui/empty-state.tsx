import type { ReactNode } from 'react'
import { cn } from './cn.ts'
import { Jack } from './jack.tsx'

/** Nothing here yet: what this is, one action, one link. */
export function EmptyState({
  title,
  children,
  action,
  link,
  icon,
  heading: Heading = 'h2',
  className,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
  link?: ReactNode
  /** In place of the hollow jack. */
  icon?: ReactNode
  /** `h1` where it is all that the page has. */
  heading?: 'h1' | 'h2'
  className?: string
}) {
  return (
    <div className={cn('grid justify-items-center gap-4 px-6 py-14 text-center', className)}>
      {icon ?? <PatchBay />}
      <div className="grid max-w-md gap-1">
        <Heading className="font-semibold">{title}</Heading>
        {children && <div className="text-pretty text-muted">{children}</div>}
      </div>
      {(action || link) && (
        <div className="flex flex-wrap items-center justify-center gap-3">
          {action}
          {link}
        </div>
      )}
    </div>
  )
}

/** A row of free jacks: nothing is plugged in. */
function PatchBay() {
  return (
    <span aria-hidden="true" className="flex gap-3 rounded-lg border border-line-strong border-dashed px-3 py-2.5">
      {['a', 'b', 'c', 'd'].map((key) => (
        <Jack key={key} state="idle" className="text-line-field" />
      ))}
    </span>
  )
}
