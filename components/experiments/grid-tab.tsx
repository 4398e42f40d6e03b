'use client'
import { useQueries } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { formatNumber } from '#components/ui/format.ts'
import type { GridRowView, RunView } from '#lib/experiments/schema.ts'
import { conditionsNone, type ExperimentState, gridConditions, gridQuery } from './experiment-queries.ts'
import { GridBox } from './grid-box.tsx'
import { cellId, headPx, rowPx } from './grid-rows.tsx'
import { GridToolbar } from './grid-toolbar.tsx'
import type { GridWindow } from './grid-window.ts'
import { isMoving } from './run-words.ts'

const CellDialog = dynamic(() => import('./cell-dialog.tsx').then((module) => module.CellDialog), { ssr: false })

const pageRows = 40

/** Rows x candidates. Only what is seen is drawn, and only the pages that are seen are asked for. */
export function GridTab({
  workspace,
  run,
  state,
  setState,
  canWrite,
  personId,
}: {
  workspace: string
  run: RunView
  state: ExperimentState
  setState: (patch: Partial<ExperimentState>, options?: { history: 'replace' }) => void
  canWrite: boolean
  personId: string
}) {
  const base = useId()
  // It comes and goes with the first and the last row that fits.
  const [box, setBox] = useState<HTMLDivElement | null>(null)
  const [total, setTotal] = useState(run.rows)
  const [active, setActive] = useState<{ row: number; candidate: number }>({ row: 0, candidate: 0 })
  const [seenPages, setSeenPages] = useState({ first: 0, last: 0 })
  const [wanted, setWanted] = useState<{ row: number; candidate: number }>()
  const conditions = useMemo(() => gridConditions(state), [state])
  const candidates = run.setup.candidates.length
  const sortBy = useCallback((sort: string | null) => setState({ sort }), [setState])
  const onSeen = useCallback(({ first, end }: GridWindow) => {
    const seen = { first: Math.floor(first / pageRows), last: Math.floor(Math.max(0, end - 1) / pageRows) }
    setSeenPages((before) => (before.first === seen.first && before.last === seen.last ? before : seen))
  }, [])
  // The page above and the one below are there before anybody comes to them.
  const firstPage = Math.max(0, seenPages.first - 1)
  const endPage = Math.max(1, Math.ceil(total / pageRows))
  const lastPage = Math.max(firstPage, Math.min(endPage - 1, seenPages.last + 1))
  const pages = useQueries({
    queries: Array.from({ length: lastPage - firstPage + 1 }, (_, at) => ({
      ...gridQuery(workspace, run.id, conditions, (firstPage + at) * pageRows, pageRows),
      staleTime: isMoving(run.state) ? 0 : 30_000,
    })),
  })
  const found = pages.find(({ data }) => data)?.data?.total
  useEffect(() => {
    if (found !== undefined) setTotal(found)
  }, [found])
  // Another order, other rows: the window begins at its top.
  const asked = JSON.stringify(conditions)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change that matters
  useEffect(() => {
    box?.scrollTo({ top: 0 })
    setActive({ row: 0, candidate: 0 })
  }, [asked])

  const rowAt = (index: number): GridRowView | undefined =>
    pages[Math.floor(index / pageRows) - firstPage]?.data?.items[index % pageRows]

  function show(row: number) {
    if (!box) return
    const top = row * rowPx
    const height = box.clientHeight - headPx
    if (top < box.scrollTop) box.scrollTo({ top })
    else if (top + rowPx > box.scrollTop + height) box.scrollTo({ top: top + rowPx - height })
  }

  function move(row: number, candidate: number) {
    const next = {
      row: Math.max(0, Math.min(total - 1, row)),
      candidate: Math.max(0, Math.min(candidates - 1, candidate)),
    }
    setActive(next)
    show(next.row)
    document
      .getElementById(cellId(base, next.row, next.candidate))
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    return next
  }

  function open(row: number, candidate: number) {
    setActive({ row, candidate })
    setWanted({ row, candidate })
  }
  // Whoever is quicker than the rows gets the cell as soon as its row is there.
  const wantedRow = wanted && rowAt(wanted.row)
  useEffect(() => {
    if (!wanted || !wantedRow) return
    setWanted(undefined)
    setState({ cell: `${wantedRow.id}~${wanted.candidate}` })
  }, [wanted, wantedRow, setState])

  function onKeyDown(event: KeyboardEvent) {
    if (event.target !== event.currentTarget || event.altKey) return
    const { row, candidate } = active
    const far = Math.max(1, Math.floor(((box?.clientHeight ?? rowPx) - headPx) / rowPx))
    const isFar = event.ctrlKey || event.metaKey
    const target: Record<string, [row: number, candidate: number]> = {
      ArrowDown: [row + 1, candidate],
      j: [row + 1, candidate],
      ArrowUp: [row - 1, candidate],
      k: [row - 1, candidate],
      ArrowRight: [row, candidate + 1],
      ArrowLeft: [row, candidate - 1],
      PageDown: [row + far, candidate],
      PageUp: [row - far, candidate],
      Home: [isFar ? 0 : row, 0],
      End: [isFar ? total - 1 : row, candidates - 1],
    }
    const opens = event.key === 'Enter' || event.key === ' '
    const to = target[event.key]
    if ((!opens && !to) || (isFar && event.key !== 'Home' && event.key !== 'End')) return
    event.preventDefault()
    if (to) move(...to)
    else open(row, candidate)
  }

  function onClick(event: MouseEvent) {
    const target = event.target as Element
    const cell = target.closest<HTMLElement>('[data-candidate]')
    const row = target.closest<HTMLElement>('[data-grid-row]')
    if (!cell || !row || window.getSelection()?.toString()) return
    open(Number(row.dataset.gridRow), Number(cell.dataset.candidate))
  }

  // The dialog holds the focus until it is gone; then whoever walks the grid goes on.
  const isOpen = state.cell !== null
  const wasOpen = useRef(isOpen)
  useEffect(() => {
    if (wasOpen.current && !isOpen) box?.focus({ preventScroll: true })
    wasOpen.current = isOpen
  }, [isOpen, box])

  const error = pages.find(({ error: failed, data }) => failed && !data)?.error
  const isFiltered = Object.keys(conditions).some((key) => key !== 'sort')
  const [openRow = '', openCandidate = '0'] = state.cell?.split('~') ?? []
  const openIndex = rowAt(active.row)?.id === openRow ? active.row : null

  return (
    <>
      <GridToolbar run={run} state={state} setState={setState} />
      {error ? (
        <div className="rounded-xl border bg-surface-1">
          <ErrorState
            title="The answers could not be loaded"
            requestId={error instanceof ApiError ? error.requestId : undefined}
            onRetry={() => void Promise.all(pages.map((page) => page.refetch()))}
            retrying={pages.some((page) => page.isFetching)}
          >
            {error.message}
          </ErrorState>
        </div>
      ) : found === 0 ? (
        <div className="rounded-xl border bg-surface-1">
          {isFiltered ? (
            <EmptyState
              title="No row fits"
              action={<Button onClick={() => setState(conditionsNone)}>Clear the conditions</Button>}
            >
              Nothing in this run is like this.
            </EmptyState>
          ) : (
            <EmptyState title="Nothing is answered yet">
              {isMoving(run.state) ? 'The first answers show here as soon as they come.' : 'The run stopped before.'}
            </EmptyState>
          )}
        </div>
      ) : (
        <>
          <GridBox
            base={base}
            workspace={workspace}
            run={run}
            sort={state.sort}
            onSort={sortBy}
            total={total}
            rowAt={rowAt}
            busy={pages.some((page) => page.isPending)}
            active={active}
            box={box}
            boxRef={setBox}
            onKeyDown={onKeyDown}
            onClick={onClick}
            onSeen={onSeen}
          />
          <p className="mt-2 flex flex-wrap gap-x-4 text-faint text-xs">
            <span role="status">
              {formatNumber(total)} {total === 1 ? 'row' : 'rows'}
            </span>
            <span className="max-sm:hidden">Arrow keys walk, Enter opens an answer</span>
          </p>
        </>
      )}
      {state.cell && (
        <CellDialog
          workspace={workspace}
          run={run}
          rowId={openRow}
          candidate={Number(openCandidate)}
          canWrite={canWrite}
          personId={personId}
          onClose={() => setState({ cell: null })}
          onWalk={(rows, aside) => {
            const candidate = Number(openCandidate) + aside
            if (rows === 0) {
              if (candidate >= 0 && candidate < candidates) {
                setState({ cell: `${openRow}~${candidate}` }, { history: 'replace' })
                setActive((before) => ({ ...before, candidate }))
              }
              return
            }
            if (openIndex === null) return
            const next = rowAt(openIndex + rows)
            if (!next) return
            move(openIndex + rows, candidate)
            setState({ cell: `${next.id}~${candidate}` }, { history: 'replace' })
          }}
          walks={openIndex !== null}
        />
      )}
    </>
  )
}
