'use client'
import { type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { GridRowView, RunView } from '#lib/experiments/schema.ts'
import { GridHead } from './grid-head.tsx'
import { cellId, GridRow, headPx, rowPx } from './grid-rows.tsx'
import { type GridWindow, nextRows, windowAt } from './grid-window.ts'

/** Cells that one frame draws anew at most; a row at least. */
const cellsPerFrame = 9
const rowsAtFirst = 8

/** Lines where rows will be: what is scrolled to faster than it can be drawn is seen as empty rows. */
const rowLines = {
  backgroundImage: `linear-gradient(to top, var(--line) 1px, transparent 1px)`,
  backgroundSize: `100% ${rowPx}px`,
}

/**
 * The box that scrolls, with the rows that are seen. A frame draws no more than it has time for: what is scrolled by faster
 * than anybody reads, more than a row a frame, is drawn in outline, and filled in as soon as it is slower.
 */
export function GridBox({
  base,
  workspace,
  run,
  sort,
  onSort,
  total,
  rowAt,
  busy,
  active,
  box,
  boxRef,
  onKeyDown,
  onClick,
  onSeen,
}: {
  base: string
  workspace: string
  run: RunView
  sort: string | null
  onSort: (sort: string | null) => void
  total: number
  rowAt: (index: number) => GridRowView | undefined
  busy: boolean
  active: { row: number; candidate: number }
  box: HTMLDivElement | null
  boxRef: (box: HTMLDivElement | null) => void
  onKeyDown: (event: KeyboardEvent) => void
  onClick: (event: MouseEvent) => void
  onSeen: (seen: GridWindow) => void
}) {
  const candidates = run.setup.candidates.length
  const [focused, setFocused] = useState(false)
  const [drawn, setDrawn] = useState(
    () => nextRows(new Map(), { first: 0, end: Math.min(total, rowsAtFirst) }, total, rowAt, Infinity).rows,
  )
  const now = useRef({ drawn, total, rowAt, onSeen })
  useLayoutEffect(() => {
    now.current = { drawn, total, rowAt, onSeen }
  })
  const look = useRef(() => {})

  useEffect(() => {
    if (!box) return
    let frame = 0
    let height = box.clientHeight - headPx
    let lastTop = box.scrollTop
    let fastFrames = 0
    const budget = Math.max(1, Math.floor(cellsPerFrame / candidates))
    const draw = () => {
      frame = 0
      const { drawn: before, total: count, rowAt: at, onSeen: tell } = now.current
      const top = box.scrollTop
      fastFrames = Math.abs(top - lastTop) > rowPx ? fastFrames + 1 : 0
      lastTop = top
      // A jump is none: who arrives reads.
      const isFast = fastFrames > 1
      const seen = windowAt(top, height, count, rowPx)
      tell(seen)
      const { rows, left } = nextRows(before, seen, count, isFast ? (index) => before.get(index) : at, budget)
      // In this very frame: what is scrolled to is seen at once.
      if (rows !== before) flushSync(() => setDrawn(rows))
      if (left || isFast) ask()
    }
    const ask = () => {
      frame ||= requestAnimationFrame(draw)
    }
    look.current = ask
    box.addEventListener('scroll', ask, { passive: true })
    const resizes = new ResizeObserver(() => {
      height = box.clientHeight - headPx
      ask()
    })
    resizes.observe(box)
    return () => {
      look.current = () => {}
      cancelAnimationFrame(frame)
      box.removeEventListener('scroll', ask)
      resizes.disconnect()
    }
  }, [box, candidates])
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows are drawn anew, in frames of their own
  useEffect(() => look.current(), [rowAt, total])

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot be windowed
    <div
      ref={boxRef}
      role="grid"
      aria-label="Answers"
      aria-rowcount={total + 1}
      aria-colcount={candidates + 2}
      aria-busy={busy}
      aria-activedescendant={drawn.has(active.row) ? cellId(base, active.row, active.candidate) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onFocus={(event) => setFocused(event.target === event.currentTarget)}
      onBlur={() => setFocused(false)}
      className="relative h-[calc(100dvh-7rem)] min-h-[420px] overflow-auto overscroll-contain rounded-xl border bg-surface-1"
    >
      <div style={{ minWidth: 44 + 168 + candidates * 264 }}>
        <GridHead run={run} sort={sort} onSort={onSort} />
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" className="relative" style={{ height: total * rowPx, ...rowLines }}>
          {[...drawn.keys()]
            .sort((one, other) => one - other)
            .map((index) => (
              <GridRow
                key={index}
                base={base}
                workspace={workspace}
                runId={run.id}
                index={index}
                row={drawn.get(index)}
                candidates={candidates}
                evaluators={run.setup.evaluators}
                active={focused && index === active.row ? active.candidate : -1}
              />
            ))}
        </div>
      </div>
    </div>
  )
}
