import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { Granted, LeaseStore } from './lease-store.ts'
import type { Rule } from './rules.ts'

/** Units of one rule that a call holds. */
export interface Hold {
  rule: Rule
  /** Empty: nothing is charged. */
  lease: string
  /** Gives back what was not used. */
  release(used: bigint): void
}

/** Why a call is not let in by one rule. */
export interface Shortage {
  rule: Rule
  subject: string
  /** exceeded: used up; reserved: calls under way hold what is left; rate: too many in this minute; unavailable: nobody could be asked. */
  kind: 'exceeded' | 'reserved' | 'rate' | 'unavailable'
  /** Of the period; absent where it is not known. */
  resetMs?: number
  retryAfterMs: number
}

/** Something that calls take units from: at once where it has them, else after asking Postgres. */
export interface Ration {
  readonly rule: Rule
  readonly subject: string
  has(units: bigint): boolean
  /** Only after `has`. */
  take(units: bigint): Hold
  /** Asks for more. Null: look again, there may be enough now. */
  obtain(units: bigint): Promise<Shortage | null>
}

export interface LeaseDeps {
  store: LeaseStore
  clock: Clock
  logger: Logger
  /** False once others may take this process for dead: its leases are not used. */
  isTrusted(): boolean
  /** Makes this process known to live; resolves once Postgres has heard it, or did not. */
  beat(): Promise<void>
  /** Resolves once every call settled before is in Postgres. */
  flush(): Promise<void>
  /** At most 1/spread of what is free is taken at once. */
  spread: number
}

/** What is held of one period. In Postgres the lease holds at least `free` and what is reserved. */
interface Held {
  id: string
  startMs: number
  endMs: number
  free: bigint
  reserved: bigint
  /** Charged since the start of the process. */
  charged: bigint
}

/** A refusal is remembered so long, or until something is given back. */
const refusedMs = 1_000
const recallMs = 50
const askMs = 2_000
const wantFirst = 64n
const wantMax = 1_048_576n
/** A half of what is asked for lasts so long at least: calls go on where Postgres is away for as long. */
const paceOfBudgetsMs = 60_000
/** Slots come back by themselves; who takes many keeps others waiting. */
const paceOfSlotsMs = 500

/** A holder's lease of one rule and subject, period after period: one row in Postgres a period, topped up before it is empty. */
export class Lease implements Ration {
  rule: Rule
  readonly subject: string
  readonly #deps: LeaseDeps
  #held: Held | null = null
  #asking: Promise<Shortage | null> | null = null
  #shortage: { shortage: Shortage; units: bigint; untilMs: number } | null = null
  /** Not trusted at some time since the last reconciliation: others may have released what it holds. */
  #suspect = false
  /** The rule is gone from Postgres: it asks for nothing any more. */
  #gone = false
  #want = wantFirst
  #grantedMs = Number.NEGATIVE_INFINITY
  #restUntilMs = Number.NEGATIVE_INFINITY
  #usedMs: number
  #freed: (() => void)[] = []

  constructor(rule: Rule, subject: string, deps: LeaseDeps) {
    this.rule = rule
    this.subject = subject
    this.#deps = deps
    this.#usedMs = deps.clock.monotonicMs()
  }

