import { z } from 'zod'
import { Instant, Money } from '#lib/core/operation.ts'
import {
  BudgetUnit,
  BudgetWindow,
  CacheUse,
  FeedbackView,
  LimitKind,
  Outcome,
  RuleScope,
  Source,
} from '#lib/metering/schema.ts'
import { RangeName, UsageGroup } from './schema.ts'

/*
 * What the room's routes answer. The exported names are those of the API's document; browsers take the types alone,
 * through `schema.ts`.
 */

const count = z.number().min(0)
const milliseconds = z.number().min(0)

export const UsageFigures = z
  .object({
    requests: count.describe('ok + errors + aborted + refused + probes.'),
    ok: count,
    errors: count.describe('Failed at the server or on the way: error, truncated, lost.'),
    aborted: count.describe('The caller left.'),
    refused: count.describe('Turned away by us before any server was called.'),
    probes: count.describe('Our own validations and drift checks; in cost and tokens, not in errors.'),
    inputTokens: count,
    cachedTokens: count.describe('Part of inputTokens.'),
    outputTokens: count,
    reasoningTokens: count.describe('Part of outputTokens.'),
    images: count,
    cost: Money,
    unpriced: count.describe(
      'Requests that used something without a price; their cost is not known and not in `cost`.',
    ),
    estimated: count.describe('Requests whose tokens are estimated.'),
    estimatedTokens: count,
    cacheHits: count.describe('Requests answered from the cache, for nothing; in ok.'),
  })
  .describe('Sums over requests.')
export type UsageFigures = z.infer<typeof UsageFigures>

export const UsageRow = UsageFigures.extend({
  key: z.string().describe("An id, a day, an hour's instant or a word; empty where the request has none."),
  label: z.string(),
  practice: z.boolean().describe('Of a practice model.'),
})
export type UsageRow = z.infer<typeof UsageRow>

export const PeriodView = z
  .object({ range: RangeName, from: Instant, to: Instant.describe('Not included.'), timeZone: z.string() })
  .describe('The span that was really looked at.')
export type PeriodView = z.infer<typeof PeriodView>

export const PracticeView = z
  .object({ included: z.boolean(), figures: UsageFigures })
  .describe('What practice models did, and whether it is in the figures beside this.')
export type PracticeView = z.infer<typeof PracticeView>

export const UsageView = z.object({
  period: PeriodView,
  groupBy: UsageGroup,
  rows: z
    .array(UsageRow)
    .describe(
      'The largest cost first; by time where grouped by time. Where there are too many, the rest is one row with the key `others`.',
    ),
  total: UsageFigures.describe('The sum of the rows.'),
  practice: PracticeView,
})
export type UsageView = z.infer<typeof UsageView>

export const LatencyView = z.object({ p50Ms: milliseconds, p95Ms: milliseconds, p99Ms: milliseconds })
export type LatencyView = z.infer<typeof LatencyView>

export const Grain = z.enum(['5m', '15m', 'hour', 'day'])
export type Grain = z.infer<typeof Grain>

export const SeriesPoint = z.object({
  at: Instant.describe('Beginning of the span.'),
  requests: count,
  errors: count,
  inputTokens: count,
  outputTokens: count,
  cost: Money,
  latency: LatencyView.nullable().describe('Where spans are days: of the day of UTC by the same name.'),
  firstByte: LatencyView.nullable(),
  costByGroup: z
    .record(z.string(), z.string())
    .describe('Billionths of a dollar by what the series is split by; the sum is `cost`.'),
  requestsByGroup: z.record(z.string(), count).describe('Likewise; the sum is `requests`.'),
  tokensByGroup: z.record(z.string(), count).describe('Likewise, in and out.'),
  errorsByGroup: z.record(z.string(), count).describe('Likewise; the sum is `errors`.'),
})
export type SeriesPoint = z.infer<typeof SeriesPoint>

export const BreakdownRow = UsageRow.extend({
  latency: LatencyView.nullable().describe(
    'Told for models, deployments and keys; of keys by whole days of UTC, where the span is not read from the records.',
  ),
  previousCost: Money.nullable().describe('Of the same length of time before; null where there was none.'),
})
export type BreakdownRow = z.infer<typeof BreakdownRow>

export const Mover = z.object({
  group: z.enum(['model', 'key', 'deployment']),
  key: z.string(),
  label: z.string(),
  cost: Money,
  previousCost: Money,
})
export type Mover = z.infer<typeof Mover>

