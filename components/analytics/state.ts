import {
  createLoader,
  type inferParserType,
  parseAsArrayOf,
  parseAsBoolean,
  parseAsString,
  parseAsStringLiteral,
} from 'nuqs/server'
import { rangeParsers, toRangeQuery } from '#components/ui/range.ts'
import { seriesGroups } from '#lib/analytics/schema.ts'

export const chartGroups = seriesGroups
export type ChartGroup = (typeof chartGroups)[number]
export const chartMetrics = ['cost', 'requests', 'tokens', 'errors', 'latency', 'firstByte'] as const
export type ChartMetric = (typeof chartMetrics)[number]
export const chartLooks = ['stacked', 'lines'] as const

const ids = parseAsArrayOf(parseAsString)

/**
 * What the address of the overview holds. `model`, `key`, `deployment`, `source` and `identity` leave a part of the
 * workspace; `practice` left open: in where nothing but practice models was used.
 */
export const overviewParsers = {
  ...rangeParsers,
  ...{ model: ids, key: ids, deployment: ids, source: ids },
  identity: parseAsString,
  group: parseAsStringLiteral(chartGroups).withDefault('model'),
  metric: parseAsStringLiteral(chartMetrics).withDefault('cost'),
  look: parseAsStringLiteral(chartLooks).withDefault('stacked'),
  practice: parseAsBoolean,
}

export type OverviewState = inferParserType<typeof overviewParsers>

export const loadOverviewState = createLoader(overviewParsers)

/** The range of an address that names none. */
const usualRange = '7d'

/** Names in the address, here and in that of the requests, with the API's. */
const parts = { model: 'modelId', key: 'actorId', deployment: 'deploymentId', source: 'source' } as const
export type Part = keyof typeof parts | 'identity'

/** What of the workspace is looked at, by name: the values that are chosen. */
export function toParts(state: OverviewState): Partial<Record<Part, readonly string[]>> {
  const lists = Object.keys(parts).flatMap((name) => {
    const values = state[name as keyof typeof parts]
    return values && values.length > 0 ? [[name, values] as const] : []
  })
  return { ...Object.fromEntries(lists), ...(state.identity && { identity: [state.identity] }) }
}

/** The span and the part that is looked at, as the address of the requests takes them. */
export function toSpanQuery(state: OverviewState): Record<string, string> {
  const query = toRangeQuery(state)
  const span = Object.keys(query).length > 0 ? query : { range: usualRange }
  const chosen = Object.entries(toParts(state)).map(([name, values]) => [name, values.join(',')])
  return { ...span, ...Object.fromEntries(chosen) }
}

/** The same as the API takes them. */
export function toUsageQuery(state: OverviewState): Record<string, string> {
  const query = Object.entries(toSpanQuery(state)).map(([name, value]) => [
    Object.hasOwn(parts, name) ? parts[name as keyof typeof parts] : name,
    value,
  ])
  return {
    ...Object.fromEntries(query),
    ...(state.practice !== null && { includePractice: String(state.practice) }),
  }
}

export function toOverviewQuery(state: OverviewState): Record<string, string> {
  return { ...toUsageQuery(state), ...(state.group !== 'model' && { seriesBy: state.group }) }
}

/** What the range picker shows. */
export function toShownRange({ range, from, to }: OverviewState) {
  const isCustom = from !== null || to !== null
  return { range: isCustom ? null : (range ?? usualRange), from, to } as const
}
