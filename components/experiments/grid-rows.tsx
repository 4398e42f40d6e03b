'use client'
import { memo } from 'react'
import { cn } from '#components/ui/cn.ts'
import { formatNumber } from '#components/ui/format.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { GridRowView, PinnedSetupView } from '#lib/experiments/schema.ts'
import { GridCell } from './grid-cell.tsx'

export const rowPx = 152
export const headPx = 45

/** Place in the list, what is asked, and a column for each candidate. */
export const columnsOf = (candidates: number): string =>
  `44px minmax(168px, 280px) repeat(${candidates}, minmax(264px, 1fr))`

const activeStyle = { boxShadow: 'inset 0 0 0 2px var(--accent)' }

export const cellId = (base: string, row: number, candidate: number) => `${base}-${row}-${candidate}`

export interface GridRowProps {
  base: string
  workspace: string
  runId: string
  index: number
  row: GridRowView | undefined
  candidates: number
  evaluators: PinnedSetupView['evaluators']
  /** The candidate whose cell the keyboard is on; −1: none of this row. */
  active: number
}

/** One row of the grid; drawn again only when something of it has changed. */
export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { base, workspace, runId, index, row, candidates, evaluators, active } = props
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus and names the active cell
    // biome-ignore lint/a11y/useSemanticElements: rows that are windowed stand where their place says
    <div
      role="row"
      aria-rowindex={index + 2}
      data-grid-row={index}
      className="absolute inset-x-0 grid border-b bg-surface-1 [contain:strict]"
      style={{ top: index * rowPx, height: rowPx, gridTemplateColumns: columnsOf(candidates) }}
    >
      {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="rowheader" className="figures px-2 py-2.5 text-right text-faint text-xs">
        {formatNumber(row?.position ?? index + 1)}
      </div>
      {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="gridcell" className="flex min-w-0 flex-col gap-1 overflow-hidden border-l px-3 py-2.5 text-sm">
        {row ? <Asked row={row} /> : <Skeleton className="h-4 w-3/4" />}
      </div>
      {Array.from({ length: candidates }, (_, candidate) => {
        const cell = row?.cells.find((each) => each.candidate === candidate)
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          // biome-ignore lint/a11y/useSemanticElements: as above
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: a candidate is its place
            key={candidate}
            role="gridcell"
            id={cellId(base, index, candidate)}
            aria-selected={candidate === active}
            data-candidate={candidate}
            className="flex min-w-0 cursor-default flex-col gap-1.5 overflow-hidden border-l px-3 py-2.5 text-sm hover:bg-surface-2/60"
            style={candidate === active ? activeStyle : undefined}
          >
            {cell ? (
              <GridCell workspace={workspace} runId={runId} rowId={row!.id} cell={cell} evaluators={evaluators} />
            ) : (
              <Skeleton className="h-4 w-4/5" />
            )}
          </div>
        )
      })}
    </div>
  )
})

/** What a row asks, in few words. */
function Asked({ row }: { row: GridRowView }) {
  const inputs = Object.entries(row.inputs).filter(([, value]) => value !== null && value !== '')
  const last = row.messages.at(-1)
  return (
    <>
      {inputs.slice(0, 3).map(([name, value]) => (
        <p key={name} className={cn('wrap-anywhere', inputs.length > 1 ? 'line-clamp-1' : 'line-clamp-3')}>
          {inputs.length > 1 && <span className="text-faint">{name} </span>}
          {toLine(value)}
        </p>
      ))}
      {last && <p className="line-clamp-2 text-muted wrap-anywhere">{toLine(last.content)}</p>}
      {row.expected !== null && row.expected !== undefined && (
        <p className="line-clamp-2 text-faint text-xs wrap-anywhere">expects {toLine(row.expected)}</p>
      )}
    </>
  )
}

function toLine(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 300)
}
