import type { LeaveSignal } from '#lib/core/leave.ts'
import type { CallEnd } from '#lib/metering/index.ts'
import { type StreamAnswer, StreamBroken } from '#lib/openai/upstream.ts'
import type { Aimed } from './aim.ts'
import { CheckRefused } from './checks.ts'
import type { Form } from './endpoints.ts'
import { failureError, gatewayError } from './errors.ts'
import { StreamRelay } from './relay.ts'
import type { Seat } from './seat.ts'
import { ToolIndexes } from './tool-index.ts'
import { watchOf } from './watch-of.ts'

export type StreamCallEnd = Pick<
  CallEnd,
  'outcome' | 'status' | 'errorCode' | 'errorMessage' | 'usage' | 'usageFlags' | 'outputBytes' | 'finishReason'
>

interface Parts {
  aimed: Aimed
  form: Form
  seat: Seat
  signal: LeaveSignal
  /** The caller allowed less time than the model gets. */
  isHurried: boolean
  /** Called once, before the bytes that end the stream leave. */
  settle(end: StreamCallEnd): void
}

/** A stream that has begun, on its way to the caller; its end is what its server is judged by. */
export function streamReply(
  outcome: StreamAnswer,
  { aimed, form, seat, signal, isHurried, settle }: Parts,
): StreamRelay {
  const { prepared, entry, target } = aimed
  const watch = watchOf(form, target.secrets)
  let isBroken = false
  let isRefused = false
  seat.begun()
  return new StreamRelay({
    first: outcome.first,
    source: outcome.body[Symbol.asyncIterator](),
    abort: () => outcome.abort(),
    signal,
    watch,
    cutUsage: prepared.injectedUsage,
    toolIndexes: form === 'chat' && entry.profile.toolIndexMissing ? new ToolIndexes() : null,
    toError: (error) => {
      if (error instanceof CheckRefused) {
        isRefused = true
        return error.refusal
      }
      if (!(error instanceof StreamBroken)) return gatewayError('internal_error')
      // The time that a call gets in all may well end in the middle of an answer.
      isBroken = error.code !== 'upstream_total_timeout' && !(error.code === 'upstream_idle_timeout' && isHurried)
      return failureError(error.failure)
    },
    settle: (end) => {
      if (end.outcome === 'ok' || isRefused) seat.worked()
      else if (isBroken) seat.failed('broken', false)
      settle({
        outcome: isRefused ? 'error' : end.outcome,
        status: outcome.status,
        errorCode: end.error?.code,
        errorMessage: end.error?.message,
        usage: watch.usage.usage,
        usageFlags: watch.usage.flags,
        outputBytes: watch.outputBytes,
        finishReason: watch.finishReason,
      })
    },
  })
}
