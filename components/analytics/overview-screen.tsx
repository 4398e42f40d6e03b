'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useCallback } from 'react'
import { TimeChart } from '#components/chart/time-chart.tsx'
import { ApiError, withQuery } from '#components/ui/api.ts'
import { ButtonLink } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { ChoiceMenu } from '#components/ui/choice-menu.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { formatNumber, formatShare } from '#components/ui/format.ts'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { formatPeriod, type NamedRange } from '#components/ui/range.ts'
import { RangePicker } from '#components/ui/range-picker.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'
import { Switch } from '#components/ui/toggles.tsx'
import type { OverviewView } from '#lib/analytics/schema.ts'
import { formatUsd } from '#lib/core/money.ts'
import { AnalyticsTabs } from './analytics-tabs.tsx'
import { chartGrains, isDuration, metricWords, toChart, tokensOf, withoutPractice } from './figures.ts'
import { MonthRow } from './month-row.tsx'
import { PartChips } from './parts.tsx'
import { overviewQuery, usageCsvPath } from './queries.ts'
import {
  type ChartGroup,
  type ChartMetric,
  chartGroups,
  chartMetrics,
  overviewParsers,
  toOverviewQuery,
  toShownRange,
  toSpanQuery,
  toUsageQuery,
} from './state.ts'
import { OverviewTiles } from './tiles.tsx'

// Below the chart: fetched while it is drawn.
const OverviewTables = dynamic(() => import('./overview-tables.tsx').then((module) => module.OverviewTables), {
  ssr: false,
  loading: () => <TableSkeleton label="By model" rows={6} columns={6} />,
})

const groupWords: Record<ChartGroup, string> = {
  ...{ model: 'By model', key: 'By key', deployment: 'By deployment' },
  ...{ source: 'By source', status: 'By outcome' },
}

const ranges: readonly NamedRange[] = ['1h', '24h', '7d', '30d', '90d', 'month']

