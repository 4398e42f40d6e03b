import type { ReactNode } from 'react'
import { cn } from './cn.ts'

/** The head of a page: its one `h1`, a line about it, its actions. */
export function PageHeader({
  title,
  aside,
  children,
  actions,
  className,
}: {
  title: ReactNode
  /** Beside the title: health, a badge. */
  aside?: ReactNode
  /** The line below. */
  children?: ReactNode
  actions?: ReactNode
  className?: string
}) {
  return (
    <header className={cn('mb-4 flex flex-wrap items-start gap-x-4 gap-y-3', className)}>
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="min-w-0 break-words font-semibold text-xl tracking-[-0.015em]">{title}</h1>
          {aside}
        </div>
        {children && <div className="mt-0.5 text-muted">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  )
}

/** The body of a page in the frame. `full` for tables that use the whole width. */
export function PageBody({
  full = false,
  className,
  children,
}: {
  full?: boolean
  className?: string
  children: ReactNode
}) {
  return (
    <div className={cn('mx-auto w-full px-4 py-5 sm:px-6 sm:py-6', !full && 'max-w-[1440px]', className)}>
      {children}
    </div>
  )
}
