import type { Clock } from '#lib/core/clock.ts'
import { isId, timeOfId } from '#lib/core/ids.ts'
import type { Usage, UsageFlag } from '#lib/openai/wire/usage.ts'
import type { Logger } from '#lib/platform/logger.ts'
import { type Cost, costOf, countMax, estimateTokens } from './cost.ts'
import { writeHead, writeRecord } from './record.ts'
import type {
  Aim,
  AttemptRecord,
  CacheUse,
  CallIdentity,
  CallToAdmit,
  LeaseCharge,
  Outcome,
  Refusal,
  UsageSource,
  Used,
} from './schema.ts'
import type { OpenCall, Spool } from './spool.ts'

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
  /** What a stored answer had to do with it. */
  cache?: CacheUse
  finishReason?: string
  upstreamRequestId?: string
}

/** One limit per minute as OpenAI's `x-ratelimit-*` headers tell it. */
export interface RateLeft {
  limit: number
  remaining: number
  resetMs: number
}

export interface RateView {
  requests?: RateLeft
  tokens?: RateLeft
}

/** What an attempt was charged though the caller got nothing of it. */
export interface Charge {
  inputTokens: number
  outputTokens: number
  costNanoUsd: bigint
}

/**
 * One admitted call, aimed at the model of its first attempt. It is settled once; a ticket that is never settled ends as
 * `lost`, its input estimate charged.
 */
export interface Ticket {
  /**
   * Of a call let in by its limits alone: asks its budgets. A refusal is recorded here, and ends the ticket. A promise only
   * where Postgres has to be asked.
   */
  budgets(): Refusal | null | Promise<Refusal | null>
  /** Before the first attempt. A refusal (503): the call must not be made. */
  begin(): Refusal | null
  /** After `begin`, before the first byte leaves: the ledger has the call for certain. A refusal (503) ends the ticket. */
  commit(): Refusal | null
  /** What is left of the tightest limits; null where none holds. */
  rates(): RateView | null
  /** The attempt under way failed. What its server told it used is charged to the call; null where it told none. */
  charge(usage: Usage | null): Charge | null
  /**
   * Before each attempt but the first: limits and budgets are asked again, for this model at this price. A refusal: the
   * attempt must not be made; another one, or `settle`, may follow. A promise only where Postgres has to be asked.
   */
  attempt(aim: Aim): Refusal | null | Promise<Refusal | null>
  /**
   * Before the bytes that finish the answer leave. A second time changes nothing and returns the same: what all attempts
   * cost. The record's model is the one aimed at last.
   */
  settle(end: CallEnd): Cost
}

export type Admission = { ok: true; ticket: Ticket } | { ok: false; refusal: Refusal }

/** The till: prices calls and sees that each becomes exactly one record. */
export interface Meter {
  /** A refusal by a limit or budget is recorded here; the caller only passes it on. A promise only where Postgres has to be asked. */
  admit(call: CallToAdmit, part?: 'all' | 'limits'): Admission | Promise<Admission>
  /** Records a call that was turned away before it was admitted. */
  refuse(call: CallIdentity & { requestId: string }, refusal: Refusal): void
  /** Records a call that got the answer of the call it repeats: nothing was sent and nothing is charged. */
  replay(call: CallIdentity & { requestId: string }, status: number): void
  /**
   * Resolves once what was settled, refused or replayed so far is written: the bytes that finish an answer leave after
   * it. Null where that is so already.
   */
  written(): Promise<void> | null
  /** The same at once, for who cannot wait. */
  flush(): void
}

/** What limits and budgets hold for one attempt while it runs. */
export interface Reservation {
  ok: true
  /** What it used of each budget and limit where the attempt used so much, and what their leases are charged. */
  charges(used: Used): readonly LeaseCharge[]
  /** Gives back what the attempt did not use. Called once. */
  release(used: Used): void
  rates?(): RateView | null
}

export interface MeterOptions {
  clock: Clock
  spool: Spool
  logger: Logger
  /** Admission by limits and budgets; without it every call is let in. */
  reserve?: Reserve
}

