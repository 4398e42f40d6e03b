'use client'
import { type RefObject, useEffect, useState } from 'react'

/** Whether the content is wider than its box. Only then the box scrolls, because a box that scrolls cannot have a head that sticks to the window. */
export function useOverflows(boxRef: RefObject<HTMLElement | null>): boolean {
  const [overflows, setOverflows] = useState(false)
  useEffect(() => {
    const box = boxRef.current
    const content = box?.firstElementChild
    if (!box || !content) return
    const observer = new ResizeObserver(() => setOverflows(content.scrollWidth > box.clientWidth + 1))
    observer.observe(box)
    observer.observe(content)
    return () => observer.disconnect()
  }, [boxRef])
  return overflows
}

/**
 * `j` and `k` move the focus over the rows, `x` selects, Enter opens. The keys work anywhere on the page but in a text
 * box, a menu or a dialog; with several tables on a page only the one asked to listens (`enabled`).
 */
export function useRowKeys(
  bodyRef: RefObject<HTMLElement | null>,
  { enabled, onSelect }: { enabled: boolean; onSelect: ((index: number) => void) | undefined },
): void {
  useEffect(() => {
    if (!enabled) return
    function onKeyDown(event: KeyboardEvent) {
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return
      const target = event.target instanceof Element ? event.target : null
      const rows = [...(bodyRef.current?.querySelectorAll<HTMLElement>('tr[data-row]') ?? [])]
      if (
        rows.length === 0 ||
        target?.closest(
          'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=menu], [role=listbox]',
        )
      )
        return
      const dialog = document.querySelector('[role=dialog], [role=alertdialog]')
      if (dialog && !dialog.contains(bodyRef.current)) return
      const at = rows.findIndex((row) => row.contains(document.activeElement))
      if (event.key === 'j' || event.key === 'k') {
        const next = at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + (event.key === 'j' ? 1 : -1)))
        rows[next]?.focus()
        rows[next]?.scrollIntoView({ block: 'nearest' })
      } else if (event.key === 'x' && at >= 0 && onSelect) onSelect(at)
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [bodyRef, enabled, onSelect])
}
