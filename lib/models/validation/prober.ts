import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { Meter } from '#lib/metering/index.ts'
import type { Price } from '#lib/metering/schema.ts'
import type { AttemptOutcome, Target, Upstream } from '#lib/openai/upstream.ts'
import { type ErrorBody, holdsError, parseErrorBody } from '#lib/openai/wire/error-body.ts'
import { isDone, SseReader } from '#lib/openai/wire/sse.ts'
import { findUsage, type Usage, UsageWatch } from '#lib/openai/wire/usage.ts'
import type { Actor } from '#lib/tenancy/schema.ts'
import type { EvidenceView } from '../views.ts'
import { createShown } from './shown.ts'

/** One question to the server. */
export interface ProbeCall {
  /** What it asks, for the evidence: `Streaming with usage`. */
  name: string
  method: 'GET' | 'POST'
  path: string
  body?: Record<string, unknown>
  stream?: boolean
  /** The wrong key is a negative control; it holds nothing of the real one. */
  key?: 'own' | 'wrong'
  baseUrl?: string
  /** Tells images from tokens in the account. */
  images?: number
  answerBytesMax?: number
}

/**
 * What came back.
 * answered: a 2xx whose body is no error. rejected: the server refuses the request as such (4xx but 401, 403, 408, 429).
 * denied: 401 or 403. limited: 429 or 402, never a *no*. broken: 5xx, no valid answer, no connection, out of time.
 */
export interface ProbeReply {
  kind: 'answered' | 'rejected' | 'denied' | 'limited' | 'broken'
  /** 0 without an answer. */
  status: number
  /** The parsed body; of a stream undefined. */
  json: unknown
  /** Parsed events of a stream; undefined where the server answered whole. */
  chunks: unknown[] | undefined
  done: boolean
  usage: Usage | null
  error: ErrorBody | null
  /** Sub-code of a failure below HTTP, for example `upstream_unreachable`. */
  failure: string | null
  contentType: string
  ms: number
  firstByteMs: number | null
  evidence: EvidenceView
}

export interface ProbeLimits {
  calls: number
  ms: number
  inputTokens: number
  outputTokens: number
  concurrency: number
}

/** The card's ceiling: `models.md`, "Rules". */
export const probeLimits: ProbeLimits = {
  calls: 40,
  ms: 90_000,
  inputTokens: 20_000,
  outputTokens: 12_000,
  concurrency: 4,
}

export interface ProbeContext {
  workspaceId: string
  /** The id that the model gets when it is saved: its validation is in its account. */
  modelId: string
  actor: Actor
  address: string
  price: Price | null
  /** The provider's name of the model, which is no secret. */
  providerModelId: string
  target: Target
  wrongKeyTarget: Target
  signal: AbortSignal
  limits: ProbeLimits
  onCall(): void
}

interface Deps {
  upstream: Pick<Upstream, 'send'>
  meter: Pick<Meter, 'admit'>
  clock: Clock
}

/** Thrown where a probe may not be made any more; the caller turns it into *unknown*. */
export class ProbeStop extends Error {
  override readonly name = 'ProbeStop'
  readonly reason: 'calls' | 'time' | 'tokens' | 'cancelled' | 'refused'
  constructor(reason: ProbeStop['reason'], message: string = `probing stopped: ${reason}`) {
    super(message)
    this.reason = reason
  }
}

const textMax = 1_500
const bodyBytesMax = 4 * 1024 * 1024
const retryAfterMaxMs = 30_000

export interface Prober {
  /** One call, in its turn: at most four at once, one at a time after a 429. A 429 is waited for and asked again once. */
  call(call: ProbeCall): Promise<ProbeReply>
  calls(): number
  costNanoUsd(): bigint
  elapsedMs(): number
  /** What is left of the ceiling of output tokens. */
  outputTokensLeft(): number
}

