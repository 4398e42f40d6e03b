'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useMemo } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { ButtonLink } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Count, Duration, Money, Share } from '#components/ui/figures.tsx'
import { KpiRow } from '#components/ui/kpi.tsx'
import { type RangeValue, toRangeQuery } from '#components/ui/range.ts'
import { RangePicker } from '#components/ui/range-picker.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import type { DeploymentFigures, UsageFigures, UsageRow } from '#lib/analytics/schema.ts'
import type { DeploymentView } from '#lib/deployments/schema.ts'
import { type DeploymentState, figuresQuery, passedShare } from './queries.ts'

type Row = UsageRow & Partial<Pick<DeploymentFigures['byVersion'][number], 'latency' | 'firstByte' | 'judged'>>

const usualRange = '7d'

/** What the deployment did, by version, variant and environment, and the requests behind it. */
export function FiguresTab({
  workspace,
  deployment,
  state,
  onState,
}: {
  workspace: string
  deployment: DeploymentView
  state: DeploymentState
  onState: (patch: Partial<DeploymentState>) => void
}) {
  const { range, from, to } = state
  const isCustom = from !== null || to !== null
  const shown: RangeValue = { range: isCustom ? null : (range ?? usualRange), from, to }
  const query = toRangeQuery(shown)
  const figures = useQuery({
    ...figuresQuery(workspace, deployment.id, query),
    placeholderData: keepPreviousData,
  })
  const { data, error } = figures
  const requests = `/${workspace}/requests?${new URLSearchParams({ deployment: deployment.id, practice: 'true', ...query })}`
  const isJudged = data?.byVersion.some(({ judged }) => judged.of > 0) ?? false
  const byVersion = useMemo(
    () => [...columnsOf('version', requests), ...(isJudged ? [passed] : [])],
    [requests, isJudged],
  )
  const byVariant = useMemo(() => columnsOf('variant', requests), [requests])
  const byEnvironment = useMemo(() => columnsOf('environment', requests), [requests])

  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center justify-end gap-2">
        <ButtonLink href={requests} prefetch={false}>
          Show its requests
        </ButtonLink>
        <RangePicker
          value={shown}
          onChange={(next) =>
            onState({
              range: (next.range === usualRange ? null : next.range) as DeploymentState['range'],
              from: next.from,
              to: next.to,
            })
          }
          ranges={['24h', '7d', '30d', '90d', 'month']}
        />
      </div>
      {error && !data ? (
        <Card>
          <ErrorState
            title="The figures could not be loaded"
            requestId={error instanceof ApiError ? error.requestId : undefined}
            onRetry={() => void figures.refetch()}
            retrying={figures.isFetching}
          >
            {error.message}
          </ErrorState>
        </Card>
      ) : (
        <>
          <KpiRow items={data && tiles(data.total)} placeholders={5} />
          {data?.total.requests === 0 ? (
            <Card className="px-6 py-10 text-center text-muted">
              Nothing called it in this range. The tab Code has a call that works when it is pasted.
            </Card>
          ) : (
            <>
              <Breakdown
                title="By version"
                columns={byVersion}
                rows={data?.byVersion}
                refreshing={figures.isPlaceholderData}
                keyboard
              />
              <div className="grid gap-4 xl:grid-cols-2">
                <Breakdown
                  title="By variant"
                  columns={byVariant}
                  rows={data?.byVariant}
                  refreshing={figures.isPlaceholderData}
                />
                <Breakdown
                  title="By environment"
                  columns={byEnvironment}
                  rows={data?.byEnvironment}
                  refreshing={figures.isPlaceholderData}
                />
              </div>
              <p className="text-faint text-sm">
                Calls from this page and the playground are among them. Durations are those of the newest 10,000 calls.{' '}
                <Link href={`/${workspace}/analytics?deployment=${deployment.id}`} className="link rounded-sm">
                  Over time, in Analytics
                </Link>
              </p>
            </>
          )}
        </>
      )}
    </div>
  )
}

