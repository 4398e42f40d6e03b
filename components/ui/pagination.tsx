'use client'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, ButtonLink } from './button.tsx'

/** Where a step leads: an address, something to do, or nothing. */
export type PageStep = string | (() => void) | undefined

/** Keyset paging: no page numbers, because rows come and go. `summary` says what is shown. */
export function Pagination({
  previous,
  next,
  summary,
  pending = false,
}: {
  previous: PageStep
  next: PageStep
  summary?: ReactNode
  pending?: boolean
}) {
  if (!previous && !next && !summary) return null
  return (
    <nav aria-label="Pages" className="flex min-h-12 items-center gap-2 px-3 py-2">
      <span className="flex-1 text-muted text-sm">{summary}</span>
      <Step to={previous} pending={pending} rel="prev">
        <ChevronLeft aria-hidden="true" /> Previous
      </Step>
      <Step to={next} pending={pending} rel="next">
        Next <ChevronRight aria-hidden="true" />
      </Step>
    </nav>
  )
}

function Step({ to, pending, rel, children }: { to: PageStep; pending: boolean; rel: string; children: ReactNode }) {
  if (typeof to === 'string') {
    return (
      <ButtonLink href={to} rel={rel} size="sm" scroll={false}>
        {children}
      </ButtonLink>
    )
  }
  return (
    <Button size="sm" disabled={!to || pending} onClick={to}>
      {children}
    </Button>
  )
}