/** Makes the calls of one validation: through the code of real calls, each one a record of the ledger. */
export function createProber(deps: Deps, context: ProbeContext): Prober {
  const { upstream, meter, clock } = deps
  const { limits, signal } = context
  const shown = createShown(context.target.secrets, context.providerModelId)
  const startedMs = clock.monotonicMs()
  let calls = 0
  let costNanoUsd = 0n
  let inputTokens = 0
  let outputTokens = 0
  let running = 0
  let serial = false
  let pauseUntilMs = 0
  const queue: (() => void)[] = []

  function check(): void {
    if (signal.aborted) throw new ProbeStop('cancelled')
    if (calls >= limits.calls) throw new ProbeStop('calls')
    if (clock.monotonicMs() - startedMs >= limits.ms) throw new ProbeStop('time')
    if (inputTokens >= limits.inputTokens || outputTokens >= limits.outputTokens) throw new ProbeStop('tokens')
  }

  async function enter(): Promise<void> {
    while (running >= (serial ? 1 : limits.concurrency)) await new Promise<void>((resolve) => queue.push(resolve))
    running += 1
  }

  function leave(): void {
    running -= 1
    for (const wake of queue.splice(0)) wake()
  }

  async function call(spec: ProbeCall): Promise<ProbeReply> {
    await enter()
    try {
      let reply = await attempt(spec)
      if (reply.status === 429) {
        serial = true
        const waitMs = Math.max(pauseUntilMs - clock.monotonicMs(), 0)
        if (waitMs <= Math.min(retryAfterMaxMs, limits.ms - (clock.monotonicMs() - startedMs))) {
          await pause(waitMs, signal)
          reply = await attempt(spec)
        }
      }
      return reply
    } finally {
      leave()
    }
  }

  async function attempt(spec: ProbeCall): Promise<ProbeReply> {
    const waitMs = pauseUntilMs - clock.monotonicMs()
    if (waitMs > 0) await pause(waitMs, signal)
    check()
    calls += 1
    const startedAtMs = clock.nowMs()
    const began = clock.monotonicMs()
    const body = spec.body === undefined ? undefined : Buffer.from(JSON.stringify(spec.body))
    const target = spec.key === 'wrong' ? context.wrongKeyTarget : context.target
    const admission = meter.admit({
      requestId: newId('req', startedAtMs),
      workspaceId: context.workspaceId,
      source: 'validation',
      actorKind: context.actor.kind,
      actorId: context.actor.id,
      keyId: context.actor.kind === 'key' ? context.actor.id : '',
      modelId: context.modelId,
      address: context.address,
      endpoint: spec.path.slice(1, 256),
      stream: spec.stream === true,
      name: spec.name,
      price: context.price,
      inputEstimateTokens: Math.ceil((body?.length ?? 0) / 4),
      boundNanoUsd: 0n,
    })
    if (!admission.ok) throw new ProbeStop('refused', admission.refusal.message)
    const { ticket } = admission
    const refusal = ticket.begin()
    if (refusal) throw new ProbeStop('refused', refusal.message)
    const left = Math.max(1, limits.ms - (clock.monotonicMs() - startedMs))
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(left))])
    const outcome = await upstream.send(
      { ...target, baseUrl: spec.baseUrl ?? target.baseUrl },
      {
        method: spec.method,
        path: spec.path,
        ...(body && { body, contentType: 'application/json' }),
        answer: spec.stream ? 'stream' : 'whole',
        answerBytesMax: spec.answerBytesMax ?? bodyBytesMax,
      },
      timeout,
    )
    const read = await readOutcome(outcome, shown)
    const ms = clock.monotonicMs() - began
    if (read.usage && spec.images) read.usage.images = read.imagesSeen
    const usage = read.usage ?? (spec.images && read.kind === 'answered' ? imageUsage(read.imagesSeen) : null)
    const settled = ticket.settle({
      outcome: read.kind === 'answered' ? 'ok' : signal.aborted ? 'aborted' : 'error',
      status: read.status,
      ...(read.failure && { errorCode: read.failure }),
      ...(read.error && { errorCode: read.error.code ?? `upstream_${read.status}`, errorMessage: read.error.message }),
      usage,
      // A listing has no tokens; a call that told none is estimated.
      ...(spec.method === 'GET' && { usageSource: 'none' as const }),
      outputBytes: Math.min(read.text.length, textMax),
      attempts: [
        {
          modelId: context.modelId,
          startedAtMs,
          status: read.status,
          code: read.failure ?? '',
          totalMs: Math.round(ms),
        },
      ],
      latencyMs: Math.round(ms),
      ...(read.firstByteMs !== null && { firstByteMs: Math.round(read.firstByteMs) }),
    })
    costNanoUsd += settled.costNanoUsd
    inputTokens += usage?.inputTokens ?? 0
    outputTokens += usage?.outputTokens ?? 0
    if (read.status === 429) {
      serial = true
      pauseUntilMs = clock.monotonicMs() + Math.min(read.retryAfterMs ?? 1_000, retryAfterMaxMs)
    }
    const evidence: EvidenceView = {
      name: spec.name,
      request: requestText(spec),
      status: read.status || null,
      response: shown(read.text.slice(0, textMax * 2)).slice(0, textMax),
      ms: Math.round(ms),
      inputTokens: usage?.inputTokens ?? 0,
      outputTokens: usage?.outputTokens ?? 0,
      cost: settled.priced ? toMoneyView(settled.costNanoUsd) : null,
      at: new Date(startedAtMs).toISOString(),
    }
    context.onCall()
    return { ...read, usage, ms, evidence }
  }

  return {
    call,
    calls: () => calls,
    costNanoUsd: () => costNanoUsd,
    elapsedMs: () => clock.monotonicMs() - startedMs,
    outputTokensLeft: () => Math.max(0, limits.outputTokens - outputTokens),
  }
}

