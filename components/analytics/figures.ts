import type { Grain, Series, Unit } from '#components/chart/prepare.ts'
import type { OverviewView, Grain as SpanWidth, UsageFigures, UsageRow } from '#lib/analytics/schema.ts'
import type { MoneyView } from '#lib/core/money.ts'
import type { ChartGroup, ChartMetric } from './state.ts'

/** A change as a share of what was before; null where nothing was. */
export function changeOf(now: number, before: number): number | null {
  return before === 0 ? null : (now - before) / before
}

export function costChangeOf(now: MoneyView, before: MoneyView | null): number | null {
  return before === null ? null : changeOf(Number(now.nanoUsd), Number(before.nanoUsd))
}

/** Errors among the calls that count: our own probes do not. Null without any. */
export function errorShareOf({ errors, requests, probes }: UsageFigures): number | null {
  return requests === probes ? null : errors / (requests - probes)
}

export function tokensOf({ inputTokens, outputTokens }: UsageFigures): number {
  return inputTokens + outputTokens
}

/** Null where there is no input to be a share of. */
export function cachedShareOf({ cachedTokens, inputTokens }: UsageFigures): number | null {
  return inputTokens === 0 ? null : cachedTokens / inputTokens
}

/** Nano-dollars for each request, half up; null where there is none or its cost is not known. */
export function perCallOf(figures: UsageFigures): MoneyView | null {
  const { requests, unpriced, cost } = figures
  if (requests === 0 || unpriced > 0) return null
  const nano = (BigInt(cost.nanoUsd) * 2n + BigInt(requests)) / (2n * BigInt(requests))
  const digits = nano.toString().padStart(10, '0')
  const fraction = digits.slice(-9).replace(/0+$/, '')
  return { nanoUsd: nano.toString(), usd: digits.slice(0, -9) + (fraction && `.${fraction}`) }
}

/** All of it was without a price: its cost is not known, which is not zero. */
export function isUnpriced({ unpriced, cost }: UsageFigures): boolean {
  return unpriced > 0 && cost.nanoUsd === '0'
}

export const chartGrains: Record<SpanWidth, { grain: Grain; word: string }> = {
  '5m': { grain: 'minute', word: '5 minutes' },
  '15m': { grain: 'quarter', word: '15 minutes' },
  hour: { grain: 'hour', word: 'hour' },
  day: { grain: 'day', word: 'day' },
}

const sourceWords: Readonly<Record<string, string>> = {
  ...{ gateway: 'Gateway', try: 'Try it', playground: 'Playground', deployment: 'Deployment' },
  ...{ experiment: 'Experiment', judge: 'Judge', guardrail: 'Guardrail' },
  ...{ validation: 'Validation, own probes', drift: 'Drift checks, own probes' },
}
const statusWords: Readonly<Record<string, string>> = {
  ...{
    '2xx': 'OK',
    '4xx': 'Refused by the server, 4xx',
    '5xx': 'Failed, 5xx or no answer',
    aborted: 'The caller left',
  },
  ...{ truncated: 'Cut off', refused: 'Refused by us', lost: 'Lost' },
}
const nameless: Readonly<Record<string, string>> = {
  ...{ model: 'No model', key: 'Patchbay itself', deployment: 'Not by a deployment', identity: 'No identity told' },
}

/** What a row of a table, or a series of the chart, is called. */
export function rowLabel(row: Pick<UsageRow, 'key' | 'label'>, group: ChartGroup | 'identity'): string {
  if (group === 'source') return sourceWords[row.key] ?? row.label
  if (group === 'status') return statusWords[row.key] ?? row.label
  return row.label !== '' ? row.label : (nameless[group] ?? 'None')
}

export const metricWords: Record<ChartMetric, { word: string; unit: Unit; emptyText: string }> = {
  cost: { word: 'Cost', unit: 'usd', emptyText: 'Nothing cost anything in this range.' },
  requests: { word: 'Requests', unit: 'count', emptyText: 'No requests in this range.' },
  tokens: { word: 'Tokens', unit: 'count', emptyText: 'No tokens in this range.' },
  errors: { word: 'Errors', unit: 'count', emptyText: 'Nothing failed in this range.' },
  latency: { word: 'Latency', unit: 'ms', emptyText: 'No call in this range whose time counts.' },
  firstByte: { word: 'First byte', unit: 'ms', emptyText: 'No call in this range whose time counts.' },
}

const byGroup = {
  cost: 'costByGroup',
  requests: 'requestsByGroup',
  tokens: 'tokensByGroup',
  errors: 'errorsByGroup',
} as const
const rowsOf = {
  model: 'byModel',
  key: 'byKey',
  deployment: 'byDeployment',
  source: 'bySource',
  status: 'byStatus',
} as const satisfies Record<ChartGroup, keyof OverviewView>

/** Durations are not split: percentiles of parts do not add up. */
export function isDuration(metric: ChartMetric): metric is 'latency' | 'firstByte' {
  return metric === 'latency' || metric === 'firstByte'
}

/** Series of the chart: percentiles, or the rows of the table below, in its order. The sum of the latter is the tile. */
export function toChart(
  view: OverviewView,
  group: ChartGroup,
  metric: ChartMetric,
): { times: number[]; series: Series[] } {
  const times = view.series.map(({ at }) => Date.parse(at))
  if (isDuration(metric)) {
    const lines = [['p50Ms', 'Median'] as const, ['p95Ms', 'p95'] as const, ['p99Ms', 'p99'] as const]
    return {
      times,
      series: lines.map(([key, label]) => ({
        ...{ key, label },
        points: view.series.map((point) => point[metric]?.[key] ?? null),
      })),
    }
  }
  return {
    times,
    series: view[rowsOf[group]].map((row) => ({
      key: row.key,
      label: rowLabel(row, group),
      points: view.series.map((point) => point[byGroup[metric]][row.key] ?? null),
    })),
  }
}

/** For a list of the requests behind a figure: those of practice models are left out where the figure leaves them out. */
export function withoutPractice(view: OverviewView | undefined): Record<string, string> {
  return view && view.practice.figures.requests > 0 && !view.practice.included ? { practice: 'false' } : {}
}
