/**
 * What an attempt came to, as far as it matters for the next one. `busy`: 408, 409, 429. `broken`: cut off, or nonsense,
 * before the answer began. `misdirected`: the target itself is wrong, whatever is asked of it. `refused`: the caller's own
 * mistake, in the server's words. `final`: nobody else would do better.
 */
export const causes = [
  'good',
  'connect',
  'timeout',
  'busy',
  'server_error',
  'broken',
  'auth',
  'quota',
  'missing',
  'misdirected',
  'context_length',
  'refused',
  'final',
] as const
export type Cause = (typeof causes)[number]

export interface Result {
  cause: Cause
  /** The server's own; where it gave none, what the caller would get. */
  status: number
  /** As the server asks; null where it does not. */
  retryAfterMs: number | null
}

/** What happened before, this attempt included. */
export interface History {
  attempts: number
  /** Of them, on this target. */
  onTarget: number
  /** Of the one deadline that all attempts share. */
  remainingMs: number
  /** Targets whose turn is still to come; `larger`: one of them is known to take more context. */
  next: 'none' | 'any' | 'larger'
  /** The model's retry budget has room. */
  mayRetry: boolean
  /** From 0 up to, and not, 1. */
  random: number
}

export interface RetryPolicy {
  /** Retries on one target. */
  count: number
  /** Statuses that are retried; null: every one that may be. */
  onCodes: ReadonlySet<number> | null
}

/** `return`: the caller gets this answer. `give_up`: the caller gets this failure. `larger`: only to targets that take more context. */
export type Decision =
  | { act: 'return' }
  | { act: 'retry'; afterMs: number }
  | { act: 'next'; larger: boolean }
  | { act: 'give_up' }

/**
 * Where a call brings no policy and its model has none: each target once. OpenAI's clients try again by themselves, and
 * retries upon retries multiply; whoever wants them here says so.
 */
export const noRetries: RetryPolicy = { count: 0, onCodes: null }

/** `onCodes` undefined: every status that may be retried. */
export function policyOf(count: number, onCodes: readonly number[] | undefined): RetryPolicy {
  return { count, onCodes: onCodes ? new Set(onCodes) : null }
}

/** In all, on all targets. */
export const attemptsMax = 4
const retryAfterMaxMs = 60_000
const backOffFirstMs = 500
const backOffMaxMs = 8_000

/** May the same target be asked again, may another one? */
const rules: Record<Exclude<Cause, 'good'>, { same: boolean; other: boolean }> = {
  connect: { same: true, other: true },
  timeout: { same: true, other: true },
  busy: { same: true, other: true },
  server_error: { same: true, other: true },
  broken: { same: true, other: true },
  auth: { same: false, other: true },
  quota: { same: false, other: true },
  missing: { same: false, other: true },
  misdirected: { same: false, other: true },
  context_length: { same: false, other: true },
  refused: { same: false, other: false },
  final: { same: false, other: false },
}

/** What becomes of a call after an attempt whose answer has not begun to leave. Pure: the same facts, the same decision. */
export function decide(result: Result, history: History, policy: RetryPolicy): Decision {
  if (result.cause === 'good') return { act: 'return' }
  const rule = rules[result.cause]
  if (!rule.other) return { act: 'return' }
  if (history.attempts >= attemptsMax || history.remainingMs <= 0) return { act: 'give_up' }
  const hasNext = result.cause === 'context_length' ? history.next === 'larger' : history.next !== 'none'
  const retries = history.onTarget - 1
  if (
    rule.same &&
    history.mayRetry &&
    retries < policy.count &&
    (policy.onCodes === null || policy.onCodes.has(result.status))
  ) {
    const afterMs = waitMs(retries, result.retryAfterMs, history.random)
    // A long wait is worth it only where nobody else is there.
    const isWorthIt = afterMs < history.remainingMs && !(hasNext && afterMs > backOffMaxMs)
    if (isWorthIt) return { act: 'retry', afterMs }
  }
  return hasNext ? { act: 'next', larger: result.cause === 'context_length' } : { act: 'give_up' }
}

/** Doubles from 0.5 s to 8 s, any part of it; never before the server wants to be asked again. */
function waitMs(retries: number, retryAfterMs: number | null, random: number): number {
  const jittered = random * Math.min(backOffFirstMs * 2 ** retries, backOffMaxMs)
  return Math.max(jittered, Math.min(retryAfterMs ?? 0, retryAfterMaxMs))
}