type Read = Omit<ProbeReply, 'ms' | 'evidence'> & { text: string; retryAfterMs: number | undefined; imagesSeen: number }

async function readOutcome(outcome: AttemptOutcome, shown: (text: string) => string): Promise<Read> {
  const empty: Read = {
    kind: 'broken',
    status: 0,
    json: undefined,
    chunks: undefined,
    done: false,
    usage: null,
    error: null,
    failure: null,
    contentType: '',
    firstByteMs: outcome.timings.firstByteMs ?? null,
    text: '',
    retryAfterMs: undefined,
    imagesSeen: 0,
  }
  if (outcome.kind === 'failure') return { ...empty, failure: outcome.code, text: outcome.message }
  const base = { ...empty, status: outcome.status, contentType: headerOf(outcome.headers, 'content-type') }
  if (outcome.kind === 'stream') return readStream(base, outcome)
  const text = outcome.body.toString('utf8')
  const json = parse(text)
  const failed = outcome.status >= 400 || holdsError(json)
  const retryAfter = Number(headerOf(outcome.headers, 'retry-after'))
  return {
    ...base,
    json,
    usage: failed ? null : findUsage(json),
    error: failed ? readError(text, shown) : null,
    kind: kindOf(outcome.status, failed || json === undefined),
    text,
    retryAfterMs: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1_000 : undefined,
    imagesSeen: countImages(json),
  }
}

async function readStream(base: Read, outcome: Extract<AttemptOutcome, { kind: 'stream' }>): Promise<Read> {
  const reader = new SseReader()
  const watch = new UsageWatch()
  const chunks: unknown[] = []
  let done = false
  let text = ''
  let failure: string | null = null
  let broken = false
  const take = (bytes: Uint8Array) => {
    for (const event of reader.push(bytes)) {
      if (text.length < textMax) text += Buffer.from(event.raw).toString('utf8')
      if (!event.data) continue
      if (isDone(event.data)) done = true
      else {
        const chunk = parse(Buffer.from(event.data).toString('utf8'))
        if (chunk === undefined || holdsError(chunk)) broken = true
        watch.see(chunk)
        if (chunks.length < 5_000) chunks.push(chunk)
      }
    }
  }
  try {
    for (const bytes of outcome.first) take(bytes)
    for await (const bytes of outcome.body) {
      take(bytes)
      if (chunks.length >= 5_000) {
        outcome.abort()
        failure = 'upstream_too_large'
        break
      }
    }
  } catch (error) {
    failure = error instanceof Error && 'code' in error ? String(error.code) : 'upstream_reset'
  }
  return {
    ...base,
    chunks,
    done,
    usage: watch.usage,
    failure,
    kind: failure || broken || chunks.length === 0 ? 'broken' : 'answered',
    text,
  }
}

function readError(text: string, shown: (text: string) => string): ErrorBody {
  const error = parseErrorBody(text)
  return {
    message: shown(error.message),
    ...(error.type && { type: shown(error.type) }),
    ...(error.param && { param: shown(error.param) }),
    ...(error.code && { code: shown(error.code) }),
  }
}

function kindOf(status: number, failed: boolean): ProbeReply['kind'] {
  if (status >= 200 && status < 300) return failed ? 'broken' : 'answered'
  if (status === 401 || status === 403) return 'denied'
  if (status === 429 || status === 402) return 'limited'
  if (status >= 400 && status < 500 && status !== 408) return 'rejected'
  // 501 and its like say "not offered" as a 400 does, but a plain 500 is a fault of the moment.
  return status === 501 ? 'rejected' : 'broken'
}

function imageUsage(images: number): Usage {
  return { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, images, flags: [] }
}

function countImages(json: unknown): number {
  const data = (json as { data?: unknown } | undefined)?.data
  return Array.isArray(data)
    ? data.filter((item) => item && (typeof item.b64_json === 'string' || typeof item.url === 'string')).length
    : 0
}

function headerOf(headers: Record<string, string | string[] | undefined>, name: string): string {
  const value = headers[name]
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '')
}

/** The request as evidence: method, path and body, long texts shortened. No header: the key is in one. */
function requestText(spec: ProbeCall): string {
  const body = spec.body === undefined ? '' : JSON.stringify(spec.body, (_key, value) => shorten(value))
  const line = `${spec.method} ${spec.path}${spec.key === 'wrong' ? '   (with a wrong key)' : ''}`
  return (body ? `${line}\n${body}` : line).slice(0, textMax)
}

function shorten(value: unknown): unknown {
  return typeof value === 'string' && value.length > 300 ? `${value.slice(0, 80)}… (${value.length} characters)` : value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(new ProbeStop('cancelled'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