/** `again`: a further attempt of a call that was let in before. */
export type Reserve = (call: CallToAdmit, again: boolean, part?: AdmitPart) => Reserved | Promise<Reserved>

/** `limits`: budgets are asked later, by `Ticket.budgets`, once it is known that the call costs something. */
export type AdmitPart = 'all' | 'limits' | 'budgets'

export type Reserved = Reservation | { ok: false; refusal: Refusal }

const full: Refusal = {
  status: 503,
  code: 'ledger_unavailable',
  message: 'Calls cannot be recorded at the moment, so none are made. Try again shortly.',
  retryAfterMs: 5_000,
}
const noCharges: readonly LeaseCharge[] = []
const unlimited: Reservation = { ok: true, charges: () => noCharges, release: () => undefined }
const unused: Used = { costNanoUsd: 0n, tokens: 0 }
const nothing: Usage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  images: 0,
  flags: [],
}

interface Owed {
  overrunNanoUsd: bigint
  charges: readonly LeaseCharge[]
}
const free: Cost = { costNanoUsd: 0n, priced: true }
const nothingOwed: Owed = { overrunNanoUsd: 0n, charges: [] }

export function createMeter({ clock, spool, logger, reserve }: MeterOptions): Meter {
  function refuse(call: CallIdentity & { requestId: string }, refusal: Refusal, sinceMs?: number): void {
    // Nothing reached an upstream: with no room left, what is worth money goes first.
    if (!spool.hasRoom()) return
    const head = toHead(call, '', 0n)
    const end: CallEnd = {
      outcome: 'refused',
      status: refusal.status,
      errorCode: refusal.code,
      errorMessage: refusal.message,
      attempts: [],
      latencyMs: sinceMs === undefined ? 0 : clock.monotonicMs() - sinceMs,
    }
    const { ruleId } = refusal
    const owed = ruleId ? { ...nothingOwed, charges: [{ lease: '', rule: ruleId, units: 0n }] } : nothingOwed
    spool.end(call.requestId, toRecord(head, end, nothing, 'none', free, owed))
  }

  function open(call: CallToAdmit, reserved: Reserved, sinceMs: number): Admission {
    if (reserved.ok) return { ok: true, ticket: openTicket(call, reserved, { spool, logger, reserve }) }
    refuse(call, reserved.refusal, sinceMs)
    return reserved
  }

  return {
    admit(call, part = 'all') {
      if (!spool.hasRoom()) return { ok: false, refusal: full }
      const sinceMs = clock.monotonicMs()
      const reserved = reserve ? reserve(call, false, part) : unlimited
      if (reserved instanceof Promise) return reserved.then((known) => open(call, known, sinceMs))
      return open(call, reserved, sinceMs)
    },
    refuse: (call, refusal) => refuse(call, refusal),
    replay(call, status) {
      if (!spool.hasRoom()) return
      const outcome = status < 400 ? 'ok' : 'error'
      const end: CallEnd = { outcome, status, cache: 'replay', attempts: [], latencyMs: 0 }
      spool.end(call.requestId, toRecord(toHead(call, '', 0n), end, nothing, 'none', free, nothingOwed))
    },
    written: () => spool.written(),
    flush: () => spool.flush(),
  }
}

type TicketParts = Pick<MeterOptions, 'spool' | 'logger' | 'reserve'>

