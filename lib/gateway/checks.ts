import { type LeaveSignal, toAbortSignal } from '#lib/core/leave.ts'
import { toBuffer } from '#lib/openai/scan.ts'
import { type StreamAnswer, StreamBroken } from '#lib/openai/upstream.ts'
import { SseReader } from '#lib/openai/wire/sse.ts'
import type { Form } from './endpoints.ts'
import { failureError, type GatewayError, gatewayError } from './errors.ts'
import { type Failed, failed, type Judged } from './judge.ts'
import type { PlanCheck, Seen } from './schema.ts'
import { watchOf } from './watch-of.ts'

/** The first check that refuses, as its error; null where all pass. */
export async function runChecks(
  checks: readonly PlanCheck[],
  seen: Seen,
  signal: LeaveSignal,
): Promise<GatewayError | null> {
  const left = toAbortSignal(signal)
  for (const check of checks) {
    if ((await check.judge(seen, left)).passed === true) continue
    if (signal.isCut) return gatewayError('shutting_down')
    const message = `The guardrail “${check.name}” refused this call.`
    return gatewayError('check_failed', { message, param: check.name })
  }
  return null
}

const lineFeed = 10
const nothing = Buffer.alloc(0)

interface Bounds {
  /** The body of the call. */
  request: Uint8Array
  form: Form
  answerBytesMax: number
  secrets: readonly string[]
  signal: LeaveSignal
}

/** A check refused a stream that has left. */
export class CheckRefused extends Error {
  readonly refusal: GatewayError

  constructor(refusal: GatewayError) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/**
 * The answer where every check lets it pass, a stream being whole by then; else a failure, with what it used. A stream
 * whose checks are all for afterwards comes back as it is, to end with `CheckRefused` in place of its `[DONE]`.
 */
export async function checkAnswer(
  checks: readonly PlanCheck[],
  answer: Exclude<Judged, Failed>,
  { request, form, answerBytesMax, secrets, signal }: Bounds,
): Promise<Judged> {
  if (checks.length === 0) return answer
  if (answer.kind === 'whole') {
    const error = await runChecks(checks, { request, answer: answer.outcome.body }, signal)
    const { usage, usageFlags } = answer.answer
    return error ? { ...failed(error, 'final'), usage, usageFlags } : answer
  }
  // Streams of the Responses API end with their answer: there is no end of its own to hold back.
  if (form !== 'responses' && checks.every(({ isAfter }) => isAfter)) {
    const body = judgedAtEnd(answer.outcome, { checks, request, bytesMax: answerBytesMax, signal })
    return { kind: 'stream', outcome: { ...answer.outcome, first: [], body } }
  }
  const bytes = await collect(answer.outcome, answerBytesMax)
  if (!Buffer.isBuffer(bytes)) return bytes
  const error = await runChecks(checks, { request, answer: bytes }, signal)
  if (!error) return { kind: 'stream', outcome: { ...answer.outcome, first: [bytes], body: nothingMore() } }
  const watch = watchOf(form, secrets)
  for (const { data } of new SseReader().push(bytes)) if (data) watch.see(data)
  return { ...failed(error, 'final'), usage: watch.usage.usage, usageFlags: watch.usage.flags }
}

/** Everything of a stream, so that it can be judged before any of it leaves; or why it never ended. */
async function collect(outcome: StreamAnswer, bytesMax: number): Promise<Buffer | Failed> {
  const chunks = [...outcome.first]
  let bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  try {
    for await (const chunk of outcome.body) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes <= bytesMax) continue
      outcome.abort()
      const message = 'The stream is too long to be checked by a guardrail.'
      return failed(gatewayError('event_too_large', { message }), 'final')
    }
  } catch (error) {
    if (!(error instanceof StreamBroken)) throw error
    return failed(failureError(error.failure), 'broken')
  }
  return Buffer.concat(chunks)
}

/** A stream as it comes, but for its `[DONE]`: that goes out once every check has let pass what was before it. */
async function* judgedAtEnd(
  { first, body }: StreamAnswer,
  {
    checks,
    request,
    bytesMax,
    signal,
  }: { checks: readonly PlanCheck[]; request: Uint8Array; bytesMax: number; signal: LeaveSignal },
): AsyncGenerator<Buffer, undefined> {
  const seen: Uint8Array[] = []
  let bytes = 0
  /** The line that is not ended yet. No event ends in it, so nobody waits for it. */
  let line: Uint8Array = nothing
  let isJudged = false

  async function verdict(): Promise<void> {
    isJudged = true
    const refusal =
      bytes > bytesMax
        ? gatewayError('event_too_large', { message: 'The stream is too long to be checked by a guardrail.' })
        : await runChecks(checks, { request, answer: Buffer.concat(seen) }, signal)
    if (refusal) throw new CheckRefused(refusal)
  }

  for await (const chunk of chunksOf(first, body)) {
    if (isJudged) {
      yield chunk
      continue
    }
    bytes += chunk.length
    if (bytes <= bytesMax) seen.push(chunk)
    const text = line.length > 0 ? Buffer.concat([line, chunk]) : chunk
    const end = text.lastIndexOf(lineFeed) + 1
    const whole = text.subarray(0, end)
    const done = /^data: ?\[DONE\]/m.exec(whole.toString('latin1'))
    if (done) {
      if (done.index > 0) yield whole.subarray(0, done.index)
      await verdict()
      yield text.subarray(done.index)
      line = nothing
      continue
    }
    line = text.subarray(end)
    if (whole.length > 0) yield whole
  }
  if (!isJudged) await verdict()
  if (line.length > 0) yield Buffer.from(line)
}

async function* chunksOf(first: readonly Uint8Array[], body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for (const chunk of first) yield toBuffer(chunk)
  for await (const chunk of body) yield toBuffer(chunk)
}

async function* nothingMore(): AsyncGenerator<Buffer, undefined> {}