export const OverviewView = z.object({
  period: PeriodView,
  previousPeriod: z.object({ from: Instant, to: Instant }),
  total: UsageFigures,
  previous: UsageFigures,
  latency: LatencyView.nullable().describe('Null where no call counts (validation and drift do not).'),
  previousLatency: LatencyView.nullable(),
  firstByte: LatencyView.nullable(),
  previousFirstByte: LatencyView.nullable(),
  grain: Grain,
  series: z.array(SeriesPoint).describe('Every span of the period, empty ones too.'),
  byModel: z.array(BreakdownRow),
  byKey: z.array(BreakdownRow),
  byDeployment: z.array(BreakdownRow),
  bySource: z.array(BreakdownRow),
  byStatus: z.array(BreakdownRow),
  movers: z.array(Mover).describe('Whose cost changed the most since the span before, up or down.'),
  practice: PracticeView,
})
export type OverviewView = z.infer<typeof OverviewView>

export const DeploymentFigures = z
  .object({
    period: PeriodView,
    total: UsageFigures,
    byVersion: z.array(
      UsageRow.extend({
        latency: LatencyView.nullable(),
        firstByte: LatencyView.nullable(),
        judged: z.object({ passed: count, of: count }).describe('What evaluators that look at calls afterwards say.'),
      }).describe(
        'Durations and judgements are of the newest 10,000 calls of the span. Calls refused before a version was found have none.',
      ),
    ),
    byVariant: z.array(UsageRow),
    byEnvironment: z.array(UsageRow).describe('Calls of a version by its number have no environment.'),
  })
  .describe('What a deployment did. The rows of each list add up to the total.')
export type DeploymentFigures = z.infer<typeof DeploymentFigures>

export const ModelStats = z.object({
  modelId: z.string(),
  figures: UsageFigures,
  latency: LatencyView.nullable(),
  firstByte: LatencyView.nullable(),
  errorCodes: z
    .array(z.object({ code: z.string(), count }))
    .describe('The most frequent first, of the newest 10,000 calls that went wrong. Only asked for one model.'),
  lastCallAt: Instant.nullable(),
})
export type ModelStats = z.infer<typeof ModelStats>

export const RequestView = z.object({
  id: z.string(),
  at: Instant,
  model: z
    .object({ id: z.string(), name: z.string(), slug: z.string(), practice: z.boolean(), deleted: z.boolean() })
    .nullable(),
  address: z.string().describe('What the caller put in `model`.'),
  endpoint: z.string(),
  stream: z.boolean(),
  source: Source,
  actor: z.object({ kind: z.enum(['key', 'user', 'job']), id: z.string(), label: z.string() }),
  outcome: Outcome,
  status: z.int().min(0).describe('What the caller got; 0 where nothing was sent.'),
  errorCode: z.string(),
  inputTokens: count,
  cachedTokens: count,
  outputTokens: count,
  usageSource: z.enum(['provider', 'estimated', 'none']),
  cost: Money,
  priced: z.boolean().describe('False: something was used that has no price.'),
  ranCost: Money.nullable().describe('What it cost when it ran, where it was re-costed since; else null.'),
  latencyMs: milliseconds,
  firstByteMs: milliseconds.nullable(),
  attempts: count,
  cache: CacheUse.nullable().describe(
    'hit: answered from the cache. miss: looked up there and not found. replay: a repeat with an Idempotency-Key.',
  ),
  identity: z.string(),
  thread: z.string(),
  name: z.string(),
  metadata: z.record(z.string(), z.string()).describe('Pairs that the caller sent along.'),
  feedback: z
    .object({ good: count, bad: count, corrected: count, total: count })
    .describe('How many said so; `total`: anything.'),
})
export type RequestView = z.infer<typeof RequestView>

export const RequestsPage = z.object({
  items: z.array(RequestView),
  nextCursor: z.string().optional(),
  searchedBackTo: Instant.describe(
    'Set where the search stopped for time, not for the lack of matches: `nextCursor` goes on from there.',
  ).optional(),
})
export type RequestsPage = z.infer<typeof RequestsPage>

