import { z } from 'zod'

/** What a request came from. */
export const sources = [
  'gateway',
  'try',
  'playground',
  'deployment',
  'experiment',
  'judge',
  'guardrail',
  'validation',
  'drift',
] as const
export const Source = z.enum(sources)
export type Source = z.infer<typeof Source>

export const outcomes = ['ok', 'error', 'aborted', 'truncated', 'refused', 'lost'] as const
export const Outcome = z.enum(outcomes)
export type Outcome = z.infer<typeof Outcome>

export type UsageSource = 'provider' | 'estimated' | 'none'

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
}

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
}

/** A call that asks to be let in. */
export interface CallToAdmit extends CallIdentity {
  /** `req_...`; the millisecond in it is the record's time. */
  requestId: string
  /** In force at that millisecond; null where the model has none. */
  price: Price | null
  /** Tokens that the prompt stands for when the server tells none. */
  inputEstimateTokens: number
  /** The most that the call may cost. */
  boundNanoUsd: bigint
}

/** Why a call is not let in, as the caller is to hear it. */
export interface Refusal {
  status: number
  code: string
  message: string
  retryAfterMs?: number
}
