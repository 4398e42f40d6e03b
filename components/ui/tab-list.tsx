'use client'
import { type KeyboardEvent, type ReactNode, useEffect } from 'react'

export interface TabListItem {
  id: string
  label: ReactNode
}

/** Ids that a tab and its panel call each other by. */
export const tabIds = (base: string, id: string) => ({ tab: `${base}-${id}-tab`, panel: `${base}-${id}-panel` })

/** The row of tabs: one stop for the tab key; arrows, Home and End move the choice. */
export function TabList({
  base,
  items,
  value,
  onChange,
  label,
  className,
  tabClassName,
}: {
  /** Unique on the page; panels are named with `tabIds`. */
  base: string
  items: readonly TabListItem[]
  value: string
  onChange: (id: string) => void
  label: string
  className?: string
  tabClassName?: string
}) {
  // Where the row is wider than its place the chosen tab comes to its middle; the page around it stays.
  useEffect(() => {
    const tab = document.getElementById(tabIds(base, value).tab)
    const [inner, outer] = [tab, tab?.parentElement].map((each) => each?.getBoundingClientRect())
    if (inner && outer) tab!.parentElement!.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2
  }, [base, value])

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const at = items.findIndex(({ id }) => id === value)
    const last = items.length - 1
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at <= 0 ? last : at - 1, Home: 0, End: last }[
      event.key
    ]
    const next = to === undefined ? undefined : items[to]
    if (!next) return
    event.preventDefault()
    onChange(next.id)
    document.getElementById(tabIds(base, next.id).tab)?.focus()
  }
  return (
    <div role="tablist" aria-label={label} className={className} onKeyDown={onKeyDown}>
      {items.map(({ id, label: words }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={tabIds(base, id).tab}
          aria-selected={id === value}
          aria-controls={tabIds(base, id).panel}
          data-state={id === value ? 'active' : 'inactive'}
          tabIndex={id === value ? 0 : -1}
          onClick={() => onChange(id)}
          className={tabClassName}
        >
          {words}
        </button>
      ))}
    </div>
  )
}
