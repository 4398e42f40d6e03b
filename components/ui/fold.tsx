'use client'
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { cn } from './cn.ts'

/** A part of the panel that is closed until it is wanted; what is set in it stands beside its name. */
export function Fold({
  title,
  summary,
  startsOpen = false,
  mark,
  place,
  onOpen,
  children,
}: {
  title: string
  summary: string
  startsOpen?: boolean
  /** A sign beside the name: something in it wants to be looked at. */
  mark?: ReactNode
  /** What leads here finds it by this. */
  place?: string
  /** Somebody comes near: the moment to fetch what is inside. */
  onOpen?: () => void
  children: ReactNode
}) {
  const id = useId()
  const [open, setOpen] = useState(startsOpen)
  return (
    <section className="border-t" data-place={place}>
      <h2>
        <button
          type="button"
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          onPointerEnter={onOpen}
          onFocus={onOpen}
          onClick={() => setOpen(!open)}
          className="flex min-h-10 w-full items-center gap-1.5 px-4 text-left font-medium text-sm -outline-offset-2 hover:bg-surface-2"
        >
          <ChevronRight
            className={cn('size-4 shrink-0 text-faint transition-transform', open && 'rotate-90')}
            aria-hidden="true"
          />
          {title}
          {mark}
          {!open && <span className="ml-auto min-w-0 truncate pl-3 font-normal text-faint">{summary}</span>}
        </button>
      </h2>
      {open && (
        <div id={id} className="px-4 pt-1 pb-4">
          {children}
        </div>
      )}
    </section>
  )
}
