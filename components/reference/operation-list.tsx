'use client'
import { Search } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { cn } from '#components/ui/cn.ts'
import { Input } from '#components/ui/input.tsx'
import { Method } from './method.tsx'

export interface ListedOperation {
  id: string
  group: string
  method: string
  /** Short: without what every path begins with. */
  path: string
  summary: string
}

/** Every operation, searchable; arrows walk through what is found. On a small screen it makes room for the one shown. */
export function OperationList({ operations, base }: { operations: readonly ListedOperation[]; base: string }) {
  const [query, setQuery] = useState('')
  const list = useRef<HTMLElement>(null)
  const pathname = usePathname()
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const found = operations.filter((each) => {
    const text = `${each.id} ${each.group} ${each.method} ${each.path} ${each.summary}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })

  // A deep link may lead far down.
  useEffect(() => {
    list.current?.querySelector(`a[href=${JSON.stringify(pathname)}]`)?.scrollIntoView({ block: 'nearest' })
  }, [pathname])

  function walk(event: KeyboardEvent) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    const links = [...(list.current?.querySelectorAll('a') ?? [])]
    const at = links.indexOf(document.activeElement as HTMLAnchorElement)
    const next = links[event.key === 'ArrowDown' ? at + 1 : at - 1]
    event.preventDefault()
    if (next) next.focus()
    else if (event.key === 'ArrowUp') list.current?.querySelector('input')?.focus()
  }

  return (
    <aside
      ref={list}
      onKeyDown={walk}
      aria-label="Operations"
      className={cn(
        'min-w-0 lg:sticky lg:top-16 lg:flex lg:max-h-[calc(100dvh-5.5rem)] lg:flex-col',
        pathname !== base && 'max-lg:hidden',
      )}
    >
      <div className="shrink-0 p-1 pb-2">
        <Input
          type="search"
          aria-label="Search operations"
          placeholder="Search operations"
          value={query}
          maxLength={100}
          onChange={(event) => setQuery(event.target.value)}
          prefix={<Search aria-hidden="true" />}
        />
      </div>
      <p aria-live="polite" className={cn('px-2 py-6 text-muted text-sm', found.length > 0 && 'sr-only')}>
        {found.length === 0 ? `No operation is about “${query}”.` : query && `${found.length} found`}
      </p>
      <nav
        aria-label="API reference"
        className="grid grid-cols-1 content-start gap-4 p-1 lg:min-h-0 lg:overflow-y-auto"
      >
        {[...Map.groupBy(found, ({ group }) => group)].map(([group, members]) => (
          <section key={group} aria-label={group}>
            <h2 className="px-2 pb-1 text-faint text-xs">{group}</h2>
            <ul>
              {members.map(({ id, method, path, summary }) => {
                const href = `${base}/${id}`
                const isCurrent = pathname === href
                return (
                  <li key={id}>
                    <Link
                      href={href}
                      prefetch={false}
                      aria-current={isCurrent ? 'page' : undefined}
                      title={summary}
                      className={cn(
                        'flex min-h-8 items-center gap-2 rounded-md px-2 py-1 text-sm',
                        isCurrent ? 'bg-surface-3 text-ink' : 'text-muted hover:bg-surface-2 hover:text-ink',
                      )}
                    >
                      <Method method={method} />
                      <span className="figures min-w-0 truncate">{path}</span>
                    </Link>
                  </li>
                )
              })}
            </ul>
          </section>
        ))}
      </nav>
    </aside>
  )
}
