import { z } from 'zod'
import type { MoneyView } from '#lib/core/money.ts'
import { parseMicroAmount } from '#lib/core/money.ts'
import { PageInput } from '#lib/core/page.ts'
import {
  type AttemptRecord,
  Outcome,
  type Outcome as OutcomeType,
  Source,
  type Source as SourceType,
  type UsageSource,
} from '#lib/metering/schema.ts'

export const ranges = ['1h', '24h', '7d', '30d', '90d', 'month', 'custom'] as const
export const RangeName = z.enum(ranges)
export type RangeName = z.infer<typeof RangeName>

/** An instant (ISO 8601 with offset) or a day (`2026-11-22`), which begins at midnight in the workspace's time zone. */
const Moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'Give a date like 2026-11-22 or a time like 2026-11-22T10:00:00Z.',
})

/** A query string holds `true` as text. */
const Flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])

/** One or several values; a query string holds them with commas between. */
function several<Item extends z.ZodType<string, string>>(item: Item, max = 50) {
  const list = z.array(item).max(max)
  const split = z
    .string()
    .max(10_000)
    .transform((text) => text.split(',').filter((part) => part !== ''))
  return z.union([list, split.pipe(list)]).optional()
}

const Id = z.string().max(100)

/** Which span. `from` makes it custom, `to` is then now unless given. */
const RangeFields = {
  range: RangeName.optional(),
  from: Moment.optional(),
  to: Moment.optional(),
}

/** What to look at: all filters must hold. */
const UsageFilters = {
  modelId: several(Id),
  actorId: several(Id),
  deploymentId: several(Id),
  source: several(Source),
  /**
   * Practice models stay out of totals unless asked for. Left open, they are in where nothing but practice models was
   * used, so that first steps show figures.
   */
  includePractice: Flag.optional(),
}

export const usageGroups = [
  'model',
  'key',
  'day',
  'hour',
  'source',
  'status',
  'region',
  'type',
  'deployment',
  'version',
  'variant',
  'environment',
] as const
export const UsageGroup = z.enum(usageGroups)
export type UsageGroup = z.infer<typeof UsageGroup>

export const UsageInput = z.object({ ...RangeFields, ...UsageFilters, groupBy: UsageGroup.default('model') })
export type UsageInput = z.input<typeof UsageInput>

export const OverviewInput = z.object({
  ...RangeFields,
  ...UsageFilters,
  /** What the series is split by. */
  seriesBy: z.enum(['model', 'key']).default('model'),
})
export type OverviewInput = z.input<typeof OverviewInput>

/** Sums. Counts and tokens are whole numbers below 2^53; requests = ok + errors + aborted + refused + probes. */
export interface UsageFigures {
  requests: number
  ok: number
  /** Failed at the server or on the way: error, truncated, lost. */
  errors: number
  /** The caller left. */
  aborted: number
  /** Turned away by us before any server was called. */
  refused: number
  /** Our own validations and drift checks, whatever became of them; in cost and tokens, not in errors. */
  probes: number
  inputTokens: number
  /** Part of `inputTokens`. */
  cachedTokens: number
  outputTokens: number
  /** Part of `outputTokens`. */
  reasoningTokens: number
  images: number
  cost: MoneyView
  /** Requests that used something without a price; their cost is not known and not in `cost`. */
  unpriced: number
  /** Requests whose tokens are estimated, and those tokens. */
  estimated: number
  estimatedTokens: number
}

export interface UsageRow extends UsageFigures {
  /** An id, a day (`2026-11-22`), an hour's instant or a word; '' where the request has none. */
  key: string
  label: string
  /** Of a practice model. */
  practice: boolean
}

/** The span that was really looked at. */
export interface PeriodView {
  range: RangeName
  from: string
  /** Not included. */
  to: string
  timeZone: string
}

/** What practice models did, and whether it is in the figures beside this. */
export interface PracticeView {
  included: boolean
  figures: UsageFigures
}

export interface UsageView {
  period: PeriodView
  groupBy: UsageGroup
  /** The largest cost first; by time where grouped by time. Where there are too many, the rest is one row with the key `others`. */
  rows: UsageRow[]
  /** The sum of the rows. */
  total: UsageFigures
  practice: PracticeView
}

export interface LatencyView {
  p50Ms: number
  p95Ms: number
  p99Ms: number
}

export type Grain = '5m' | '15m' | 'hour' | 'day'

export interface SeriesPoint {
  /** Beginning of the span, an instant. */
  at: string
  requests: number
  errors: number
  inputTokens: number
  outputTokens: number
  cost: MoneyView
  /** By the id of the model or key, as asked; the sum is `cost`. */
  costByGroup: Record<string, string>
  /** Likewise; the sum is `requests`. */
  requestsByGroup: Record<string, number>
}