function tiles(total: UsageFigures) {
  return [
    { label: 'Calls', value: <Count value={total.requests} compact /> },
    { label: 'Cost', value: <Money amount={costOf(total)} />, detail: unpricedWords(total) },
    {
      label: 'Tokens in / out',
      value: (
        <>
          <Count value={total.inputTokens} compact /> / <Count value={total.outputTokens} compact />
        </>
      ),
    },
    { label: 'Errors', value: <Share value={errorShare(total)} />, detail: `${total.errors} calls` },
    {
      label: 'From the cache',
      value: <Share value={total.requests === 0 ? null : total.cacheHits / total.requests} />,
    },
  ]
}

const errorShare = ({ requests, errors }: UsageFigures) => (requests === 0 ? null : errors / requests)
const costOf = ({ cost, unpriced }: UsageFigures) => (unpriced > 0 && cost.nanoUsd === '0' ? null : cost)
const unpricedWords = ({ unpriced }: UsageFigures) =>
  unpriced > 0 ? `${unpriced} ${unpriced === 1 ? 'call is' : 'calls are'} unpriced` : undefined

function Breakdown({
  title,
  columns,
  rows,
  refreshing,
  keyboard = false,
}: {
  title: string
  columns: readonly Column<Row>[]
  rows: readonly Row[] | undefined
  refreshing: boolean
  keyboard?: boolean
}) {
  return (
    <Card>
      <CardHeader title={title} />
      <DataTable
        bare
        label={title}
        columns={columns}
        rows={rows}
        rowId={(row) => `row ${row.key}`}
        refreshing={refreshing}
        keyboard={keyboard}
        skeletonRows={2}
        empty={<p className="px-4 pb-6 text-muted text-sm">Nothing in this range.</p>}
      />
    </Card>
  )
}

const passed: Column<Row> = {
  id: 'passed',
  label: 'Passed',
  unit: 'by evaluators',
  kind: 'figure',
  sort: (row) => passedShare(row.judged),
  cell: (row) => <Share value={passedShare(row.judged)} />,
}

const heads = { version: 'Version', variant: 'Variant', environment: 'Environment' } as const

/** `requests`: the address of those of the deployment, which a row narrows further. */
function columnsOf(by: keyof typeof heads, requests: string): Column<Row>[] {
  return [
    {
      id: 'label',
      label: heads[by],
      primary: true,
      sort: (row) => row.label,
      cell: ({ key, label }) =>
        key === '' ? <span className="text-faint">none</span> : <span className="figures">{label || key}</span>,
    },
    {
      id: 'calls',
      label: 'Calls',
      kind: 'figure',
      sort: (row) => row.requests,
      cell: (row) =>
        row.key === '' ? (
          <Count value={row.requests} />
        ) : (
          <Link
            href={`${requests}&${by}=${encodeURIComponent(row.key)}`}
            prefetch={false}
            title="Show these requests"
            className="link inline-flex min-h-6 min-w-6 items-center justify-end rounded-sm"
          >
            <Count value={row.requests} />
          </Link>
        ),
    },
    {
      id: 'errors',
      label: 'Errors',
      kind: 'figure',
      sort: errorShare,
      cell: (row) => <Share value={errorShare(row)} />,
    },
    {
      id: 'cost',
      label: 'Cost',
      kind: 'figure',
      sort: (row) => BigInt(row.cost.nanoUsd),
      cell: (row) => <Money amount={costOf(row)} />,
    },
    ...(by === 'version'
      ? ([
          {
            id: 'p50',
            label: 'p50',
            kind: 'figure',
            sort: (row) => row.latency?.p50Ms ?? null,
            cell: (row) => <Duration ms={row.latency?.p50Ms ?? null} />,
          },
          {
            id: 'p95',
            label: 'p95',
            kind: 'figure',
            sort: (row) => row.latency?.p95Ms ?? null,
            cell: (row) => <Duration ms={row.latency?.p95Ms ?? null} />,
          },
          {
            id: 'firstByte',
            label: 'First byte',
            unit: 'p95',
            kind: 'figure',
            sort: (row) => row.firstByte?.p95Ms ?? null,
            cell: (row) => <Duration ms={row.firstByte?.p95Ms ?? null} />,
          },
        ] satisfies Column<Row>[])
      : []),
  ]
}
