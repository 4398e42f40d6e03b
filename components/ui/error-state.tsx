'use client'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { cn } from './cn.ts'
import { CopyButton } from './copy-button.tsx'
import { Jack } from './jack.tsx'

/** What happened, what to do, the request id to quote, and a way to try again. */
export function ErrorState({
  title,
  children,
  requestId,
  onRetry,
  retrying = false,
  action,
  heading: Heading = 'h2',
  className,
}: {
  /** What happened: "The models could not be loaded". */
  title: string
  /** What to do about it. */
  children?: ReactNode
  requestId?: string | undefined
  onRetry?: () => void
  retrying?: boolean
  action?: ReactNode
  /** `h1` where it is all that the page has. */
  heading?: 'h1' | 'h2'
  className?: string
}) {
  // The API's sentence ends with the id, which stands below with its button.
  const said = typeof children === 'string' ? children.replace(` Request ${requestId}.`, '') : children
  return (
    <div role="alert" className={cn('grid justify-items-center gap-4 px-6 py-14 text-center', className)}>
      <Jack state="bad" className="size-6" />
      <div className="grid max-w-md gap-1">
        <Heading className="font-semibold">{title}</Heading>
        {said && <div className="text-pretty text-muted">{said}</div>}
      </div>
      {(onRetry || action) && (
        <div className="flex flex-wrap items-center justify-center gap-3">
          {onRetry && (
            <Button onClick={onRetry} loading={retrying}>
              Try again
            </Button>
          )}
          {action}
        </div>
      )}
      {requestId && (
        <p className="inline-flex items-center gap-1 text-faint text-xs">
          Request <span className="figures">{requestId}</span>
          <CopyButton text={requestId} what="the request id" />
        </p>
      )}
    </div>
  )
}
