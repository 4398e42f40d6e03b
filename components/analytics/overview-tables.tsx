'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { withQuery } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import type { OverviewView, UsageGroup } from '#lib/analytics/schema.ts'
import { BreakdownTable, type TableRow } from './breakdown-table.tsx'
import { DaysTable } from './days-table.tsx'
import { rowLabel, withoutPractice } from './figures.ts'
import { Movers } from './movers.tsx'
import { identitiesQuery, usageCsvPath } from './queries.ts'
import { type ChartGroup, type OverviewState, toParts, toSpanQuery, toUsageQuery } from './state.ts'

const labels = {
  model: (row: TableRow) => rowLabel(row, 'model'),
  key: (row: TableRow) => rowLabel(row, 'key'),
  deployment: (row: TableRow) => rowLabel(row, 'deployment'),
  source: (row: TableRow) => rowLabel(row, 'source'),
  status: (row: TableRow) => rowLabel(row, 'status'),
  identity: (row: TableRow) => rowLabel(row, 'identity'),
} satisfies Record<ChartGroup | 'identity', (row: TableRow) => string>

const outcomesOf: Readonly<Record<string, Record<string, string>>> = {
  ...{ '2xx': { outcome: 'ok' }, '4xx': { outcome: 'error', status: '4xx' } },
  ...{ aborted: { outcome: 'aborted' }, truncated: { outcome: 'truncated' } },
  ...{ refused: { outcome: 'refused' }, lost: { outcome: 'lost' } },
}

/**
 * The figures by one thing after the other: each table adds up to the tiles; a name leads to the overview of it alone, a
 * count to the requests behind it.
 */
export function OverviewTables({
  workspace,
  view,
  state,
  refreshing,
}: {
  workspace: string
  view: OverviewView | undefined
  state: OverviewState
  refreshing: boolean
}) {
  const span = toSpanQuery(state)
  const isNamed = (row: TableRow) => row.key !== '' && row.key !== 'others'
  // As shown, whatever the API would choose by itself.
  const shown = view && { ...toUsageQuery(state), includePractice: String(view.practice.included) }
  const practice = state.practice === null ? {} : { practice: String(state.practice) }
  const table = (group: UsageGroup & (ChartGroup | 'identity')) => ({
    label: labels[group],
    href: (row: TableRow) =>
      isNamed(row) && group !== 'status'
        ? withQuery(`/${workspace}/analytics`, { ...span, ...practice, [group]: row.key })
        : undefined,
    requestsHref: (row: TableRow) => {
      const own = group === 'status' ? outcomesOf[row.key] : isNamed(row) ? { [group]: row.key } : undefined
      return own && withQuery(`/${workspace}/requests`, { ...span, ...own, ...withoutPractice(view) })
    },
    csv: shown && usageCsvPath(workspace, group, shown),
    total: view?.total,
    refreshing,
  })
  const hasDeployments = view?.byDeployment.some(isNamed) ?? false

  return (
    <div className="grid gap-4">
      <BreakdownTable
        {...table('model')}
        title="By model"
        head="Model"
        rows={view?.byModel}
        totalLatencyMs={view?.latency?.p95Ms ?? null}
        wide
        timed
        keyboard
      />
      {/* Of all of a workspace the chart tells enough. */}
      {view?.grain === 'day' && Object.keys(toParts(state)).length > 0 && (
        <DaysTable workspace={workspace} view={view} span={span} />
      )}
      {view && view.previous.requests > 0 && view.movers.length > 0 && (
        <Movers movers={view.movers} workspace={workspace} span={span} />
      )}
      {hasDeployments && (
        <BreakdownTable
          {...table('deployment')}
          title="By deployment"
          head="Deployment"
          rows={view?.byDeployment}
          totalLatencyMs={view?.latency?.p95Ms ?? null}
          wide
          timed
        />
      )}
      <BreakdownTable
        {...table('key')}
        title="By key or person"
        head="Key or person"
        rows={view?.byKey}
        totalLatencyMs={view?.latency?.p95Ms ?? null}
        wide
        timed
      />
      <div className="grid gap-4 xl:grid-cols-2">
        <BreakdownTable {...table('source')} title="By source" head="Source" rows={view?.bySource} />
        <BreakdownTable {...table('status')} title="By outcome" head="Outcome" rows={view?.byStatus} />
      </div>
      {shown && state.identity === null && (
        <Identities key={JSON.stringify(shown)} workspace={workspace} query={shown} table={table('identity')} />
      )}
    </div>
  )
}

type SharedProps = Pick<
  Parameters<typeof BreakdownTable>[0],
  'label' | 'href' | 'requestsHref' | 'csv' | 'total' | 'refreshing'
>

/** End users are in no sum: they are counted from the records, once somebody asks. */
function Identities({
  workspace,
  query,
  table,
}: {
  workspace: string
  query: Record<string, string>
  table: SharedProps
}) {
  const [asked, setAsked] = useState(false)
  const identities = useQuery({ ...identitiesQuery(workspace, query), enabled: asked })
  if (asked && !identities.error)
    return (
      <BreakdownTable
        {...table}
        title="By identity"
        head="Identity"
        rows={identities.data?.rows}
        total={identities.data?.total}
        wide
      />
    )
  return (
    <Card>
      <CardHeader title="By identity" actions={<Button onClick={() => setAsked(true)}>Count them</Button>} />
      {identities.error ? (
        <ErrorState
          title="The identities could not be counted"
          onRetry={() => void identities.refetch()}
          retrying={identities.isFetching}
        >
          {identities.error.message} A shorter range is counted sooner.
        </ErrorState>
      ) : (
        <p className="px-4 pb-4 text-muted text-sm">
          Your callers’ own end users. They are counted from the records, which takes some seconds over millions of
          them.
        </p>
      )}
    </Card>
  )
}
