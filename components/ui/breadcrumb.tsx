'use client'
import Link from 'next/link'
import { createContext, Fragment, type ReactNode, useContext, useEffect, useState } from 'react'
import { cn } from './cn.ts'

export interface Crumb {
  label: string
  /** The last one, the page itself, has none. */
  href?: string
}

export function Breadcrumb({ crumbs, className }: { crumbs: readonly Crumb[]; className?: string }) {
  return (
    <nav aria-label="Breadcrumb" className={cn('min-w-0', className)}>
      <ol className="flex min-w-0 items-center gap-2 text-muted">
        {crumbs.map((crumb, index) => {
          const last = index === crumbs.length - 1
          return (
            <Fragment key={`${crumb.href ?? ''} ${crumb.label}`}>
              {index > 0 && (
                <li aria-hidden="true" className="text-faint max-sm:hidden">
                  /
                </li>
              )}
              <li className={cn('min-w-0', last ? 'shrink truncate' : 'shrink-0 max-sm:hidden')}>
                {crumb.href && !last ? (
                  <Link href={crumb.href} className="rounded-sm hover:text-ink">
                    {crumb.label}
                  </Link>
                ) : (
                  <span aria-current={last ? 'page' : undefined} className={cn(last && 'font-medium text-ink')}>
                    {crumb.label}
                  </span>
                )}
              </li>
            </Fragment>
          )
        })}
      </ol>
    </nav>
  )
}

const none: readonly Crumb[] = []
const TrailContext = createContext<readonly Crumb[]>(none)
const SetTrailContext = createContext<(trail: readonly Crumb[]) => void>(() => {})

/** Stands in the frame and holds what the page below it adds to the breadcrumb. */
export function TrailProvider({ children }: { children: ReactNode }) {
  const [trail, setTrail] = useState(none)
  return (
    <SetTrailContext value={setTrail}>
      <TrailContext value={trail}>{children}</TrailContext>
    </SetTrailContext>
  )
}

export const useTrail = () => useContext(TrailContext)

/** Put anywhere in a page: what comes after workspace and area in the breadcrumb. */
export function Trail({ crumbs }: { crumbs: readonly Crumb[] }) {
  const setTrail = useContext(SetTrailContext)
  const text = JSON.stringify(crumbs)
  useEffect(() => {
    setTrail(JSON.parse(text) as Crumb[])
    return () => setTrail(none)
  }, [text, setTrail])
  return null
}