function openTicket(admitted: CallToAdmit, first: Reservation, { spool, logger, reserve }: TicketParts): Ticket {
  const id = admitted.requestId
  let call = admitted
  let reservation: Reservation | null = first
  /** The one before, for what it tells of the limits. */
  let released: Reservation | null = null
  let head = toHead(call, call.price?.id ?? '', call.boundNanoUsd)
  let begun: OpenCall | null = null
  let committed = false
  let settled: Cost | undefined
  /** Of the attempts whose answers the caller did not get. */
  let past: { usage: Usage; cost: Cost; overrunNanoUsd: bigint; charges: readonly LeaseCharge[] } | null = null

  /** Of attempts that were charged nothing: limits that were used all the same. */
  let noted: readonly LeaseCharge[] = noCharges

  /** Returns what was used of budgets and limits. */
  function release(used: Used): readonly LeaseCharge[] {
    const charges = reservation?.charges(used) ?? []
    reservation?.release(used)
    released = reservation ?? released
    reservation = null
    return charges
  }

  function releaseUnused(): void {
    const charges = release(unused)
    if (charges.length > 0) noted = [...noted, ...charges]
  }

  function aimAt(aim: Aim, reserved: Reserved): Refusal | null {
    if (!reserved.ok) return reserved.refusal
    // Settled while Postgres was asked: the caller left.
    if (settled) {
      reserved.release(unused)
      return full
    }
    call = { ...call, ...aim }
    reservation = reserved
    head = toHead(call, call.price?.id ?? '', call.boundNanoUsd)
    return null
  }

  function takeBudgets(reserved: Reserved): Refusal | null {
    if (reserved.ok) {
      reservation = reservation ? join(reservation, reserved) : reserved
      return null
    }
    const { status, code, message } = reserved.refusal
    settle({
      ...{ outcome: 'refused', status, errorCode: code, errorMessage: message },
      ...{ cache: 'miss', attempts: [], latencyMs: 0 },
    })
    return reserved.refusal
  }

  function settle(end: CallEnd): Cost {
    if (settled) return settled
    const own = toUsage(call, end, past !== null)
    const cost = end.cache === 'hit' || end.outcome === 'refused' ? free : costOf(own.usage, call.price)
    settled = past ? addCosts(past.cost, cost) : cost
    const usage = past ? add(past.usage, own.usage) : own.usage
    const overrunNanoUsd = (past?.overrunNanoUsd ?? 0n) + overrunOf(cost, call.boundNanoUsd)
    const charges = merge(noted, past?.charges ?? noCharges, release(usedOf(own.usage, cost)))
    if (begun?.isOver) {
      // A call that the disk refused before it was made has nothing to tell.
      if (committed)
        logger.error(
          { requestId: id, outcome: end.outcome },
          'A call was settled so late that it had been recorded as lost.',
        )
      return settled
    }
    spool.end(id, toRecord(head, end, usage, own.source, settled, { overrunNanoUsd, charges }), begun)
    return settled
  }

  return {
    rates: () => (reservation ?? released)?.rates?.() ?? null,
    budgets() {
      const reserved = reserve ? reserve(call, false, 'budgets') : unlimited
      return reserved instanceof Promise ? reserved.then(takeBudgets) : takeBudgets(reserved)
    },
    begin() {
      if (begun || settled) return null
      const usage = estimate(call, 0)
      const cost = costOf(usage, call.price)
      const end: CallEnd = { outcome: 'ok', status: 0, attempts: [], latencyMs: 0 }
      begun = spool.begin(
        id,
        toRecord(head, { ...end, outcome: 'lost' }, usage, 'estimated', cost, {
          overrunNanoUsd: overrunOf(cost, call.boundNanoUsd),
          charges: reservation?.charges(usedOf(usage, cost)) ?? [],
        }),
      )
      if (!begun) release(unused)
      return begun ? null : full
    },
    commit() {
      if (committed || settled) return null
      committed = begun !== null && spool.commit(begun)
      if (committed) return null
      release(unused)
      settled = free
      return full
    },
    charge(usage) {
      if (settled) return null
      if (!usage || !isSane(usage)) {
        releaseUnused()
        return null
      }
      const cost = costOf(usage, call.price)
      const charges = release(usedOf(usage, cost))
      past = {
        usage: past ? add(past.usage, usage) : usage,
        cost: past ? addCosts(past.cost, cost) : cost,
        overrunNanoUsd: (past?.overrunNanoUsd ?? 0n) + overrunOf(cost, call.boundNanoUsd),
        charges: [...(past?.charges ?? []), ...charges],
      }
      return { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, costNanoUsd: cost.costNanoUsd }
    },
    attempt(aim) {
      releaseUnused()
      if (settled) return full
      const reserved = reserve ? reserve({ ...call, ...aim }, true) : unlimited
      return reserved instanceof Promise ? reserved.then((known) => aimAt(aim, known)) : aimAt(aim, reserved)
    },
    settle,
  }
}

