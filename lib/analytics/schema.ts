import { z } from 'zod'
import { PageInput } from '#lib/core/page.ts'
import { Usd } from '#lib/core/usd.ts'
import { CacheUse, FeedbackFilter, Outcome, Source } from '#lib/metering/schema.ts'
import { ranges, seriesGroups, statusClasses } from './vocabulary.ts'

// What routes answer are schemas, in answers.ts. Browsers take their types alone.
export type {
  BreakdownRow,
  CostLine,
  DeploymentFigures,
  Grain,
  LatencyView,
  ModelStats,
  Mover,
  OverviewView,
  PayloadState,
  PayloadSummary,
  PeriodView,
  PracticeView,
  RequestDetail,
  RequestsPage,
  RequestView,
  RuleUse,
  SeriesPoint,
  UsageFigures,
  UsageRow,
  UsageView,
} from './answers.ts'

export type { ReconcileView } from './reconcile/schema.ts'
export { type BillField, type BillFormat, billFields, ranges, seriesGroups, statusClasses } from './vocabulary.ts'

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
  /** The caller's own end user. Read from the records: slower than the rest. */
  identity: z.string().max(256).optional(),
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
  'identity',
] as const
export const UsageGroup = z.enum(usageGroups)
export type UsageGroup = z.infer<typeof UsageGroup>

export const UsageInput = z.object({
  ...RangeFields,
  ...UsageFilters,
  groupBy: UsageGroup.default('model'),
  /** So many rows at most; the rest is one more, `others`. */
  top: z.coerce.number().int().min(1).max(1_000).default(1_000),
})
export type UsageInput = z.input<typeof UsageInput>

export const OverviewInput = z.object({
  ...RangeFields,
  ...UsageFilters,
  /** What the series is split by. */
  seriesBy: z.enum(seriesGroups).default('model'),
})
export type OverviewInput = z.input<typeof OverviewInput>

/** `id`: a deployment's id or key. */
export const DeploymentFiguresInput = z.object({ id: z.string().min(1).max(256), ...RangeFields })

export const ModelStatsInput = z.object({
  modelIds: z.array(Id).max(500),
  range: z.enum(['24h', '30d']).default('24h'),
})
export type ModelStatsInput = z.input<typeof ModelStatsInput>

const Milliseconds = z.coerce.number().int().min(0).max(86_400_000)

/** `name=value`, both as the caller gave them. One, or a list of them: a value may hold commas. */
const Pair = z
  .string()
  .max(600)
  .regex(/^[^=]{1,64}=/, 'Write a pair like team=search.')

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
  /** Of a deployment: what answered. */
  version: several(z.string().max(20)),
  variant: several(z.string().max(64)),
  environment: several(z.string().max(64)),
  /** What a stored answer had to do with it. */
  cache: several(CacheUse),
  /** What somebody said of it: one of these is enough. */
  feedback: several(FeedbackFilter),
  identity: z.string().max(256).optional(),
  thread: z.string().max(256).optional(),
  /** Pairs that the caller sent along; all of them must be there. */
  metadata: z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(Pair).max(8)).optional(),
  stream: Flag.optional(),
  /** False: without those of practice models. */
  includePractice: Flag.optional(),
  /** Dollars. */
  minCost: Usd.optional(),
  maxCost: Usd.optional(),
  minLatencyMs: Milliseconds.optional(),
  maxLatencyMs: Milliseconds.optional(),
  /** Found in id, name, address, identity or thread. */
  text: z.string().trim().max(200).optional(),
}

export const RequestsInput = PageInput.extend(RequestFilters)
export type RequestsInput = z.input<typeof RequestsInput>

export const RequestsExportInput = z.object({ ...RequestFilters, format: z.enum(['csv', 'jsonl']).default('csv') })
export type RequestsExportInput = z.input<typeof RequestsExportInput>
