import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { Meter } from '#lib/metering/index.ts'
import type { Price } from '#lib/metering/schema.ts'
import type { Target, Upstream } from '#lib/openai/upstream.ts'
import type { Usage } from '#lib/openai/wire/usage.ts'
import type { Actor } from '#lib/tenancy/schema.ts'
import type { EvidenceView } from '../views.ts'
import type { ProbeCall, ProbeReply } from './probe.ts'
import { evidenceTextMax, readOutcome, requestText } from './read-outcome.ts'
import { createShown } from './shown.ts'

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
  /** True where a text gives a secret of ours back, whole. */
  holdsSecret(text: string): boolean
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
      response: shown(read.text.slice(0, evidenceTextMax * 2)).slice(0, evidenceTextMax),
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
    holdsSecret: (text) => context.target.secrets.some((secret) => secret.length >= 8 && text.includes(secret)),
    calls: () => calls,
    costNanoUsd: () => costNanoUsd,
    elapsedMs: () => clock.monotonicMs() - startedMs,
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
