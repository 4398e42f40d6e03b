import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import type { Logger } from '#lib/platform/logger.ts'
import { type Hold, Lease, type Ration, type Shortage } from './lease.ts'
import { createLeaseStore } from './lease-store.ts'
import type { Ledger } from './ledger.ts'
import type { AdmitPart, RateView, Reserve, Reserved } from './meter.ts'
import { Minute } from './minute.ts'
import { toRefusal } from './refusals.ts'
import { createRules, type Rule, type Rules } from './rules.ts'
import type { CallToAdmit, LeaseCharge, Used } from './schema.ts'

export interface AdmissionDeps {
  /** As `patchbay_system`. */
  pool: Pool
  feed: { register(load: () => Promise<void>): Promise<void> }
  listen(
    channel: string,
    handler: (event: { payload: string; reconnected: boolean }) => void,
  ): Promise<() => Promise<void>>
  ledger: Pick<Ledger, 'holderId' | 'beat' | 'silentMs' | 'flush'>
  clock: Clock
  logger: Logger
  /** A budget turned a call away because it is used up. Heard once a second and budget at most. */
  onExceeded?: (budget: { budgetId: string; subject: string }) => void
  /** Leases are not used this long after Postgres last heard of this process; 120 s. Others release them after 150 s. */
  trustMs?: number
  /** What nobody used for so long is given back; 60 s. */
  idleMs?: number
  /** 60 s. */
  minuteMs?: number
  /** At most 1/spread of what is free is taken at once; 8. */
  spread?: number
}

/** Lets calls in by limits and budgets, out of leases that this process holds. */
export interface Admission {
  /** For `createMeter`. A promise only where a lease has to be taken or topped up first. */
  reserve: Reserve
  close(): Promise<void>
}

/** One ration that a call needs something of. */
interface Demand {
  ration: Ration
  units: bigint
}

const tidyEveryMs = 1_000
const waitMaxMs = 5_000
const exceededEveryMs = 1_000
const noCharges: readonly LeaseCharge[] = []
const unlimited: Reserved = { ok: true, charges: () => noCharges, release: () => undefined }