/** What a workspace used and what it cost over a span. What is chosen stands in the address. */
export function OverviewScreen({ workspace, timeZone }: { workspace: string; timeZone: string }) {
  const router = useRouter()
  const [state, setState] = useQueryStates(overviewParsers, { history: 'push' })
  const overview = useQuery({
    ...overviewQuery(workspace, toOverviewQuery(state)),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
  const view = overview.data
  const openBucket = useCallback(
    ({ fromMs, toMs }: { fromMs: number; toMs: number | undefined }) => {
      const from = new Date(fromMs).toISOString()
      // The last span of the chart ends with the period.
      const to = toMs === undefined ? view?.period.to : new Date(toMs).toISOString()
      const { range: _, from: __, to: ___, ...parts } = toSpanQuery(state)
      router.push(withQuery(`/${workspace}/requests`, { ...parts, ...withoutPractice(view), from, to }))
    },
    [router, workspace, view, state],
  )
  const width = view && chartGrains[view.grain]
  const { word: metricWord, unit, emptyText } = metricWords[state.metric]
  const isSplit = !isDuration(state.metric)

  return (
    <PageBody>
      <PageHeader
        title="Analytics"
        actions={
          <RangePicker
            value={toShownRange(state)}
            onChange={({ range, from, to }) => void setState({ range: range === 'custom' ? null : range, from, to })}
            ranges={ranges}
            timeZone={timeZone}
          />
        }
      >
        {view ? <PeriodLine view={view} /> : <Skeleton className="my-[3px] h-3.5 w-80 max-w-full" />}
      </PageHeader>
      <AnalyticsTabs workspace={workspace} />
      {overview.error && !view ? (
        <Card>
          <ErrorState
            title="The figures could not be loaded"
            requestId={overview.error instanceof ApiError ? overview.error.requestId : undefined}
            onRetry={() => void overview.refetch()}
            retrying={overview.isFetching}
          >
            {overview.error.message}
          </ErrorState>
        </Card>
      ) : (
        <div className="grid gap-4">
          <PartChips state={state} view={view} onRemove={(part) => void setState({ [part]: null })} />
          {view && view.practice.figures.requests > 0 && (
            <PracticeSwitch view={view} onChange={(practice) => void setState({ practice })} />
          )}
          {view && isEmpty(view) ? (
            <NothingYet workspace={workspace} />
          ) : (
            <>
              <MonthRow workspace={workspace} state={state} practice={view?.practice.included} />
              <OverviewTiles view={view} />
              <TimeChart
                title={width ? `${metricWord} per ${width.word}` : metricWord}
                kind={isSplit && state.look === 'stacked' ? 'bars' : 'lines'}
                unit={unit}
                grain={width?.grain ?? 'day'}
                timeZone={view?.period.timeZone ?? timeZone}
                data={view && toChart(view, state.group, state.metric)}
                onOpen={openBucket}
                emptyText={emptyText}
                note={view && <ShareNote view={view} />}
                actions={
                  <>
                    <ChoiceMenu<ChartMetric>
                      label="What the chart shows"
                      value={state.metric}
                      onChange={(metric) => void setState({ metric }, { history: 'replace' })}
                      options={chartMetrics.map((value) => ({ value, label: metricWords[value].word }))}
                    />
                    {isSplit && (
                      <ChoiceMenu<ChartGroup>
                        label="What the chart is split by"
                        value={state.group}
                        onChange={(group) => void setState({ group }, { history: 'replace' })}
                        options={chartGroups.map((value) => ({ value, label: groupWords[value] }))}
                      />
                    )}
                    {isSplit && (
                      <Segmented
                        size="sm"
                        label="How the chart is drawn"
                        value={state.look}
                        onChange={(look) => void setState({ look }, { history: 'replace' })}
                        options={[
                          { value: 'stacked', label: 'Stacked' },
                          { value: 'lines', label: 'Lines' },
                        ]}
                      />
                    )}
                    {view && (
                      <ButtonLink
                        href={usageCsvPath(workspace, view.grain === 'day' ? 'day' : 'hour', {
                          ...toUsageQuery(state),
                          includePractice: String(view.practice.included),
                        })}
                        prefetch={false}
                        download
                        size="sm"
                        variant="quiet"
                        aria-label={`Figures per ${view.grain === 'day' ? 'day' : 'hour'} as CSV`}
                      >
                        <Download aria-hidden="true" /> CSV
                      </ButtonLink>
                    )}
                  </>
                }
              />
              <OverviewTables workspace={workspace} view={view} state={state} refreshing={overview.isPlaceholderData} />
            </>
          )}
        </div>
      )}
    </PageBody>
  )
}

function PeriodLine({ view: { period, previousPeriod } }: { view: OverviewView }) {
  const text = (from: string, to: string) => formatPeriod(Date.parse(from), Date.parse(to), period.timeZone)
  return (
    <>
      {text(period.from, period.to)}, {period.timeZone}, compared with {text(previousPeriod.from, previousPeriod.to)}.
    </>
  )
}

function PracticeSwitch({ view, onChange }: { view: OverviewView; onChange: (included: boolean) => void }) {
  const { included, figures } = view.practice
  const what = `${formatNumber(figures.requests)} requests, ${formatUsd(figures.cost)}`
  return (
    <Switch
      checked={included}
      onChange={onChange}
      label="Practice models"
      help={included ? `${what}: in all figures on this page.` : `${what}: left out of all figures on this page.`}
    />
  )
}

function ShareNote({ view: { total } }: { view: OverviewView }) {
  if (total.requests === 0) return null
  const tokens = tokensOf(total)
  const estimated = tokens === 0 ? 0 : total.estimatedTokens / tokens
  return (
    <>
      {formatShare(total.unpriced / total.requests)} of requests are unpriced · {formatShare(estimated)} of tokens
      estimated · {formatShare(total.probes / total.requests)} are our own probes
      {total.cacheHits > 0 && <> · {formatShare(total.cacheHits / total.requests)} answered from the cache</>}
    </>
  )
}

function isEmpty({ total, previous, practice }: OverviewView): boolean {
  return total.requests === 0 && previous.requests === 0 && practice.figures.requests === 0
}

function NothingYet({ workspace }: { workspace: string }) {
  return (
    <Card>
      <EmptyState
        title="No calls in this range"
        action={
          <ButtonLink variant="main" href={`/${workspace}/router`}>
            Go to the AI Router
          </ButtonLink>
        }
        link={
          <ButtonLink variant="quiet" href={`/${workspace}/requests`}>
            All requests
          </ButtonLink>
        }
      >
        Cost, tokens, latency and errors of every call show here, by model and by key, seconds after the call. Choose a
        longer range, or call a model.
      </EmptyState>
    </Card>
  )
}
