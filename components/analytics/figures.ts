import type { Grain, Series } from '#components/chart/prepare.ts'
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

/** What a row of a table, or a series of the chart, is called where the record names nothing. */
export function rowLabel(row: Pick<UsageRow, 'key' | 'label'>, group: ChartGroup | 'source'): string {
  if (row.label !== '') return row.label
  return group === 'model' ? 'No model' : 'Patchbay itself'
}

/** Series of the chart, in the order of the table beside it. Their sum is the tile. */
export function toChart(
  view: OverviewView,
  group: ChartGroup,
  metric: ChartMetric,
): { times: number[]; series: Series[] } {
  const rows = group === 'model' ? view.byModel : view.byKey
  const read = (point: OverviewView['series'][number]) =>
    metric === 'cost' ? point.costByGroup : point.requestsByGroup
  return {
    times: view.series.map(({ at }) => Date.parse(at)),
    series: rows.map((row) => ({
      key: row.key,
      label: rowLabel(row, group),
      points: view.series.map((point) => read(point)[row.key] ?? null),
    })),
  }
}
