import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { Hold, Ration, Shortage } from './lease.ts'
import type { RateLeft } from './meter.ts'
import type { Rule } from './rules.ts'

export interface MinuteDeps {
  /** As `patchbay_system`. */
  pool: Pool
  clock: Clock
  logger: Logger
  /** 60 s; shorter for tests. */
  minuteMs: number
}

/** Units that were granted at once, and until when calls may use them. */
interface Slot {
  id: string
  free: bigint
  untilMs: number
}

interface Row {
  state: 'granted' | 'full' | 'gone'
  granted: string
  used: string
  cap: string
  wait_ms: string
  holders: number
}

/** Granted units are usable for a thirtieth of a minute. */
const usableShare = 30
const askMs = 2_000
const refusedMsMax = 1_000
/** While Postgres is away it is asked again so often. */
const awayMs = 1_000
const spread = 4n

/**
 * What a process may admit by one limit of requests or tokens a minute. Exact: no window of a minute holds more than the
 * limit. While Postgres is away: the limit shared among the processes that lived when it was last asked.
 */
export class Minute implements Ration {
  rule: Rule
  readonly subject: string
  readonly #deps: MinuteDeps
  #slot: Slot | null = null
  #asking: Promise<Shortage | null> | null = null
  #shortage: { shortage: Shortage; units: bigint; untilMs: number } | null = null
  #awayUntilMs = Number.NEGATIVE_INFINITY
  #holders = 1n
  /** Of all processes in the last minute, as of the last grant, what it granted included. */
  #used = 0n
  /** Admitted in the last minute, by thirtieth: for when Postgres is away. */
  readonly #recent = new Map<number, bigint>()
  /** Taken from the present slot. */
  #taken = 0n
  #usedMs: number

  constructor(rule: Rule, subject: string, deps: MinuteDeps) {
    this.rule = rule
    this.subject = subject
    this.#deps = deps
    this.#usedMs = deps.clock.monotonicMs()
  }

  get #usableMs(): number {
    return this.#deps.minuteMs / usableShare
  }

  has(units: bigint): boolean {
    const now = this.#deps.clock.monotonicMs()
    if (now < this.#awayUntilMs) return this.#admitted(now) + units <= this.rule.amount / this.#holders
    return this.#slot !== null && now < this.#slot.untilMs && this.#slot.free >= units
  }

  take(units: bigint): Hold {
    const { rule } = this
    const now = this.#deps.clock.monotonicMs()
    this.#usedMs = now
    const part = Math.floor(now / this.#usableMs)
    this.#recent.set(part, (this.#recent.get(part) ?? 0n) + units)
    const slot = now < this.#awayUntilMs ? null : this.#slot
    if (slot) {
      slot.free -= units
      this.#taken += units
    }
    return {
      rule,
      lease: '',
      release: (used) => {
        const unused = units - used
        if (!slot || unused <= 0n) return
        if (slot === this.#slot) slot.free += unused
        else this.#takeOff(slot.id, unused)
      },
    }
  }

  obtain(units: bigint): Promise<Shortage | null> {
    const known = this.#shortage
    const now = this.#deps.clock.monotonicMs()
    if (known && units >= known.units && now < known.untilMs) return Promise.resolve(known.shortage)
    if (now < this.#awayUntilMs) return Promise.resolve(this.#shortageOf(this.#deps.minuteMs / 2))
    if (this.#asking) return this.#asking.then(() => null)
    this.#asking = this.#ask(units).finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  follow(rule: Rule | undefined): void {
    this.#shortage = null
    if (rule) this.rule = rule
  }

  /** What is left of the limit, as far as this process knows. */
  left(): RateLeft {
    const limit = Number(this.rule.amount)
    const remaining = Math.max(0, limit - Number(this.#used - (this.#slot?.free ?? 0n)))
    return { limit, remaining, resetMs: Math.round((this.#deps.minuteMs * (limit - remaining)) / limit) }
  }

  /** Takes what nobody used off its slot. True where nothing is held any more. */
  tidy(idleMs: number): boolean {
    const now = this.#deps.clock.monotonicMs()
    const slot = this.#slot
    if (slot && now >= slot.untilMs && !this.#asking) {
      this.#slot = null
      if (slot.free > 0n) this.#takeOff(slot.id, slot.free)
    }
    return !this.#slot && !this.#asking && now - this.#usedMs > Math.max(idleMs, this.#deps.minuteMs)
  }

  async #ask(units: bigint): Promise<Shortage | null> {
    const { clock, pool, minuteMs, logger } = this.#deps
    this.#admitted(clock.monotonicMs())
    const before = this.#slot
    this.#slot = null
    const want = this.#taken * 2n > units ? this.#taken * 2n : units
    const id = newId('slt')
    const sentMs = clock.monotonicMs()
    const values = [this.rule.workspaceId, this.rule.id, this.subject, id, before?.id ?? '', before?.free ?? 0n]
    const query = pool.query<Row>({
      name: 'slot_grant',
      text: 'select * from ledger.grant_slot($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
      values: [...values, units, want, spread, Math.floor(this.#usableMs), minuteMs],
    })
    let row: Row
    try {
      row = (await inTime(query)).rows[0]!
    } catch (error) {
      if (this.#awayUntilMs === Number.NEGATIVE_INFINITY)
        logger.warn({ error }, 'A limit cannot be asked for; this process goes by its own count.')
      this.#awayUntilMs = clock.monotonicMs() + awayMs
      return null
    }
    this.#awayUntilMs = Number.NEGATIVE_INFINITY
    // The rule is gone: the next snapshot says so, too.
    const granted = row.state === 'gone' ? units : BigInt(row.granted)
    if (row.state === 'full') {
      const waitMs = Number(row.wait_ms)
      const shortage = this.#shortageOf(waitMs)
      this.#shortage = { shortage, units, untilMs: clock.monotonicMs() + Math.min(waitMs, refusedMsMax) }
      return shortage
    }
    this.#holders = BigInt(Math.max(1, row.holders))
    this.#used = BigInt(row.used) + granted
    this.#shortage = null
    this.#taken = 0n
    // From when it was asked: Postgres granted it later, if anything.
    this.#slot = { id, free: granted, untilMs: sentMs + this.#usableMs }
    return null
  }

  #takeOff(slot: string, units: bigint): void {
    const text = 'update ledger.limit_slot set units = greatest(0, units - $2) where id = $1'
    this.#deps.pool.query({ name: 'slot_return', text, values: [slot, units] }).catch(() => undefined)
  }

  #admitted(now: number): bigint {
    const oldest = Math.floor(now / this.#usableMs) - usableShare
    let sum = 0n
    for (const [part, units] of this.#recent) {
      if (part < oldest) this.#recent.delete(part)
      else sum += units
    }
    return sum
  }

  #shortageOf(waitMs: number): Shortage {
    const { rule, subject } = this
    return { rule, subject, kind: 'rate', retryAfterMs: Math.max(1_000, waitMs) }
  }
}

async function inTime<Result>(asked: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Postgres does not answer in time')), askMs)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
    asked.catch(() => undefined)
  }
}
