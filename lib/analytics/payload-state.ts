import type { Outcome, PayloadPlan, Source } from '#lib/metering/schema.ts'
import type { PayloadState } from './answers.ts'

const dayMs = 24 * 60 * 60_000
/** After so long what is not written will not be. */
const writtenWithinMs = 60_000

export interface PayloadFacts {
  atMs: number
  source: Source
  outcome: Outcome
  plan: PayloadPlan
  /** It got the answer of another call. */
  isRepeat: boolean
  /** Of the workspace, as it is now. */
  days: number
  /** It can be opened. */
  isThere: boolean
  mayRead: boolean
}

/** Whether prompt and answer of a request can be read, or why not. */
export function payloadState(facts: PayloadFacts, nowMs: number): PayloadState {
  const { atMs, source, outcome, plan, isRepeat, days, isThere, mayRead } = facts
  if (source === 'validation' || source === 'drift') return 'evidence'
  if (outcome === 'refused' || outcome === 'lost') return outcome
  if (isRepeat) return 'repeat'
  if (plan === '') return 'off'
  if (plan !== 'kept') return plan
  if (days === 0) return 'deleted'
  if (atMs + days * dayMs <= nowMs) return 'expired'
  if (isThere) return mayRead ? 'kept' : 'restricted'
  return nowMs - atMs < writtenWithinMs ? 'waiting' : 'missing'
}

export function payloadUntil(state: PayloadState, { atMs, days }: PayloadFacts): string | null {
  return state === 'kept' || state === 'restricted' ? new Date(atMs + days * dayMs).toISOString() : null
}
