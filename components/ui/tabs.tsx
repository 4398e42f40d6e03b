'use client'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { type ReactNode, useId, useState } from 'react'
import { cn } from './cn.ts'
import { formatNumber } from './format.ts'
import { TabList, tabIds } from './tab-list.tsx'

const listStyles = 'flex gap-5 overflow-x-auto border-b [scrollbar-width:none]'
const tabStyles =
  'relative shrink-0 rounded-t-md pt-2 pb-2.5 font-medium text-muted whitespace-nowrap transition-colors hover:text-ink -outline-offset-2 after:absolute after:inset-x-0 after:bottom-0 after:h-0.5 after:rounded-full'
const onStyles = 'text-ink after:bg-ink'

function Tally({ count }: { count: number | undefined }) {
  return count === undefined ? null : (
    <span className="ml-1.5 font-normal text-faint text-xs tabular-nums">{formatNumber(count)}</span>
  )
}

export interface TabLink {
  href: string
  label: string
  count?: number
}

/** Tabs that are places: each has its address. The current one is the longest that the path begins with. */
export function TabLinks({ tabs, label, className }: { tabs: TabLink[]; label: string; className?: string }) {
  const pathname = usePathname()
  const current = tabs
    .filter(({ href }) => pathname === href || pathname.startsWith(`${href}/`))
    .sort((a, b) => b.href.length - a.href.length)[0]
  return (
    <nav aria-label={label} className={cn(listStyles, className)}>
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          aria-current={tab === current ? 'page' : undefined}
          className={cn(tabStyles, tab === current && onStyles)}
        >
          {tab.label}
          <Tally count={tab.count} />
        </Link>
      ))}
    </nav>
  )
}

export interface Tab {
  id: string
  label: string
  count?: number
  content: ReactNode
}

/** Tabs inside a page. Pass `value` and `onChange` to keep the choice in the address. */
export function Tabs({
  tabs,
  label,
  value,
  onChange,
  className,
}: {
  tabs: Tab[]
  label: string
  value?: string
  onChange?: (id: string) => void
  className?: string
}) {
  const base = useId()
  const [own, setOwn] = useState(tabs[0]?.id ?? '')
  const chosen = value ?? own
  const current = tabs.find(({ id }) => id === chosen)
  return (
    <div className={className}>
      <TabList
        base={base}
        label={label}
        value={chosen}
        onChange={(id) => {
          setOwn(id)
          onChange?.(id)
        }}
        items={tabs.map((tab) => ({
          id: tab.id,
          label: (
            <>
              {tab.label}
              <Tally count={tab.count} />
            </>
          ),
        }))}
        className={listStyles}
        tabClassName={cn(tabStyles, 'data-[state=active]:text-ink data-[state=active]:after:bg-ink')}
      />
      {current && (
        <div
          key={current.id}
          role="tabpanel"
          id={tabIds(base, current.id).panel}
          aria-labelledby={tabIds(base, current.id).tab}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what a tab shows may hold nothing else to stop at
          tabIndex={0}
          className="pt-4"
        >
          {current.content}
        </div>
      )}
    </div>
  )
}