export interface BreakdownRow extends UsageRow {
  latency: LatencyView | null
  /** Of the same length of time before; null where there was none. */
  previousCost: MoneyView | null
}

export interface OverviewView {
  period: PeriodView
  previousPeriod: { from: string; to: string }
  total: UsageFigures
  previous: UsageFigures
  /** Null where no call counts (validation and drift do not). */
  latency: LatencyView | null
  previousLatency: LatencyView | null
  firstByte: LatencyView | null
  grain: Grain
  /** Every span of the period, empty ones too. */
  series: SeriesPoint[]
  byModel: BreakdownRow[]
  byKey: UsageRow[]
  bySource: UsageRow[]
  practice: PracticeView
}

export const ModelStatsInput = z.object({
  modelIds: z.array(Id).max(500),
  range: z.enum(['24h', '30d']).default('24h'),
})
export type ModelStatsInput = z.input<typeof ModelStatsInput>

export interface ModelStats {
  modelId: string
  figures: UsageFigures
  latency: LatencyView | null
  firstByte: LatencyView | null
  /** The most frequent first, of the newest 10,000 calls that went wrong. Only asked for one model. */
  errorCodes: { code: string; count: number }[]
  lastCallAt: string | null
}

const Usd = z.union([z.string().max(40), z.number().nonnegative()]).transform((value, context) => {
  const parsed = parseMicroAmount(typeof value === 'number' ? String(value) : value)
  if (parsed.ok) return (parsed.micro * 1_000n).toString()
  context.addIssue({ code: 'custom', message: 'Give an amount of dollars with at most 6 decimals.' })
  return z.NEVER
})
const Milliseconds = z.coerce.number().int().min(0).max(86_400_000)

export const statusClasses = ['2xx', '4xx', '5xx'] as const

const RequestFilters = {
  ...RangeFields,
  modelId: several(Id),
  /** A key's or a person's id. */
  actorId: several(Id),
  deploymentId: several(Id),
  source: several(Source),
  outcome: several(Outcome),
  statusClass: several(z.enum(statusClasses)),
  errorCode: several(z.string().max(100)),
  endpoint: several(z.string().max(100)),
  identity: z.string().max(256).optional(),
  thread: z.string().max(256).optional(),
  stream: Flag.optional(),
  /** Dollars. */
  minCost: Usd.optional(),
  maxCost: Usd.optional(),
  minLatencyMs: Milliseconds.optional(),
  maxLatencyMs: Milliseconds.optional(),
  /** Found in id, name, address or identity. */
  text: z.string().trim().max(200).optional(),
}

export const RequestsInput = PageInput.extend(RequestFilters)
export type RequestsInput = z.input<typeof RequestsInput>

export const RequestsExportInput = z.object(RequestFilters)
export type RequestsExportInput = z.input<typeof RequestsExportInput>

export interface RequestView {
  id: string
  at: string
  model: { id: string; name: string; slug: string; practice: boolean; deleted: boolean } | null
  address: string
  endpoint: string
  stream: boolean
  source: SourceType
  actor: { kind: 'key' | 'user' | 'job'; id: string; label: string }
  outcome: OutcomeType
  /** What the caller got; 0 where nothing was sent. */
  status: number
  errorCode: string
  inputTokens: number
  cachedTokens: number
  outputTokens: number
  usageSource: UsageSource
  cost: MoneyView
  /** False: something was used that has no price. */
  priced: boolean
  latencyMs: number
  firstByteMs: number | null
  attempts: number
  identity: string
  thread: string
  name: string
}

export interface RequestsPage {
  items: RequestView[]
  nextCursor?: string
  /** Set where the search stopped for time, not for the lack of matches: `nextCursor` goes on from there. */
  searchedBackTo?: string
}

/** One line of a cost: `count` x `unitPrice`. */
export interface CostLine {
  kind: 'input' | 'cached' | 'output' | 'image'
  count: number
  /** Dollars per 1M tokens or per image; null where unpriced. */
  unitPrice: string | null
  /** Exact dollars; the lines' sum is rounded once, to the nano-dollar. */
  usd: string | null
}

export interface RequestDetail extends RequestView {
  errorMessage: string
  reasoningTokens: number
  images: number
  usageFlags: string[]
  costLines: CostLine[]
  bound: MoneyView
  overrun: MoneyView
  gatewayMs: number
  attemptList: AttemptRecord[]
  adapted: string
  finishReason: string
  upstreamRequestId: string
  deployment: { id: string; version: string; variant: string; environment: string } | null
  metadata: Record<string, string>
}
