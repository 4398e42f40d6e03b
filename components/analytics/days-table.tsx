'use client'
import Link from 'next/link'
import { useMemo } from 'react'
import { withQuery } from '#components/ui/api.ts'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import type { OverviewView, SeriesPoint } from '#lib/analytics/schema.ts'
import { withoutPractice } from './figures.ts'

interface Day extends SeriesPoint {
  to: string
}

/** Days that had calls, the newest first; each leads to its requests, which add up to it. */
export function DaysTable({
  workspace,
  view,
  span,
}: {
  workspace: string
  view: OverviewView
  /** The part that is looked at, as the address of the requests takes it. */
  span: Record<string, string>
}) {
  const rows = useMemo(
    () =>
      view.series
        .map((point, index): Day => ({ ...point, to: view.series[index + 1]?.at ?? view.period.to }))
        .filter(({ requests }) => requests > 0)
        .reverse(),
    [view],
  )
  const columns = useMemo((): Column<Day>[] => {
    const { range: _, ...parts } = span
    const day = new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone: view.period.timeZone, weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
    })
    return [
      {
        id: 'day',
        label: 'Day',
        primary: true,
        cell: ({ at, to }) => (
          <Link
            href={withQuery(`/${workspace}/requests`, {
              ...parts,
              ...withoutPractice(view),
              // A span that begins or ends within a day has no more of it.
              from: [at, view.period.from].sort().at(-1),
              to,
            })}
            prefetch={false}
            title="Show these requests"
            className="link inline-flex min-h-6 items-center rounded-sm whitespace-nowrap"
          >
            {day.format(new Date(at))}
          </Link>
        ),
      },
      { id: 'requests', label: 'Requests', kind: 'figure', cell: (row) => <Count value={row.requests} /> },
      { id: 'errors', label: 'Errors', kind: 'figure', cell: (row) => <Count value={row.errors} /> },
      {
        id: 'tokens',
        label: 'Tokens',
        kind: 'figure',
        cell: (row) => <Count value={row.inputTokens + row.outputTokens} compact />,
      },
      { id: 'cost', label: 'Cost', kind: 'figure', cell: (row) => <Money amount={row.cost} /> },
      {
        id: 'latency',
        label: 'p95 latency',
        kind: 'figure',
        cell: (row) => <Duration ms={row.latency?.p95Ms ?? null} />,
      },
    ]
  }, [workspace, view, span])
  return (
    <Card>
      <CardHeader title="By day" detail="Days that had calls; they add up to the figures above." />
      <DataTable
        bare
        label="By day"
        columns={columns}
        rows={rows}
        rowId={({ at }) => at}
        keyboard={false}
        empty={<p className="px-4 pb-6 text-muted text-sm">Nothing in this range.</p>}
      />
    </Card>
  )
}
