import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { Meter } from '#lib/metering/index.ts'
import type { Price, Source } from '#lib/metering/schema.ts'
import type { Target, Upstream } from '#lib/openai/upstream.ts'
import type { Usage } from '#lib/openai/wire/usage.ts'
import type { Actor } from '#lib/tenancy/schema.ts'
import type { EvidenceView } from '../views.ts'
import { exchangeOf } from './exchange.ts'
import type { ProbeCall, ProbeKey, ProbeReply } from './probe.ts'
import { evidenceTextMax, readOutcome, requestText } from './read-outcome.ts'
import { isSpent, type Reserve, reserveFor } from './reserve.ts'
import { createShown } from './shown.ts'

export interface ProbeLimits {
  calls: number
  /** For asking; what the server orders to wait comes on top. */
  ms: number
  /** For all of it, the waiting ordered by `Retry-After` included. */
  waitingMs: number
  inputTokens: number
  outputTokens: number
  concurrency: number
}

/** The card's ceiling: `models.md`, "Rules". */
export const probeLimits: ProbeLimits = {
  calls: 40,
  ms: 90_000,
  waitingMs: 300_000,
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
  /** The same server with another credential. */
  targetFor?(key: Exclude<ProbeKey, 'own'>): Target
  signal: AbortSignal
  limits: ProbeLimits
  /** `validation` unless told otherwise. */
  source?: Source
  onCall(): void
}

interface Deps {
  upstream: Pick<Upstream, 'send'>
  meter: Pick<Meter, 'admit'>
  clock: Clock
  /** Real time unless a test brings its own. Rejects when the signal aborts. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
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

const bodyBytesMax = 4 * 1024 * 1024
/** A whole window of a limit per minute, and a second for clocks that differ. */
const retryAfterMaxMs = 61_000
/** So often is one question asked while its answer is 429. */
const limitedTurnsMax = 3

export interface Prober {
  /** One call, in its turn: at most four at once, one at a time after a 429, which is waited for and asked again. */
  call(call: ProbeCall): Promise<ProbeReply>
  calls(): number
  costNanoUsd(): bigint
  elapsedMs(): number
  /** What is left of the ceiling of output tokens. */
  outputTokensLeft(): number
  /** True where a text gives a secret of ours back, whole. */
  holdsSecret(text: string): boolean
}

/** Makes the calls of one validation: through the code of real calls, each one a record of the ledger. */
export function createProber(deps: Deps, context: ProbeContext): Prober {
  const { upstream, meter, clock, sleep = pause } = deps
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
  let waitedMs = 0
  let isStuck = false
  const queue: (() => void)[] = []

  const elapsedMs = () => clock.monotonicMs() - startedMs
  /** What is left for asking, within what is left for all of it. */
  const leftMs = () => Math.min(limits.ms - (elapsedMs() - waitedMs), limits.waitingMs - elapsedMs())

  function check(reserved: Reserve): void {
    if (signal.aborted) throw new ProbeStop('cancelled')
    if (calls >= limits.calls) throw new ProbeStop('calls')
    if (leftMs() <= 0) throw new ProbeStop('time')
    if (
      inputTokens + reserved.inputTokens > limits.inputTokens ||
      outputTokens + reserved.outputTokens > limits.outputTokens
    )
      throw new ProbeStop('tokens')
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
    // A server that has refused one question to the end is not waited for again with each of the others.
    const turnsMax = isStuck ? 1 : limitedTurnsMax
    for (let turn = 1; ; turn++) {
      await enter()
      let reply: ProbeReply
      try {
        await keepWaiting()
        reply = await attempt(spec)
      } finally {
        leave()
      }
      const isLimited = reply.status === 429 && !isSpent(reply)
      if (!isLimited) isStuck = false
      else if (turn === turnsMax) isStuck = true
      if (!isLimited || turn === turnsMax) return reply
      // A wait beyond what is left would end in nothing: the reply tells more than a stop does.
      if (pauseUntilMs - startedMs > limits.waitingMs || calls >= limits.calls) return reply
    }
  }

  /** Until the server may be asked again; several that wait side by side wait the same time. */
  async function keepWaiting(): Promise<void> {
    const fromMs = clock.monotonicMs()
    const ms = pauseUntilMs - fromMs
    if (ms <= 0) return
    await sleep(ms, signal)
    waitedMs += clock.monotonicMs() - fromMs
  }

  async function attempt(spec: ProbeCall): Promise<ProbeReply> {
    const body = spec.body === undefined ? undefined : Buffer.from(JSON.stringify(spec.body))
    const reserved = reserveFor(spec, body?.length ?? 0)
    check(reserved)
    calls += 1
    inputTokens += reserved.inputTokens
    outputTokens += reserved.outputTokens
    const startedAtMs = clock.nowMs()
    const began = clock.monotonicMs()
    const isOwn = spec.key === undefined || spec.key === 'own'
    const target = (isOwn ? undefined : context.targetFor?.(spec.key as Exclude<ProbeKey, 'own'>)) ?? context.target
    const admission = await meter.admit({
      requestId: newId('req', startedAtMs),
      workspaceId: context.workspaceId,
      source: context.source ?? 'validation',
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
    const refusal = ticket.begin() ?? ticket.commit()
    if (refusal) throw new ProbeStop('refused', refusal.message)
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(Math.max(1, leftMs())))])
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
      outputBytes: Math.min(read.text.length, evidenceTextMax),
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
    // An answer that tells no usage may have used all that it was given.
    const used = usage ?? (read.kind === 'answered' ? reserved : { inputTokens: 0, outputTokens: 0 })
    inputTokens += used.inputTokens - reserved.inputTokens
    outputTokens += used.outputTokens - reserved.outputTokens
    if (read.status === 429) {
      serial = true
      const untilMs = clock.monotonicMs() + Math.min(read.retryAfterMs ?? 1_000, retryAfterMaxMs)
      pauseUntilMs = Math.max(pauseUntilMs, untilMs)
    }
    const evidence: EvidenceView = {
      name: spec.name,
      request: requestText(spec),
      status: read.status || null,
      response: shown(read.text.slice(0, evidenceTextMax * 2)).slice(0, evidenceTextMax),
      ms: Math.round(ms),
      inputTokens: usage?.inputTokens ?? 0,
      outputTokens: usage?.outputTokens ?? 0,
      cost: settled.priced ? toMoneyView(settled.costNanoUsd) : null,
      at: new Date(startedAtMs).toISOString(),
      ...exchangeOf({
        spec,
        target,
        baseUrl: spec.baseUrl ?? target.baseUrl,
        outcome,
        modelId: context.providerModelId,
        shown,
      }),
    }
    context.onCall()
    return { ...read, usage, ms, evidence }
  }

  return {
    call,
    holdsSecret: (text) => context.target.secrets.some((secret) => secret.length >= 8 && text.includes(secret)),
    calls: () => calls,
    costNanoUsd: () => costNanoUsd,
    elapsedMs,
    outputTokensLeft: () => Math.max(0, limits.outputTokens - outputTokens),
  }
}

function imageUsage(images: number): Usage {
  return { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, images, flags: [] }
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
