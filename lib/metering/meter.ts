import type { Clock } from '#lib/core/clock.ts'
import { isId, timeOfId } from '#lib/core/ids.ts'
import type { Usage, UsageFlag } from '#lib/openai/wire/usage.ts'
import type { Logger } from '#lib/platform/logger.ts'
import { type Cost, costOf, countMax, estimateTokens } from './cost.ts'
import { writeHead, writeRecord } from './record.ts'
import type { AttemptRecord, CallIdentity, CallToAdmit, Outcome, Refusal, UsageSource } from './schema.ts'
import type { Spool } from './spool.ts'

/** How a call ended. Durations in milliseconds unless their name says otherwise. */
export interface CallEnd {
  outcome: Exclude<Outcome, 'lost'>
  /** What the caller got; 0 where nothing was sent. */
  status: number
  errorCode?: string
  /** Without secrets; cut at 500 characters. */
  errorMessage?: string
  /** What the server told; null or absent where it told none. */
  usage?: Usage | null
  /** Only asked where there is no usage: why what the server told is not believed. */
  usageFlags?: readonly UsageFlag[]
  /** Only asked where there is no usage: by default `estimated` for calls that an upstream worked on (ok, aborted, truncated), else `none`. */
  usageSource?: UsageSource
  /** Bytes of text that came out, for the estimate. */
  outputBytes?: number
  attempts: readonly AttemptRecord[]
  latencyMs: number
  firstByteMs?: number
  /** Our own time in it, microseconds. */
  gatewayUs?: number
  /** What was changed in the request, as `x-patchbay-adapted` tells it. */
  adapted?: string
  finishReason?: string
  upstreamRequestId?: string
}

/** One admitted call. It is settled once; a ticket that is never settled ends as `lost`, its input estimate charged. */
export interface Ticket {
  /** Before the first attempt. A refusal (503): the call must not be made. */
  begin(): Refusal | null
  /** Before the bytes that finish the answer leave. A second time changes nothing and returns the same. */
  settle(end: CallEnd): Cost
}

export type Admission = { ok: true; ticket: Ticket } | { ok: false; refusal: Refusal }

/** The till: prices calls and sees that each becomes exactly one record. */
export interface Meter {
  /** Synchronous. A refusal by a limit or budget is recorded here; the caller only passes it on. */
  admit(call: CallToAdmit): Admission
  /** Records a call that was turned away before it was admitted. */
  refuse(call: CallIdentity & { requestId: string }, refusal: Refusal): void
}

/** What limits and budgets hold for a call while it runs. */
export interface Reservation {
  ok: true
  /** Leases that the cost is settled against. */
  leases: readonly string[]
  /** Gives back what the call did not use. */
  release(costNanoUsd: bigint): void
}

export interface MeterOptions {
  clock: Clock
  spool: Spool
  logger: Logger
  /** Admission by limits and budgets; without it every call is let in. */
  reserve?: (call: CallToAdmit) => Reservation | { ok: false; refusal: Refusal }
}

const full: Refusal = {
  status: 503,
  code: 'ledger_unavailable',
  message: 'Calls cannot be recorded at the moment, so none are made. Try again shortly.',
  retryAfterMs: 5_000,
}
const unlimited: Reservation = { ok: true, leases: [], release: () => undefined }
const nothing: Usage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  images: 0,
  flags: [],
}

export function createMeter({ clock, spool, logger, reserve }: MeterOptions): Meter {
  function refuse(call: CallIdentity & { requestId: string }, refusal: Refusal, sinceMs?: number): void {
    // Nothing reached an upstream: with no room left, what is worth money goes first.
    if (!spool.hasRoom()) return
    const head = toHead(call, '', 0n, [])
    const end: CallEnd = {
      outcome: 'refused',
      status: refusal.status,
      errorCode: refusal.code,
      errorMessage: refusal.message,
      attempts: [],
      latencyMs: sinceMs === undefined ? 0 : clock.monotonicMs() - sinceMs,
    }
    spool.end(call.requestId, toRecord(head, end, nothing, 'none', { costNanoUsd: 0n, priced: true }, 0n))
  }

  return {
    admit(call) {
      if (!spool.hasRoom()) return { ok: false, refusal: full }
      const sinceMs = clock.monotonicMs()
      const reservation = reserve ? reserve(call) : unlimited
      if (!reservation.ok) {
        refuse(call, reservation.refusal, sinceMs)
        return reservation
      }
      return { ok: true, ticket: openTicket(call, reservation, spool, logger) }
    },
    refuse: (call, refusal) => refuse(call, refusal),
  }
}

