import type { CallResult } from '../call.ts'
import type { RunReason } from './answers.ts'

/**
 * What a call means for its run. `answered`, `failed`: for its cell alone. `wait`: the same call, a little later. `pause`:
 * for the whole run; `forMs` null until somebody resumes it.
 */
export type Outcome =
  | { kind: 'answered' }
  | { kind: 'failed'; blame: 'server' | 'request' }
  | { kind: 'wait'; forMs: number }
  | { kind: 'pause'; reason: RunReason; forMs: number | null }

/** A shorter wait is not worth telling: the model's calls rest, the run goes on. */
const pauseFromMs = 15_000
const waitMs = 1_000
const limitWaitMs = 10_000

type Told = Pick<CallResult, 'status' | 'code' | 'message' | 'retryAfterMs'>

/** Pure: the same answer, the same consequence. */
export function outcomeOf({ status, code, message, retryAfterMs }: Told): Outcome {
  if (code === '') return { kind: 'answered' }
  const pause = (kind: RunReason['kind'], forMs: number | null = null): Outcome => ({
    kind: 'pause',
    reason: { kind, message },
    forMs,
  })
  switch (code) {
    case 'budget_exceeded':
      return pause('budget')
    case 'budget_reserved':
    case 'overloaded':
    case 'shutting_down':
    case 'unavailable':
      return { kind: 'wait', forMs: retryAfterMs ?? waitMs }
    case 'upstream_unavailable':
      return pauseOrWait('breaker', message, retryAfterMs ?? limitWaitMs)
    case 'upstream_auth_failed':
      return pause('key_refused')
    case 'upstream_quota':
      return pause('quota')
    case 'model_not_found':
    case 'model_disabled':
    case 'ambiguous_model':
    case 'permission_denied':
    case 'upstream_model_missing':
      return pause('model')
    case 'upstream_busy':
      return { kind: 'wait', forMs: retryAfterMs ?? waitMs }
  }
  if (status === 429) return pauseOrWait('limit', message, retryAfterMs ?? limitWaitMs)
  return { kind: 'failed', blame: status >= 500 ? 'server' : 'request' }
}

function pauseOrWait(kind: 'limit' | 'breaker', message: string, forMs: number): Outcome {
  return forMs < pauseFromMs ? { kind: 'wait', forMs } : { kind: 'pause', reason: { kind, message }, forMs }
}