export const CostLine = z
  .object({
    kind: z
      .enum(['input', 'cached', 'output', 'image', 'attempt'])
      .describe('`attempt`: the tokens of attempts that failed and were billed.'),
    count,
    unitPrice: z
      .string()
      .nullable()
      .describe('Dollars per 1M tokens or per image; null where unpriced, and for attempts.'),
    usd: z.string().nullable().describe("Exact dollars; the lines' sum is rounded once, to the nano-dollar."),
  })
  .describe('One line of a cost: `count` x `unitPrice`.')
export type CostLine = z.infer<typeof CostLine>

export const AttemptView = z
  .object({
    modelId: z.string(),
    modelName: z.string(),
    startedAtMs: z.number(),
    status: z.int().min(0),
    code: z.string().describe('Empty where it went well.'),
    connectMs: milliseconds.optional(),
    firstByteMs: milliseconds.optional(),
    totalMs: milliseconds,
    skipped: z.boolean().optional().describe('It was this model’s turn and it was not called; `code` says why.'),
    inputTokens: count.optional().describe('Charged although the caller got nothing of it.'),
    outputTokens: count.optional(),
    costNanoUsd: z
      .string()
      .optional()
      .describe('Of one that failed: what it was billed all the same. Of the one that answered: the rest of the cost.'),
  })
  .describe('One call to one server, made for the request.')

export const RuleUse = z
  .object({
    id: z.string(),
    kind: z
      .enum(['budget', ...LimitKind.options])
      .nullable()
      .describe('Null: it was deleted since, and nothing more is known of it.'),
    scope: RuleScope.nullable(),
    label: z.string().describe("The key's name, the model's slug or the identity; empty for the workspace."),
    unit: BudgetUnit.nullable().describe('Of a budget.'),
    window: BudgetWindow.nullable().describe('Of a budget.'),
    amount: z.string().nullable().describe('As it stands now: exact dollars, or a whole number.'),
    used: z.string().describe('By this request; likewise. 0 of calls at once, of which it was one.'),
  })
  .describe('A budget or limit that the request had to fit in.')
export type RuleUse = z.infer<typeof RuleUse>

export const PayloadState = z.enum([
  'kept',
  'restricted',
  'waiting',
  'off',
  'no_store',
  'full',
  'refused',
  'lost',
  'evidence',
  'repeat',
  'expired',
  'deleted',
  'missing',
])
export type PayloadState = z.infer<typeof PayloadState>

export const PayloadSummary = z.object({
  state: PayloadState.describe(
    '`kept`: `GET .../requests/{id}/payload` answers it. Else why not: `restricted` (not for this role), `waiting` (written within a second), `off` (the workspace kept none), `no_store` (the caller asked for it), `full` (too many waited to be written), `refused`, `lost` (as its outcome), `evidence` (of a validation, which keeps its own), `repeat` (it got the answer of an earlier call with its Idempotency-Key), `expired` (its days are over), `deleted` (turned off since), `missing` (the process ended before it was written, or it was turned off in between).',
  ),
  days: z.int().min(0).describe('That the workspace keeps them, now.'),
  until: Instant.nullable().describe('When they go; null where there are none.'),
})
export type PayloadSummary = z.infer<typeof PayloadSummary>

export const RequestDetail = RequestView.extend({
  errorMessage: z.string(),
  reasoningTokens: count,
  images: count,
  usageFlags: z.array(z.string()),
  costLines: z.array(CostLine),
  recost: z
    .object({
      id: z.string(),
      at: Instant.nullable(),
      by: z.string(),
      ranCost: Money.nullable().describe('What it cost when it ran; null: it was unpriced.'),
    })
    .nullable()
    .describe('Its cost is that of a price that was corrected later.'),
  bound: Money.describe('The most it could cost when it was sent.'),
  overrun: Money.describe('What the server billed above the bound.'),
  gatewayMs: milliseconds.describe('Our own time in it.'),
  attemptList: z.array(AttemptView),
  rules: z.array(RuleUse),
  payload: PayloadSummary.describe('Prompt and answer.'),
  feedbackList: z.array(FeedbackView).describe('One of each author, the oldest first.'),
  adapted: z.string(),
  finishReason: z.string(),
  upstreamRequestId: z.string(),
  deployment: z
    .object({
      id: z.string(),
      key: z.string().describe('Also of one that is deleted.'),
      version: z.string(),
      variant: z.string(),
      environment: z.string(),
    })
    .nullable(),
})
export type RequestDetail = z.infer<typeof RequestDetail>
