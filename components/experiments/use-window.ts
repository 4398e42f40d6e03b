'use client'
import { useCallback, useEffect, useState } from 'react'

/** Rows above and below what is seen that are drawn ahead of it. */
const aheadRows = 4
/** Scrolling draws anew only after so many rows. */
const stepRows = 2

/** Which rows of equal height are in the window of a box that scrolls; `end` is the first one below. */
export function useWindow(box: HTMLElement | null, count: number, rowPx: number, headPx: number) {
  const [seen, setSeen] = useState({ first: 0, rows: 8 })
  const look = useCallback(() => {
    if (!box) return
    const first = Math.floor(box.scrollTop / rowPx / stepRows) * stepRows
    const rows = Math.ceil((box.clientHeight - headPx) / rowPx) + 1 + stepRows
    setSeen((before) => (before.first === first && before.rows === rows ? before : { first, rows }))
  }, [box, rowPx, headPx])

  useEffect(() => {
    if (!box) return
    look()
    box.addEventListener('scroll', look, { passive: true })
    const resizes = new ResizeObserver(look)
    resizes.observe(box)
    return () => {
      box.removeEventListener('scroll', look)
      resizes.disconnect()
    }
  }, [box, look])

  const start = Math.max(0, Math.min(seen.first, Math.max(0, count - 1)) - aheadRows)
  return { start, end: Math.min(count, seen.first + seen.rows + aheadRows) }
}
