import { type StreamAnswer, StreamBroken } from '#lib/openai/upstream.ts'
import { SseReader } from '#lib/openai/wire/sse.ts'
import type { Form } from './endpoints.ts'
import { failureError, type GatewayError, gatewayError } from './errors.ts'
import { type Failed, failed, type Judged } from './judge.ts'
import type { PlanCheck } from './schema.ts'
import { watchOf } from './watch-of.ts'

/** The first check that refuses, as its error; null where all pass. */
export async function runChecks(
  checks: readonly PlanCheck[],
  body: Uint8Array,
  signal: AbortSignal,
): Promise<GatewayError | null> {
  for (const check of checks) {
    if (await check.passes(body, signal)) continue
    const message = `The guardrail “${check.name}” refused this call.`
    return gatewayError('check_failed', { message, param: check.name })
  }
  return null
}

interface Bounds {
  form: Form
  answerBytesMax: number
  secrets: readonly string[]
  signal: AbortSignal
}

/** The answer where every check lets it pass, a stream being whole by then; else a failure, with what it used. */
export async function checkAnswer(
  checks: readonly PlanCheck[],
  answer: Exclude<Judged, Failed>,
  { form, answerBytesMax, secrets, signal }: Bounds,
): Promise<Judged> {
  if (checks.length === 0) return answer
  if (answer.kind === 'whole') {
    const error = await runChecks(checks, answer.outcome.body, signal)
    const { usage, usageFlags } = answer.answer
    return error ? { ...failed(error, 'final'), usage, usageFlags } : answer
  }
  const bytes = await collect(answer.outcome, answerBytesMax)
  if (!Buffer.isBuffer(bytes)) return bytes
  const error = await runChecks(checks, bytes, signal)
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

async function* nothingMore(): AsyncGenerator<Buffer, undefined> {}