  get #isBudget(): boolean {
    return this.rule.kind === 'budget'
  }

  has(units: bigint): boolean {
    if (this.#gone) return true
    return this.#usable() !== null && this.#held!.free >= units
  }

  take(units: bigint): Hold {
    const { rule } = this
    this.#usedMs = this.#deps.clock.monotonicMs()
    const held = this.#held
    if (this.#gone || !held) return { rule, lease: '', release: () => undefined }
    held.free -= units
    held.reserved += units
    if (held.free * (this.#isBudget ? 2n : 4n) < units * this.#want) this.#topUp(units)
    return {
      rule,
      lease: held.id,
      release: (used) => {
        held.reserved -= units
        held.charged += used
        held.free += units - used
        // Of a period that is over nobody takes any more.
        if (held !== this.#held) this.#giveBack(held)
      },
    }
  }

  obtain(units: bigint): Promise<Shortage | null> {
    const known = this.#shortage
    if (known && units >= known.units && this.#deps.clock.monotonicMs() < known.untilMs)
      return Promise.resolve(known.shortage)
    return this.#within(this.#asking ? this.#asking.then(() => null) : this.#begin(units, true))
  }

  /** The rule as it stands now. What was taken by another one is given back: the cap may be lower. */
  follow(rule: Rule | undefined): void {
    this.#gone = rule === undefined
    if (rule?.stamp === this.rule.stamp) {
      this.rule = rule
      return
    }
    if (rule) this.rule = rule
    this.#shortage = null
    // Another zone moves the period's ends: they are read with the next grant.
    const held = this.#held
    if (held) {
      this.#giveBack(held)
      if (rule) held.endMs = Number.NEGATIVE_INFINITY
    }
  }

  /** Others need it: gives back what no call holds, and takes no more than calls need for a while. */
  recall(): void {
    this.#want = wantFirst
    this.#restUntilMs = this.#deps.clock.monotonicMs() + refusedMs
    if (this.#held) this.#giveBack(this.#held)
  }

  /** Something was given back: who was refused may try again. */
  freed(): void {
    this.#shortage = null
    for (const wake of this.#freed.splice(0)) wake()
  }

  /** Gives back what nobody used for `idleMs`, and what an ended period left. True where nothing is held any more. */
  tidy(idleMs: number): boolean {
    this.#usable()
    const held = this.#held
    if (this.#asking || this.#deps.clock.monotonicMs() - this.#usedMs < idleMs) return false
    if (held) this.#giveBack(held)
    return !held || (held.reserved === 0n && !this.#suspect)
  }

  /** What can be taken from now, or null. */
  #usable(): Held | null {
    if (!this.#deps.isTrusted()) {
      this.#suspect = true
      return null
    }
    const held = this.#held
    if (!held || this.#suspect) return null
    const now = this.#deps.clock.nowMs()
    if (now >= held.startMs && now < held.endMs) return held
    // Calls under way settle into the period that let them in.
    if (held.endMs > Number.NEGATIVE_INFINITY) {
      this.#held = null
      this.#shortage = null
      this.#giveBack(held)
    }
    return null
  }

  #topUp(units: bigint): void {
    const now = this.#deps.clock.monotonicMs()
    if (this.#asking || now < this.#restUntilMs) return
    const asked = this.#begin(units, false)
    asked.catch((error: unknown) => this.#deps.logger.warn({ error }, 'A lease could not be topped up.'))
  }

  /** One at a time. `must`: a call waits for it. */
  #begin(units: bigint, must: boolean): Promise<Shortage | null> {
    const asking = (must ? this.#insist(units) : this.#ask(units, 0n, false).then(() => null)).finally(() => {
      this.#asking = null
    })
    this.#asking = asking
    return asking
  }

  async #insist(units: bigint): Promise<Shortage | null> {
    let row = await this.#ask(units, units, true)
    if (row.state === 'granted' || row.state === 'gone') return null
    if (row.state === 'full' && row.spent + units <= row.cap && row.leased > row.held) {
      await this.#waitFreed()
      row = await this.#ask(units, units, false)
      if (row.state === 'granted' || row.state === 'gone') return null
    }
    if (row.state !== 'full') return this.#shortageOf('unavailable')
    const shortage = this.#shortageOf(row.spent + units > row.cap ? 'exceeded' : 'reserved', row)
    this.#shortage = { shortage, units, untilMs: this.#deps.clock.monotonicMs() + refusedMs }
    return shortage
  }

  /** `need`: what must be had in all; 0 where a little more is only welcome. */
  async #ask(units: bigint, need: bigint, recall: boolean): Promise<Granted> {
    const { store, clock, spread } = this.#deps
    if (!this.#deps.isTrusted()) {
      this.#suspect = true
      await this.#deps.beat()
      if (!this.#deps.isTrusted()) throw new Error('Postgres has not heard of this process for too long')
    }
    const wasSuspect = this.#suspect
    const charged = this.#held?.charged ?? 0n
    // Who was released knows what it holds only from Postgres, once all its calls are there.
    if (wasSuspect) await this.#deps.flush()
    const free = wasSuspect || !this.#held ? 0n : this.#held.free
    const least = need > free ? need - free : need > 0n ? 0n : units
    const rests = clock.monotonicMs() < this.#restUntilMs
    const row = await store.grant({
      rule: this.rule,
      subject: this.subject,
      lease: newId('lse'),
      atMs: clock.nowMs(),
      least,
      want: rests ? least : (units > 0n ? units : 1n) * this.#want,
      spread: BigInt(spread),
      recall,
    })
    if (row.state === 'gone') this.#gone = true
    if (row.state !== 'granted' && row.state !== 'full') return row
    if (this.#held?.id !== row.lease) {
      const last = this.#held
      this.#held = { id: row.lease, startMs: 0, endMs: 0, free: 0n, reserved: 0n, charged: 0n }
      if (last) this.#giveBack(last)
    }
    const held = this.#held!
    held.startMs = row.startMs
    held.endMs = row.endMs
    held.free = wasSuspect ? row.held - held.reserved - (held.charged - charged) : held.free + row.granted
    if (wasSuspect) this.#suspect = false
    if (row.granted > 0n) this.#shortage = null
    this.#pace(row.state === 'granted')
    return row
  }

  /** Who asks often asks for more. */
  #pace(granted: boolean): void {
    const now = this.#deps.clock.monotonicMs()
    const paceMs = this.#isBudget ? paceOfBudgetsMs : paceOfSlotsMs
    if (!granted) this.#restUntilMs = now + refusedMs
    else if (now - this.#grantedMs < paceMs && this.#want < wantMax)
      this.#want *= this.#isBudget && now - this.#grantedMs < paceMs / 8 ? 8n : 2n
    else if (now - this.#grantedMs > 10 * paceMs && this.#want > wantFirst) this.#want /= 2n
    this.#grantedMs = now
  }

  #giveBack(held: Held): void {
    const units = held.free
    if (units <= 0n || this.#suspect) return
    held.free = 0n
    this.#deps.store.giveBack(held.id, units).catch((error: unknown) => {
      // Whether it went through is not known: it stays counted until this process ends.
      this.#deps.logger.warn({ error }, 'Units of a lease could not be given back.')
    })
  }

  #waitFreed(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, recallMs)
      this.#freed.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** A call waits so long and no longer; what it asked for still comes in. */
  async #within(asked: Promise<Shortage | null>): Promise<Shortage | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Shortage>((resolve) => {
      timer = setTimeout(() => resolve(this.#shortageOf('unavailable')), askMs)
    })
    try {
      return await Promise.race([asked, late])
    } catch (error) {
      const now = this.#deps.clock.monotonicMs()
      // All who waited for the same answer come here; the log hears it once.
      if (!this.#shortage || now >= this.#shortage.untilMs)
        this.#deps.logger.warn({ error }, 'A lease could not be asked for.')
      const shortage = this.#shortageOf('unavailable')
      this.#shortage = { shortage, units: 0n, untilMs: now + refusedMs }
      return shortage
    } finally {
      clearTimeout(timer)
    }
  }

  #shortageOf(kind: Shortage['kind'], row?: Granted): Shortage {
    const { rule, subject } = this
    return { rule, subject, kind, ...(row && { resetMs: row.endMs }), retryAfterMs: 1_000 }
  }
}