function join(one: Reservation, other: Reservation): Reservation {
  return {
    ok: true,
    charges: (used) => [...one.charges(used), ...other.charges(used)],
    release(used) {
      one.release(used)
      other.release(used)
    },
    rates: () => one.rates?.() ?? null,
  }
}

function toHead(call: CallIdentity & { requestId: string }, priceId: string, boundNanoUsd: bigint): string {
  if (!isId('req', call.requestId)) throw new TypeError(`${call.requestId} is no id of a request`)
  return writeHead({ ...call, startedAtMs: timeOfId(call.requestId), priceId, boundNanoUsd })
}

function toRecord(
  head: string,
  end: Omit<CallEnd, 'outcome'> & { outcome: Outcome },
  usage: Usage,
  usageSource: UsageSource,
  cost: Cost,
  owed: Owed,
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
    ...owed,
  })
}

/** One entry for each rule and lease. */
function merge(...lists: (readonly LeaseCharge[])[]): readonly LeaseCharge[] {
  const [last = noCharges, ...before] = lists.filter((list) => list.length > 0).reverse()
  if (before.length === 0) return last
  const byKey = new Map<string, LeaseCharge>()
  for (const charge of lists.flat()) {
    const key = `${charge.rule} ${charge.lease}`
    byKey.set(key, { ...charge, units: charge.units + (byKey.get(key)?.units ?? 0n) })
  }
  return [...byKey.values()]
}

function usedOf(usage: Usage, { costNanoUsd }: Cost): Used {
  return { costNanoUsd, tokens: usage.inputTokens + usage.outputTokens }
}

function overrunOf({ costNanoUsd }: Cost, boundNanoUsd: bigint): bigint {
  return boundNanoUsd > 0n && costNanoUsd > boundNanoUsd ? costNanoUsd - boundNanoUsd : 0n
}

function addCosts(one: Cost, other: Cost): Cost {
  return { costNanoUsd: one.costNanoUsd + other.costNanoUsd, priced: one.priced && other.priced }
}

function add(one: Usage, other: Usage): Usage {
  const sum = (name: keyof Omit<Usage, 'flags'>) => Math.min(one[name] + other[name], countMax)
  return {
    inputTokens: sum('inputTokens'),
    cachedInputTokens: sum('cachedInputTokens'),
    outputTokens: sum('outputTokens'),
    reasoningTokens: sum('reasoningTokens'),
    images: sum('images'),
    flags: [...new Set([...one.flags, ...other.flags])],
  }
}

/** `hasPast`: attempts before told what they used. */
function toUsage(call: CallToAdmit, end: CallEnd, hasPast: boolean): { usage: Usage; source: UsageSource } {
  if (end.usage && isSane(end.usage)) return { usage: end.usage, source: 'provider' }
  const worked = end.outcome === 'ok' || end.outcome === 'aborted' || end.outcome === 'truncated'
  const source =
    end.usageSource === 'none' || end.usageSource === 'estimated' ? end.usageSource : worked ? 'estimated' : 'none'
  const counted = source === 'none' ? nothing : estimate(call, end.outputBytes ?? 0)
  const usage = { ...counted, flags: [...(end.usageFlags ?? [])] }
  return { usage, source: source === 'none' && hasPast ? 'provider' : source }
}

function estimate(call: CallToAdmit, outputBytes: number): Usage {
  const inputTokens = Math.min(Math.max(0, Math.round(call.inputEstimateTokens)), countMax)
  return { ...nothing, inputTokens, outputTokens: Math.min(estimateTokens(Math.max(0, outputBytes)), countMax) }
}

function isSane(usage: Usage): boolean {
  const counts = [usage.inputTokens, usage.cachedInputTokens, usage.outputTokens, usage.reasoningTokens, usage.images]
  return counts.every((count) => Number.isInteger(count) && count >= 0 && count <= countMax)
}
