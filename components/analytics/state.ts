import { createLoader, type inferParserType, parseAsBoolean, parseAsStringLiteral } from 'nuqs/server'
import { rangeParsers, toRangeQuery } from '#components/ui/range.ts'

export const chartGroups = ['model', 'key'] as const
export type ChartGroup = (typeof chartGroups)[number]
export const chartMetrics = ['cost', 'requests'] as const
export type ChartMetric = (typeof chartMetrics)[number]

/** What the address of the overview holds. `practice` left open: in where nothing but practice models was used. */
export const overviewParsers = {
  ...rangeParsers,
  group: parseAsStringLiteral(chartGroups).withDefault('model'),
  metric: parseAsStringLiteral(chartMetrics).withDefault('cost'),
  practice: parseAsBoolean,
}

export type OverviewState = inferParserType<typeof overviewParsers>

export const loadOverviewState = createLoader(overviewParsers)

/** The range of an address that names none. */
const usualRange = '7d'

/** The span alone, as the API and the address of the requests take it. */
export function toSpanQuery(state: OverviewState): Record<string, string> {
  const query = toRangeQuery(state)
  return Object.keys(query).length > 0 ? query : { range: usualRange }
}

export function toOverviewQuery(state: OverviewState): Record<string, string> {
  return {
    ...toSpanQuery(state),
    ...(state.practice !== null && { includePractice: String(state.practice) }),
    ...(state.group !== 'model' && { seriesBy: state.group }),
  }
}

/** What the range picker shows. */
export function toShownRange({ range, from, to }: OverviewState) {
  const isCustom = from !== null || to !== null
  return { range: isCustom ? null : (range ?? usualRange), from, to } as const
}
