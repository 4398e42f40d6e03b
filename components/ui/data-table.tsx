'use client'
import { useRouter } from 'next/navigation'
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react'
import { cn } from './cn.ts'
import { ColumnChooser } from './column-chooser.tsx'
import { formatNumber } from './format.ts'
import { type Column, nextSort, type Sort, sortRows, useShownColumns } from './table-columns.ts'
import { useOverflows, useRowKeys } from './table-hooks.ts'
import { HeadCell, SkeletonRows, TableRow } from './table-parts.tsx'
import { CheckBox } from './toggles.tsx'

export interface DataTableProps<Row> {
  /** What the rows are, read out as the table's name: "Private models". */
  label: string
  columns: readonly Column<Row>[]
  /** `undefined` while they load. */
  rows: readonly Row[] | undefined
  rowId: (row: Row) => string
  /** How a row is called in "Select …". */
  rowName?: (row: Row) => string
  rowHref?: (row: Row) => string
  onOpen?: (row: Row) => void
  /** Two lines a row: 52 px in place of 40. */
  tall?: boolean
  /** Controlled sorting, for the server; without it columns sort in the browser. */
  sort?: Sort | undefined
  onSort?: (sort: Sort | undefined) => void
  defaultSort?: Sort
  /** Turns selection on. Gets the chosen ids and a way to drop them. */
  bulk?: (ids: readonly string[], clear: () => void) => ReactNode
  /** Keeps the choice of columns in this browser and shows the chooser. */
  columnsKey?: string
  /** Search box and filters, left of the chooser. */
  toolbar?: ReactNode
  /** In place of rows when there are none: an `EmptyState`. */
  empty: ReactNode
  /** In place of rows: an `ErrorState`. */
  error?: ReactNode
  /** Below the rows, inside the card: `Pagination`. */
  footer?: ReactNode
  /** `j`, `k`, `x`: turn it off on all but one table of a page. */
  keyboard?: boolean
  /** No card around it, for a table inside one. */
  bare?: boolean
  /** Old rows while new ones are fetched: shown dimmed. */
  refreshing?: boolean
  skeletonRows?: number
  className?: string
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const {
    label,
    columns,
    rows,
    rowId,
    rowName,
    rowHref,
    onOpen,
    tall = false,
    bulk,
    columnsKey,
    toolbar,
    empty,
    error,
    footer,
  } = props
  const router = useRouter()
  const boxRef = useRef<HTMLDivElement>(null)
  const bodyRef = useRef<HTMLTableSectionElement>(null)
  const overflows = useOverflows(boxRef)
  const { shown, isDefault, choose } = useShownColumns(columns, columnsKey)

  const [ownSort, setOwnSort] = useState(props.defaultSort)
  const sort = props.onSort ? props.sort : ownSort
  const sorted = useMemo(
    () => (rows && !props.onSort ? sortRows(rows, columns, sort) : rows),
    [rows, columns, sort, props.onSort],
  )

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  // A row that is gone is no longer selected, whatever was ticked.
  const chosen = useMemo(() => (rows ?? []).map(rowId).filter((id) => selected.has(id)), [rows, rowId, selected])
  const clear = useCallback(() => setSelected(new Set()), [])
  const toggle = useCallback(
    (id: string) =>
      setSelected((before) => {
        const after = new Set(before)
        if (!after.delete(id)) after.add(id)
        return after
      }),
    [],
  )
  const selectAt = useCallback(
    (index: number) => {
      const row = sorted?.[index]
      if (row) toggle(rowId(row))
    },
    [sorted, rowId, toggle],
  )
  useRowKeys(bodyRef, { enabled: props.keyboard ?? true, onSelect: bulk ? selectAt : undefined })

  function open(row: Row) {
    if (onOpen) onOpen(row)
    else if (rowHref) router.push(rowHref(row))
  }

  const isEmpty = sorted?.length === 0
  return (
    <div className={cn('min-w-0', props.className)}>
      {(toolbar || columnsKey || (bulk && chosen.length > 0)) && (
        <div className={cn('flex min-h-8 items-start gap-2', props.bare ? 'px-4 pb-2' : 'mb-2.5')}>
          {bulk && chosen.length > 0 ? (
            <div className="flex flex-1 flex-wrap items-center gap-2">
              <span role="status" className="mr-1 font-medium text-sm">
                {formatNumber(chosen.length)} selected
              </span>
              {bulk(chosen, clear)}
            </div>
          ) : (
            <div className="flex min-w-0 flex-1 flex-wrap items-center gap-2">{toolbar}</div>
          )}
          {columnsKey && <ColumnChooser columns={columns} shown={shown} isDefault={isDefault} onChoose={choose} />}
        </div>
      )}
      <div className={cn('min-w-0', !props.bare && 'rounded-xl border bg-surface-1')}>
        {error ?? (isEmpty ? empty : null)}
        {!error && !isEmpty && (
          <section
            ref={boxRef}
            aria-label={label}
            aria-busy={!rows || props.refreshing}
            tabIndex={overflows ? 0 : undefined}
            className={cn('relative rounded-xl', overflows ? 'scroll-edges overflow-x-auto' : 'max-lg:overflow-x-auto')}
          >
            <table
              className={cn(
                'w-full border-separate border-spacing-0 text-sm',
                props.refreshing && 'opacity-60 transition-opacity',
              )}
            >
              <thead className={cn(!overflows && '[&_th]:bg-surface-1 lg:sticky lg:top-12 lg:z-10')}>
                <tr>
                  {bulk && (
                    <th scope="col" className="w-10 rounded-tl-xl border-b pl-4">
                      <CheckBox
                        label="Select all rows shown"
                        disabled={!rows}
                        checked={chosen.length === 0 ? false : chosen.length === rows?.length ? true : 'indeterminate'}
                        onChange={(on) => setSelected(new Set(on ? (rows ?? []).map(rowId) : []))}
                      />
                    </th>
                  )}
                  {shown.map((column) => (
                    <HeadCell
                      key={column.id}
                      column={column}
                      sort={sort}
                      onSort={() => (props.onSort ?? setOwnSort)(nextSort(sort, column.id, column.kind === 'figure'))}
                    />
                  ))}
                </tr>
              </thead>
              <tbody ref={bodyRef}>
                {sorted ? (
                  sorted.map((row) => {
                    const id = rowId(row)
                    return (
                      <TableRow
                        key={id}
                        row={row}
                        columns={shown}
                        tall={tall}
                        href={rowHref?.(row)}
                        onOpen={onOpen || rowHref ? open : undefined}
                        selection={
                          bulk && {
                            label: `Select ${rowName?.(row) ?? id}`,
                            checked: selected.has(id),
                            onToggle: () => toggle(id),
                          }
                        }
                      />
                    )
                  })
                ) : (
                  <SkeletonRows
                    count={props.skeletonRows ?? 6}
                    columns={shown}
                    tall={tall}
                    selectable={Boolean(bulk)}
                  />
                )}
              </tbody>
            </table>
          </section>
        )}
        {footer && !error && !isEmpty && <div className="border-t empty:hidden">{footer}</div>}
      </div>
    </div>
  )
}
