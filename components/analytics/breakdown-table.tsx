'use client'
import { Download } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useMemo, useState } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { ButtonLink } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { cn } from '#components/ui/cn.ts'
import { DataTable } from '#components/ui/data-table.tsx'
import { Count, Delta, Duration, Money } from '#components/ui/figures.tsx'
import { type Column, type Sort, sortRows } from '#components/ui/table-columns.ts'
import type { BreakdownRow, UsageFigures, UsageRow } from '#lib/analytics/schema.ts'
import { costChangeOf, isUnpriced, perCallOf, tokensOf } from './figures.ts'

/** A row of a table, or its last one, the total. */
export type TableRow = UsageRow & Partial<Pick<BreakdownRow, 'latency' | 'previousCost'>> & { isTotal?: boolean }

/** The same figures split by one thing. Every column adds up to the tile above: the last row says so. */
export function BreakdownTable({
  title,
  head,
  rows,
  total,
  totalLatencyMs,
  label,
  href,
  requestsHref,
  csv,
  wide = false,
  timed = false,
  refreshing,
  keyboard = false,
}: {
  title: string
  /** Of the first column. */
  head: string
  rows: readonly TableRow[] | undefined
  total: UsageFigures | undefined
  totalLatencyMs?: number | null
  label: (row: TableRow) => ReactNode
  /** The overview of a row alone. */
  href: (row: TableRow) => string | undefined
  /** The requests behind a row. */
  requestsHref: (row: TableRow) => string | undefined
  csv: string | undefined
  /** With the columns that need room: per call, change. */
  wide?: boolean
  /** With the latency. */
  timed?: boolean
  refreshing: boolean
  keyboard?: boolean
}) {
  const [sort, setSort] = useState<Sort>()
  const columns = useMemo(
    () => toColumns({ head, label, href, requestsHref, wide, timed, totalLatencyMs: totalLatencyMs ?? null }),
    [head, label, href, requestsHref, wide, timed, totalLatencyMs],
  )
  const sorted = useMemo(() => {
    if (!rows || !total) return undefined
    if (rows.length === 0) return []
    const last: TableRow = { ...total, key: 'total', label: 'Total', practice: false, isTotal: true }
    return [...sortRows(rows, columns, sort), last]
  }, [rows, total, columns, sort])

  return (
    <Card>
      <CardHeader
        title={title}
        actions={
          csv && (
            <ButtonLink href={csv} prefetch={false} download size="sm" variant="quiet" aria-label={`${title} as CSV`}>
              <Download aria-hidden="true" /> CSV
            </ButtonLink>
          )
        }
      />
      <DataTable
        bare
        label={title}
        columns={columns}
        rows={sorted}
        rowId={(row) => (row.isTotal ? 'total' : `row ${row.key}`)}
        sort={sort}
        onSort={setSort}
        refreshing={refreshing}
        keyboard={keyboard}
        skeletonRows={4}
        empty={<p className="px-4 pb-6 text-muted text-sm">Nothing in this range.</p>}
      />
    </Card>
  )
}

function toColumns({
  head,
  label,
  href,
  requestsHref,
  wide,
  timed,
  totalLatencyMs,
}: {
  head: string
  label: (row: TableRow) => ReactNode
  href: (row: TableRow) => string | undefined
  requestsHref: (row: TableRow) => string | undefined
  wide: boolean
  timed: boolean
  totalLatencyMs: number | null
}): Column<TableRow>[] {
  const columns: (Column<TableRow> | false)[] = [
    {
      id: 'label',
      label: head,
      primary: true,
      sort: (row) => row.label.toLowerCase(),
      cell: (row) => {
        const to = row.isTotal ? undefined : href(row)
        return (
          <span className="flex max-w-64 items-center gap-1.5">
            <span className={cn('truncate', row.isTotal && 'font-medium')}>
              {to ? (
                <Link
                  href={to}
                  prefetch={false}
                  className="link inline-flex min-h-6 min-w-6 items-center justify-end rounded-sm"
                  title="Look at this alone"
                >
                  {label(row)}
                </Link>
              ) : row.isTotal ? (
                'Total'
              ) : (
                <span className="text-muted">{label(row)}</span>
              )}
            </span>
            {row.practice && !row.isTotal && <Badge tone="outline">Practice</Badge>}
          </span>
        )
      },
    },
    {
      id: 'requests',
      label: 'Requests',
      kind: 'figure',
      sort: (row) => row.requests,
      cell: (row) => {
        const to = row.isTotal ? undefined : requestsHref(row)
        const count = <Count value={row.requests} className={total(row)} />
        return to ? (
          <Link
            href={to}
            prefetch={false}
            className="link inline-flex min-h-6 min-w-6 items-center justify-end rounded-sm"
            title="Show these requests"
          >
            {count}
          </Link>
        ) : (
          count
        )
      },
    },
    {
      id: 'tokens',
      label: 'Tokens',
      kind: 'figure',
      sort: tokensOf,
      cell: (row) => <Count value={tokensOf(row)} compact className={total(row)} />,
    },
    {
      id: 'cost',
      label: 'Cost',
      kind: 'figure',
      sort: (row) => BigInt(row.cost.nanoUsd),
      cell: (row) => <Cost row={row} />,
    },
    wide && {
      id: 'perCall',
      label: 'Per call',
      kind: 'figure',
      sort: (row) => BigInt(perCallOf(row)?.nanoUsd ?? -1),
      cell: (row) => {
        const each = perCallOf(row)
        return each ? <Money amount={each} className={total(row)} /> : <span className="text-faint">–</span>
      },
    },
    timed && {
      id: 'latency',
      label: 'p95',
      kind: 'figure',
      sort: (row) => row.latency?.p95Ms ?? null,
      cell: (row) => (
        <Duration ms={row.isTotal ? totalLatencyMs : (row.latency?.p95Ms ?? null)} className={total(row)} />
      ),
    },
    {
      id: 'errors',
      label: 'Errors',
      kind: 'figure',
      sort: (row) => row.errors,
      cell: (row) => <Count value={row.errors} className={cn(total(row), row.errors === 0 && 'text-faint')} />,
    },
    wide && {
      id: 'change',
      label: 'Change',
      unit: 'in cost',
      kind: 'figure',
      sort: (row) => costChangeOf(row.cost, row.previousCost ?? null),
      cell: (row) => (row.isTotal ? null : <Delta share={costChangeOf(row.cost, row.previousCost ?? null)} />),
    },
  ]
  return columns.filter((column) => column !== false)
}

function total(row: TableRow): string | undefined {
  return row.isTotal ? 'font-medium' : undefined
}

function Cost({ row }: { row: TableRow }) {
  if (isUnpriced(row)) return <Money amount={null} className={total(row)} />
  return (
    <span title={row.unpriced > 0 ? `${row.unpriced} requests are unpriced and not in this` : undefined}>
      {row.unpriced > 0 && (
        <>
          <span aria-hidden="true">≥ </span>
          <span className="sr-only">at least </span>
        </>
      )}
      <Money amount={row.cost} className={total(row)} />
    </span>
  )
}
