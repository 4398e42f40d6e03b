'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { parseAsStringLiteral, useQueryStates } from 'nuqs'
import type { Grain, Series } from '#components/chart/prepare.ts'
import { TimeChart } from '#components/chart/time-chart.tsx'
import { ApiError, withQuery } from '#components/ui/api.ts'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Count } from '#components/ui/figures.tsx'
import { KpiRow } from '#components/ui/kpi.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { OverviewView, SeriesPoint } from '#lib/analytics/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'
import { errorCodesQuery, modelUsageQuery } from './model-queries.ts'
import { usageTiles } from './usage-tiles.tsx'

const ranges = ['24h', '30d'] as const
const metrics = ['calls', 'cost', 'tokens', 'errors'] as const
type Metric = (typeof metrics)[number]
const parsers = {
  range: parseAsStringLiteral(ranges).withDefault('24h'),
  metric: parseAsStringLiteral(metrics).withDefault('calls'),
}

const metricWords: Record<Metric, string> = { calls: 'Calls', cost: 'Cost', tokens: 'Tokens', errors: 'Errors' }
const grains: Record<OverviewView['grain'], { grain: Grain; word: string }> = {
  '5m': { grain: 'minute', word: '5 minutes' },
  '15m': { grain: 'quarter', word: '15 minutes' },
  hour: { grain: 'hour', word: 'hour' },
  day: { grain: 'day', word: 'day' },
}

/** What this model did and cost in a day or a month, with what went wrong most. */
export function UsageTab({ workspace, model }: { workspace: string; model: ModelView }) {
  const router = useRouter()
  const [{ range, metric }, setState] = useQueryStates(parsers)
  const usage = useQuery({
    ...modelUsageQuery(workspace, model.id, range),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
  const errors = useQuery(errorCodesQuery(workspace, model.id, range))
  const view = usage.data
  const requests = (query: Record<string, string>) => withQuery(`/${workspace}/requests`, { model: model.id, ...query })

  if (usage.error && !view) {
    return (
      <Card>
        <ErrorState
          title="The usage could not be loaded"
          requestId={usage.error instanceof ApiError ? usage.error.requestId : undefined}
          onRetry={() => void usage.refetch()}
          retrying={usage.isFetching}
        >
          {usage.error.message}
        </ErrorState>
      </Card>
    )
  }
  const stats = errors.data?.items[0]
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <Segmented
          size="sm"
          label="Span"
          value={range}
          onChange={(next) => void setState({ range: next })}
          options={[
            { value: '24h', label: '24 hours' },
            { value: '30d', label: '30 days' },
          ]}
        />
        <span className="text-faint text-sm">
          {stats?.lastCallAt && (
            <>
              Last call <RelativeTime at={stats.lastCallAt} />.{' '}
            </>
          )}
        </span>
        <Link className="link ml-auto text-sm" href={requests({ range })}>
          See its requests
        </Link>
      </div>
      <KpiRow items={view && usageTiles(view, range === '24h' ? '24 h' : '30 d')} />
      <TimeChart
        title={view ? `${metricWords[metric]} per ${grains[view.grain].word}` : metricWords[metric]}
        kind="bars"
        unit={metric === 'cost' ? 'usd' : 'count'}
        grain={view ? grains[view.grain].grain : 'hour'}
        timeZone={view?.period.timeZone}
        data={view && { times: view.series.map(({ at }) => Date.parse(at)), series: seriesOf(view, metric, model) }}
        emptyText={metric === 'errors' ? 'Nothing went wrong in this span.' : 'Nothing in this span.'}
        onOpen={({ fromMs, toMs }) =>
          router.push(
            requests({
              from: new Date(fromMs).toISOString(),
              to: toMs === undefined ? view!.period.to : new Date(toMs).toISOString(),
            }),
          )
        }
        actions={
          <Segmented
            size="sm"
            label="What the chart shows"
            value={metric}
            onChange={(next) => void setState({ metric: next })}
            options={metrics.map((value) => ({ value, label: metricWords[value] }))}
          />
        }
      />
      {stats && stats.errorCodes.length > 0 && (
        <Card className="overflow-hidden">
          <CardHeader title="What went wrong" detail="By code, the most frequent first." />
          <ul className="divide-y border-t text-sm">
            {stats.errorCodes.slice(0, 12).map(({ code, count }) => (
              <li key={code} className="flex items-center gap-3 px-4 py-2">
                <Link className="link figures break-all" href={requests({ range, code })}>
                  {code}
                </Link>
                <Count value={count} className="ml-auto" />
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  )
}

function seriesOf(view: OverviewView, metric: Metric, model: ModelView): Series[] {
  const series = (key: string, label: string, read: (point: SeriesPoint) => number | string): Series => ({
    key,
    label,
    points: view.series.map(read),
  })
  if (metric === 'tokens')
    return [
      series('input', 'Input', (point) => point.inputTokens),
      series('output', 'Output', (point) => point.outputTokens),
    ]
  if (metric === 'errors') return [series('errors', 'Errors', (point) => point.errors)]
  return [series(model.id, model.name, (point) => (metric === 'cost' ? point.cost.nanoUsd : point.requests))]
}
