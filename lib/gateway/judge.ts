import type { CallEnd } from '#lib/metering/index.ts'
import { readJson } from '#lib/openai/scan.ts'
import type { AttemptOutcome, StreamAnswer, Target, UpstreamFailureCode, WholeAnswer } from '#lib/openai/upstream.ts'
import { type ReadAnswer, readAnswer } from './answer.ts'
import type { Result } from './decide.ts'
import type { Endpoint } from './endpoints.ts'
import { errorReply, failureError, type GatewayError, gatewayError } from './errors.ts'
import type { ReadRequest } from './read-request.ts'
import type { GatewayReply } from './schema.ts'
import { streamOf } from './stream-of.ts'
import { statusInside, upstreamError } from './upstream-error.ts'

/** An attempt that gave the caller nothing: what it means for the next one, and what the caller hears if there is none. */
export interface Failed extends Pick<CallEnd, 'usage' | 'usageFlags'> {
  kind: 'failed'
  result: Result
  error: GatewayError
  reply: GatewayReply
}

export type GoodAnswer = Extract<ReadAnswer, { kind: 'good' }>
/** `whole`: where a stream was asked for, the body is its events. */
export type Judged =
  | { kind: 'whole'; outcome: WholeAnswer; answer: GoodAnswer }
  | { kind: 'stream'; outcome: StreamAnswer }
  | Failed

/** What came back from a server: an answer for the caller, or a failure with its class. */
export function judge(outcome: AttemptOutcome, request: ReadRequest, endpoint: Endpoint, target: Target): Judged {
  if (outcome.kind === 'stream') return { kind: 'stream', outcome }
  if (outcome.kind === 'failure') return failed(failureError(outcome), failureCauses[outcome.code])
  const { status, body } = outcome
  const told = (status: number, retryAfter: string | undefined): Failed => {
    const { error, reply, cause, retryAfterMs } = upstreamError(status, retryAfter, body, target)
    return { kind: 'failed', result: { cause, status, retryAfterMs }, error, reply }
  }
  if (status < 200 || status >= 300) return told(status, headerOf(outcome.headers, 'retry-after'))
  const answer = readAnswer(body, endpoint.form)
  if (answer.kind === 'error')
    return { ...told(statusInside(body), undefined), usage: answer.usage, usageFlags: answer.usageFlags }
  if (answer.kind === 'nonsense') return failed(gatewayError('upstream_bad_answer'), 'broken')
  if (!request.stream) return { kind: 'whole', outcome, answer }
  // It is paid for, and the server would do the same again: the caller gets it as the stream that was asked for.
  const wanted = { usage: asksForUsage(request), bytesMax: endpoint.answerBytesMax }
  const stream = streamOf(body, endpoint.form, wanted)
  if (stream) return { kind: 'whole', outcome: { ...outcome, body: stream }, answer }
  const message = "The model's server answered in one piece although a stream was asked for; none can be made of it."
  const { usage, usageFlags } = answer
  return { ...failed(gatewayError('upstream_bad_answer', { message }), 'misdirected'), usage, usageFlags }
}

function asksForUsage(request: ReadRequest): boolean {
  const member = request.member('stream_options')
  const options = member && readJson(request.object, member)
  return typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true
}

export function failed(error: GatewayError, cause: Result['cause']): Failed {
  return {
    kind: 'failed',
    result: { cause, status: error.status, retryAfterMs: null },
    error,
    reply: errorReply(error),
  }
}

export function headerOf(headers: WholeAnswer['headers'], name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Failures after which nobody knows whether the server did it; all others say that it did not. */
const doubtful: ReadonlySet<Result['cause']> = new Set(['timeout', 'broken', 'final'])

/** Whether the server may have done what was asked, whatever the caller gets. */
export function mayHaveRun(outcome: AttemptOutcome, judged: Judged): boolean {
  if (judged.kind !== 'failed') return true
  return doubtful.has(judged.result.cause) && (outcome.kind !== 'failure' || outcome.sent)
}

/** Fails to compile when a failure has no class. */
const failureCauses: Record<UpstreamFailureCode, Result['cause']> = {
  egress_refused: 'misdirected',
  egress_loop: 'misdirected',
  upstream_bad_target: 'misdirected',
  upstream_redirect: 'misdirected',
  upstream_dns: 'connect',
  upstream_unreachable: 'connect',
  upstream_tls: 'connect',
  upstream_connect_timeout: 'connect',
  upstream_first_byte_timeout: 'timeout',
  // Of a whole answer: nothing of it has left yet.
  upstream_idle_timeout: 'timeout',
  upstream_total_timeout: 'timeout',
  upstream_reset: 'broken',
  upstream_bad_answer: 'broken',
  upstream_headers_too_large: 'final',
  upstream_too_large: 'final',
  event_too_large: 'final',
  // Our own bounds, and connections that this process closed.
  upstream_busy: 'final',
  aborted: 'final',
}
