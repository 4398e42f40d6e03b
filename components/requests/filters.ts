import {
  createLoader,
  type inferParserType,
  parseAsArrayOf,
  parseAsBoolean,
  parseAsString,
  parseAsStringLiteral,
} from 'nuqs/server'
import type { FilterValues } from '#components/ui/filter-chips.tsx'
import { rangeParsers, toRangeQuery } from '#components/ui/range.ts'
import { readSpan, type SpanUnit, spanText, splitSpan } from '#components/ui/span.ts'
import { statusClasses } from '#lib/analytics/schema.ts'
import { cacheUses, feedbackFilters, outcomes, sources } from '#lib/metering/schema.ts'

const words = parseAsArrayOf(parseAsString)

/**
 * What the address of the list holds. `after` is a place in the list, `request` the one that is open beside it, `view`
 * shows the calls of a thread as what was said.
 */
export const requestParsers = {
  ...rangeParsers,
  model: words,
  key: words,
  deployment: words,
  ...{ version: words, variant: words, environment: words },
  source: parseAsArrayOf(parseAsStringLiteral(sources)),
  outcome: parseAsArrayOf(parseAsStringLiteral(outcomes)),
  status: parseAsArrayOf(parseAsStringLiteral(statusClasses)),
  code: words,
  endpoint: words,
  cache: parseAsArrayOf(parseAsStringLiteral(cacheUses)),
  feedback: parseAsArrayOf(parseAsStringLiteral(feedbackFilters)),
  cost: parseAsString,
  latency: parseAsString,
  identity: parseAsString,
  thread: parseAsString,
  meta: parseAsString,
  practice: parseAsBoolean,
  q: parseAsString,
  after: parseAsString,
  request: parseAsString,
  view: parseAsStringLiteral(['conversation']),
}

export type RequestState = inferParserType<typeof requestParsers>

export const loadRequestState = createLoader(requestParsers)

const lists = { model: 'modelId', key: 'actorId', source: 'source', outcome: 'outcome', status: 'statusClass' } as const
const moreLists = {
  deployment: 'deploymentId',
  ...({ version: 'version', variant: 'variant', environment: 'environment' } as const),
  code: 'errorCode',
  endpoint: 'endpoint',
  cache: 'cache',
  feedback: 'feedback',
} as const
const several = { ...lists, ...moreLists }
const spans = { cost: 'usd', latency: 'ms' } as const satisfies Record<string, SpanUnit>

/** The filters as the API takes them, without the place in the list. */
export function toFilterQuery(state: RequestState): Record<string, string> {
  const query: Record<string, string> = toRangeQuery(state)
  for (const [name, field] of Object.entries(several)) {
    const values = state[name as keyof typeof several]
    if (values && values.length > 0) query[field] = values.join(',')
  }
  const cost = state.cost === null ? null : splitSpan(state.cost, 'usd')
  if (cost?.min !== undefined) query.minCost = cost.min
  if (cost?.max !== undefined) query.maxCost = cost.max
  const latency = state.latency === null ? null : splitSpan(state.latency, 'ms')
  if (latency?.min !== undefined) query.minLatencyMs = latency.min
  if (latency?.max !== undefined) query.maxLatencyMs = latency.max
  if (state.identity) query.identity = state.identity
  if (state.thread) query.thread = state.thread
  if (state.meta) query.metadata = state.meta
  if (state.practice === false) query.includePractice = 'false'
  if (state.q) query.text = state.q
  return query
}

/** A page of the list as the API takes it. */
export function toPageQuery(state: RequestState): Record<string, string> {
  return { ...toFilterQuery(state), ...(state.after && { cursor: state.after }) }
}

const summed = new Set([
  'range',
  'from',
  'to',
  'modelId',
  'actorId',
  'deploymentId',
  'source',
  'identity',
  'includePractice',
])

/**
 * What tells how many requests the list has in all, and what they cost: a question to the sums. Null where no sum knows,
 * for a list without a range or with other filters.
 */
export function toTotalQuery(state: RequestState): Record<string, string> | null {
  const query = toFilterQuery(state)
  const hasRange = 'range' in query || 'from' in query
  if (!hasRange || Object.keys(query).some((name) => !summed.has(name))) return null
  return { groupBy: 'source', includePractice: 'true', ...query }
}

/** The filters as chips show them. */
export function toChips(state: RequestState): FilterValues {
  const chips: Record<string, readonly string[]> = {}
  for (const name of Object.keys(several) as (keyof typeof several)[]) {
    const values = state[name]
    if (values && values.length > 0) chips[name] = values
  }
  for (const [name, unit] of Object.entries(spans) as [keyof typeof spans, SpanUnit][]) {
    const span = state[name] === null ? null : splitSpan(state[name], unit)
    if (span) chips[name] = [spanText(span, unit)]
  }
  if (state.identity) chips.identity = [state.identity]
  if (state.thread) chips.thread = [state.thread]
  if (state.meta) chips.meta = [state.meta]
  if (state.practice === false) chips.practice = ['left out']
  return chips
}

/**
 * What chips were set to, as the address holds it; with `problem` nothing is to change. Another filter begins at the
 * top of the list.
 */
export function fromChips(chips: FilterValues): { patch: Partial<RequestState> } | { problem: string } {
  const list = (name: string) => (chips[name]?.length ? chips[name].slice(0, 50) : null)
  const patch: Partial<RequestState> = {
    model: list('model') as string[] | null,
    key: list('key') as string[] | null,
    source: list('source') as RequestState['source'],
    outcome: list('outcome') as RequestState['outcome'],
    status: list('status') as RequestState['status'],
    code: list('code') as string[] | null,
    endpoint: list('endpoint') as string[] | null,
    cache: list('cache') as RequestState['cache'],
    feedback: list('feedback') as RequestState['feedback'],
    identity: chips.identity?.[0] ?? null,
    thread: chips.thread?.[0] ?? null,
    meta: null,
    practice: null,
    deployment: list('deployment') as string[] | null,
    version: list('version') as string[] | null,
    variant: list('variant') as string[] | null,
    environment: list('environment') as string[] | null,
    cost: null,
    latency: null,
    after: null,
  }
  const cost = chips.cost?.[0]
  if (cost !== undefined) {
    patch.cost = readSpan(cost, 'usd')
    if (patch.cost === null) return { problem: 'Write a cost like > 0.01, < 0.5 or 0.01 – 0.5.' }
  }
  const latency = chips.latency?.[0]
  if (latency !== undefined) {
    patch.latency = readSpan(latency, 'ms')
    if (patch.latency === null) return { problem: 'Write a latency like > 2 s, < 500 ms or 1 s – 3 s.' }
  }
  if (chips.practice) patch.practice = false
  const meta = chips.meta?.[0]
  if (meta !== undefined) {
    if (!/^[^=]{1,64}=/.test(meta)) return { problem: 'Write a pair like team=search.' }
    patch.meta = meta
  }
  return { patch }
}

/** Whether anything narrows the list. */
export function isNarrowed(state: RequestState): boolean {
  return Object.keys(toFilterQuery(state)).length > 0
}
