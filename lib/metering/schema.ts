import { z } from 'zod'
import { cacheUses, outcomes, sources } from './vocabulary.ts'

// What routes answer are schemas, in answers.ts. Browsers take their types alone.
export type { BudgetHolder, BudgetView, LimitView, PayloadView } from './answers.ts'
export { FeedbackFilter, FeedbackView, GatewayFeedbackInput } from './feedback-shape.ts'
export { budgetWords, limitWords, rateWords, scopeWords } from './rule-words.ts'
export { cacheUses, feedbackFilters, outcomes, sources } from './vocabulary.ts'

export const Source = z.enum(sources)
export type Source = z.infer<typeof Source>

export const Outcome = z.enum(outcomes)
export type Outcome = z.infer<typeof Outcome>

export type UsageSource = 'provider' | 'estimated' | 'none'

/** `replay`: a repeat got the answer of the first call. `hit`, `miss`: of calls that asked for the cache. */
export const CacheUse = z.enum(cacheUses)
export type CacheUse = z.infer<typeof CacheUse>

/** The price row in force, in integers. A null is *unpriced*, a zero is free. */
export interface Price {
  id: string
  inputPicoUsdPerToken: bigint | null
  outputPicoUsdPerToken: bigint | null
  cachedInputPicoUsdPerToken: bigint | null
  imageNanoUsd: bigint | null
}

/** One call to one upstream, as kept on the record. */
export interface AttemptRecord {
  modelId: string
  startedAtMs: number
  status: number
  /** Empty where it went well. */
  code: string
  connectMs?: number
  firstByteMs?: number
  totalMs: number
  /** It was this model's turn and it was not called; `code` says why. */
  skipped?: boolean
  /** What its server told it used and the caller did not get; absent where nothing was charged. */
  inputTokens?: number
  outputTokens?: number
  /** Decimal text, nano-dollars. */
  costNanoUsd?: string
}

/**
 * What becomes of a call's prompt and answer. '': the workspace keeps none; `no_store`: the caller wanted it so; `full`:
 * too much was waiting to be written.
 */
export type PayloadPlan = 'kept' | 'no_store' | 'full' | ''

/** Who calls, through which door of the house, for what. */
export interface CallIdentity {
  workspaceId: string
  source: Source
  actorKind: 'key' | 'user' | 'job'
  actorId: string
  keyId: string
  modelId: string
  /** What the caller put in `model`. */
  address: string
  endpoint: string
  stream: boolean
  deploymentId?: string
  version?: string
  variant?: string
  environment?: string
  identity?: string
  thread?: string
  name?: string
  metadata?: Record<string, string>
  payload?: PayloadPlan
  /** The caller's trace, as `writeTrace` writes it. */
  trace?: string
}

/** The model that an attempt goes to, and what it costs there at most. */
export interface Aim {
  modelId: string
  /** In force at that millisecond; null where the model has none. */
  price: Price | null
  /** Tokens that the prompt stands for when the server tells none. */
  inputEstimateTokens: number
  /** The most that the attempt may cost. */
  boundNanoUsd: bigint
  /** The most tokens, in and out, that it may take; absent where its kind has no bound. */
  boundTokens?: number
}

/** What an attempt used, in every unit that leases are counted in. */
export interface Used {
  costNanoUsd: bigint
  tokens: number
}

/** What a call used of one budget or limit, in the units that it counts: nano-dollars, tokens, requests. */
export interface LeaseCharge {
  /** What is charged; empty for a limit, which is not. */
  lease: string
  rule: string
  units: bigint
}

/** A call that asks to be let in, aimed at the model of its first attempt. */
export interface CallToAdmit extends CallIdentity, Aim {
  /** `req_...`; the millisecond in it is the record's time. */
  requestId: string
}

/** Why a call is not let in, as the caller is to hear it. */
export interface Refusal {
  status: number
  code: string
  message: string
  retryAfterMs?: number
  /** The budget or limit that does not let it in. */
  ruleId?: string
}

export const RuleScope = z.enum(['workspace', 'key', 'model', 'deployment', 'identity'])
export type RuleScope = z.infer<typeof RuleScope>

export const BudgetUnit = z.enum(['usd', 'tokens'])
export type BudgetUnit = z.infer<typeof BudgetUnit>

/** Of the workspace's calendar; weeks begin on Monday. */
export const BudgetWindow = z.enum(['day', 'week', 'month', 'total'])
export type BudgetWindow = z.infer<typeof BudgetWindow>

export const LimitKind = z.enum(['requests_per_minute', 'tokens_per_minute', 'concurrency'])
export type LimitKind = z.infer<typeof LimitKind>