function openTicket(call: CallToAdmit, reservation: Reservation, spool: Spool, logger: Logger): Ticket {
  const id = call.requestId
  const head = toHead(call, call.price?.id ?? '', call.boundNanoUsd, reservation.leases)
  let begun = false
  let settled: Cost | undefined
  return {
    begin() {
      if (begun || settled) return null
      const usage = estimate(call, 0)
      const cost = costOf(usage, call.price)
      const end: CallEnd = { outcome: 'ok', status: 0, attempts: [], latencyMs: 0 }
      begun = spool.begin(id, toRecord(head, { ...end, outcome: 'lost' }, usage, 'estimated', cost, call.boundNanoUsd))
      if (!begun) reservation.release(0n)
      return begun ? null : full
    },
    settle(end) {
      if (settled) return settled
      const { usage, source } = toUsage(call, end)
      settled = costOf(usage, call.price)
      reservation.release(settled.costNanoUsd)
      if (begun && !spool.isOpen(id)) {
        logger.error(
          { requestId: id, outcome: end.outcome },
          'A call was settled so late that it had been recorded as lost.',
        )
        return settled
      }
      spool.end(id, toRecord(head, end, usage, source, settled, call.boundNanoUsd))
      return settled
    },
  }
}

function toHead(
  call: CallIdentity & { requestId: string },
  priceId: string,
  boundNanoUsd: bigint,
  leases: readonly string[],
): string {
  if (!isId('req', call.requestId)) throw new TypeError(`${call.requestId} is no id of a request`)
  return writeHead({ ...call, startedAtMs: timeOfId(call.requestId), priceId, boundNanoUsd, leases })
}

function toRecord(
  head: string,
  end: Omit<CallEnd, 'outcome'> & { outcome: Outcome },
  usage: Usage,
  usageSource: UsageSource,
  cost: Cost,
  boundNanoUsd: bigint,
): string {
  return writeRecord(head, {
    ...end,
    inputTokens: usage.inputTokens,
    cachedTokens: usage.cachedInputTokens,
    outputTokens: usage.outputTokens,
    reasoningTokens: usage.reasoningTokens,
    images: usage.images,
    usageSource,
    usageFlags: usage.flags,
    priced: cost.priced,
    costNanoUsd: cost.costNanoUsd,
    overrunNanoUsd: boundNanoUsd > 0n && cost.costNanoUsd > boundNanoUsd ? cost.costNanoUsd - boundNanoUsd : 0n,
  })
}

function toUsage(call: CallToAdmit, end: CallEnd): { usage: Usage; source: UsageSource } {
  if (end.usage && isSane(end.usage)) return { usage: end.usage, source: 'provider' }
  const worked = end.outcome === 'ok' || end.outcome === 'aborted' || end.outcome === 'truncated'
  const source =
    end.usageSource === 'none' || end.usageSource === 'estimated' ? end.usageSource : worked ? 'estimated' : 'none'
  const counted = source === 'none' ? nothing : estimate(call, end.outputBytes ?? 0)
  return { usage: { ...counted, flags: [...(end.usageFlags ?? [])] }, source }
}

function estimate(call: CallToAdmit, outputBytes: number): Usage {
  const inputTokens = Math.min(Math.max(0, Math.round(call.inputEstimateTokens)), countMax)
  return { ...nothing, inputTokens, outputTokens: Math.min(estimateTokens(Math.max(0, outputBytes)), countMax) }
}

function isSane(usage: Usage): boolean {
  const counts = [usage.inputTokens, usage.cachedInputTokens, usage.outputTokens, usage.reasoningTokens, usage.images]
  return counts.every((count) => Number.isInteger(count) && count >= 0 && count <= countMax)
}