/** Resolves once the rules are loaded; rejects where they cannot be read. */
export async function createAdmission(deps: AdmissionDeps): Promise<Admission> {
  const { pool, ledger, clock, logger, trustMs = 120_000, idleMs = 60_000, minuteMs = 60_000, spread = 8 } = deps
  const rations = new Map<string, Lease | Minute>()
  /** When a budget last turned a call away. */
  const exceeded = new Map<string, number>()
  const leaseDeps = {
    store: createLeaseStore(pool, ledger.holderId, ledger.beat),
    clock,
    logger,
    isTrusted: () => ledger.silentMs() < trustMs,
    beat: ledger.beat,
    flush: ledger.flush,
    spread,
  }
  const minuteDeps = { pool, clock, logger, minuteMs }

  const rules = await createRules({
    ...deps,
    onChange(now: Rules) {
      for (const ration of rations.values()) ration.follow(now.find(ration.rule.id))
    },
  })

  function rationOf(rule: Rule, subject: string): Lease | Minute {
    const key = subject === '' ? rule.id : `${rule.id} ${subject}`
    const known = rations.get(key)
    if (known) return known
    const isMinute = rule.kind === 'requests_per_minute' || rule.kind === 'tokens_per_minute'
    const made = isMinute ? new Minute(rule, subject, minuteDeps) : new Lease(rule, subject, leaseDeps)
    rations.set(key, made)
    return made
  }

  function demandsOf(call: CallToAdmit, again: boolean, part: AdmitPart): Demand[] {
    const demands: Demand[] = []
    for (const rule of rules.of(call)) {
      if (part !== 'all' && (rule.kind === 'budget') !== (part === 'budgets')) continue
      // The caller made one request; a model sees each attempt.
      if (again && rule.kind === 'requests_per_minute' && rule.scope !== 'model') continue
      const units = unitsOf(rule, call)
      if (units === null) continue
      const subject = rule.scope === 'identity' && rule.scopeId === '*' ? (call.identity ?? '') : ''
      demands.push({ ration: rationOf(rule, subject), units })
    }
    return demands
  }

  /** All or nothing. */
  function hold(demands: readonly Demand[]): Reserved | null {
    for (const { ration, units } of demands) if (!ration.has(units)) return null
    return toReservation(
      demands,
      demands.map(({ ration, units }) => ration.take(units)),
    )
  }

  function tellExceeded({ rule, subject }: Shortage): void {
    const key = `${rule.id} ${subject}`
    const now = clock.monotonicMs()
    if (now - (exceeded.get(key) ?? Number.NEGATIVE_INFINITY) < exceededEveryMs) return
    exceeded.set(key, now)
    deps.onExceeded?.({ budgetId: rule.id, subject })
  }

  function refuse(shortage: Shortage): Reserved {
    if (shortage.kind === 'exceeded') tellExceeded(shortage)
    return { ok: false, refusal: toRefusal(shortage) }
  }

  async function obtain(call: CallToAdmit, again: boolean, part: AdmitPart): Promise<Reserved> {
    const untilMs = clock.monotonicMs() + waitMaxMs
    let lacking: Demand | undefined
    do {
      // Anew each time: the rules may change, and what nobody used is taken out of the map.
      const demands = demandsOf(call, again, part)
      const held = hold(demands)
      if (held) return held
      lacking = demands.find(({ ration, units }) => !ration.has(units))
      const shortage = lacking && (await lacking.ration.obtain(lacking.units))
      if (shortage) return refuse(shortage)
    } while (clock.monotonicMs() < untilMs)
    const { rule, subject } = lacking!.ration
    return refuse({ rule, subject, kind: 'reserved', retryAfterMs: 1_000 })
  }

  function heard({ payload, reconnected }: { payload: string; reconnected: boolean }): void {
    if (reconnected) {
      for (const ration of rations.values()) if (ration instanceof Lease) ration.freed()
      return
    }
    const notice = JSON.parse(payload) as { kind: 'recall' | 'free'; rule: string; holder: string }
    for (const ration of rations.values()) {
      if (ration.rule.id !== notice.rule || ration instanceof Minute) continue
      if (notice.kind === 'free') ration.freed()
      else if (notice.holder !== ledger.holderId) ration.recall()
    }
  }

  const stopListening = await deps.listen('patchbay_budget', heard)
  const timer = setInterval(() => {
    for (const [key, ration] of rations) if (ration.tidy(idleMs)) rations.delete(key)
    const now = clock.monotonicMs()
    for (const [key, at] of exceeded) if (now - at > exceededEveryMs) exceeded.delete(key)
  }, tidyEveryMs)
  timer.unref()

  return {
    reserve(call, again, part = 'all') {
      if (rules.of(call).length === 0) return unlimited
      return hold(demandsOf(call, again, part)) ?? obtain(call, again, part)
    },
    async close() {
      clearInterval(timer)
      await stopListening()
    },
  }
}

/** Null: the rule says nothing about this call. */
function unitsOf(rule: Rule, call: CallToAdmit): bigint | null {
  if (rule.kind === 'requests_per_minute' || rule.kind === 'concurrency') return 1n
  // What has no price costs nothing that is known.
  if (rule.kind === 'budget' && rule.unit === 'usd') return call.price === null ? null : call.boundNanoUsd
  return BigInt(call.boundTokens ?? call.inputEstimateTokens)
}

function usedOf(rule: Rule, used: Used): bigint {
  if (rule.kind === 'concurrency') return 0n
  if (rule.kind === 'requests_per_minute') return 1n
  return rule.kind === 'budget' && rule.unit === 'usd' ? used.costNanoUsd : BigInt(used.tokens)
}

function toReservation(demands: readonly Demand[], holds: readonly Hold[]): Reserved {
  return {
    ok: true,
    charges(used) {
      const charges: LeaseCharge[] = []
      for (const hold of holds) {
        const { rule, lease } = hold
        const units = usedOf(rule, used)
        // Places among calls at once are leased and not charged.
        charges.push({ lease: units > 0n ? lease : '', rule: rule.id, units })
      }
      return charges
    },
    release(used) {
      for (const hold of holds) hold.release(usedOf(hold.rule, used))
    },
    rates: () => ratesOf(demands),
  }
}

/** The tightest limit of each kind. */
function ratesOf(demands: readonly Demand[]): RateView | null {
  const view: RateView = {}
  for (const { ration } of demands) {
    if (!(ration instanceof Minute)) continue
    const kind = ration.rule.kind === 'tokens_per_minute' ? 'tokens' : 'requests'
    const left = ration.left()
    const other = view[kind]
    if (!other || left.remaining < other.remaining) view[kind] = left
  }
  return view.requests || view.tokens ? view : null
}
