import { formatNumber } from '#components/ui/format.ts'
import { formatNanoUsd, formatUsd, parseNanoUsd } from '#lib/core/money.ts'
import type { BudgetUnit, BudgetView, BudgetWindow } from '#lib/metering/schema.ts'

/** Nano-dollars or tokens, of what the API tells. */
export function toUnits(unit: BudgetUnit, text: string): bigint {
  return unit === 'usd' ? parseNanoUsd(text) : BigInt(text)
}

/** `$12.50`, `1,200 tokens`; without the word where the column says it. */
export function formatUnits(unit: BudgetUnit, units: bigint, word = true): string {
  if (unit === 'usd') return formatUsd(units)
  return `${formatNumber(units)}${word ? (units === 1n ? ' token' : ' tokens') : ''}`
}

export const windowWords: Record<BudgetWindow, string> = {
  day: 'a day',
  week: 'a week',
  month: 'a month',
  total: 'in all',
}

/** `calm` below 80 %, where admins hear of it a second time; `full` where calls are turned away. */
export type Level = 'calm' | 'high' | 'full'

export interface Gauge {
  /** Of the cap, 0 to 1 and above. */
  spentShare: number
  reservedShare: number
  level: Level
}

export function gaugeOf(cap: bigint, spent: bigint, reserved: bigint, exhausted: boolean): Gauge {
  const share = (units: bigint) => Number((units * 1_000_000n) / (cap > 0n ? cap : 1n)) / 1_000_000
  const level = exhausted || spent >= cap ? 'full' : spent * 100n >= cap * 80n ? 'high' : 'calm'
  return { spentShare: share(spent), reservedShare: share(reserved), level }
}

export interface BudgetFigures extends Gauge {
  /** Whose they are: for every identity by itself of the one that spent most; null for the budget's own. */
  identity: string | null
  cap: bigint
  spent: bigint
  reserved: bigint
  left: bigint
}

/** What the bar of a budget shows; null where every identity has a budget by itself and none has spent anything. */
export function figuresOf(view: BudgetView): BudgetFigures | null {
  const isEach = view.left === null
  const first = view.identities[0]
  if (isEach && !first) return null
  const of = isEach && first ? first : view
  const [cap, spent, reserved] = [view.cap, of.spent, of.reserved].map((text) => toUnits(view.unit, text)) as [
    bigint,
    bigint,
    bigint,
  ]
  const left = cap - spent - reserved
  return {
    ...gaugeOf(cap, spent, reserved, of.exhausted),
    identity: isEach && first ? first.identity : null,
    cap,
    spent,
    reserved,
    left: left > 0n ? left : 0n,
  }
}

/** What one press raises it by: the largest of 1, 2, 5, 10, 20, 50 ... up to a quarter of its amount. */
export function presetRaise({ unit, amount }: Pick<BudgetView, 'unit' | 'amount'>): bigint {
  const least = unit === 'usd' ? 1_000n : 1n
  const quarter = toUnits(unit, amount) / 4n
  if (quarter <= least) return least
  const step = 10n ** BigInt(quarter.toString().length - 1)
  const factor = [5n, 2n].find((each) => each * step <= quarter) ?? 1n
  const preset = factor * step
  return preset > least ? preset : least
}

/** As `POST .../raise` takes it. */
export function toAmount(unit: BudgetUnit, units: bigint): string {
  return unit === 'usd' ? formatNanoUsd(units) : units.toString()
}

/**
 * What will be spent by the end of the period if it goes on as it began. Null where that cannot be said: in the first
 * twentieth of the period, without a period, or with a budget for every identity.
 */
export function forecastOf(view: BudgetView, nowMs: number): bigint | null {
  if (view.startsAt === null || view.resetsAt === null || view.left === null) return null
  const startMs = Date.parse(view.startsAt)
  const lengthMs = Date.parse(view.resetsAt) - startMs
  const passedMs = Math.round(nowMs - startMs)
  if (passedMs * 20 < lengthMs || passedMs > lengthMs) return null
  const spent = toUnits(view.unit, view.spent)
  return spent === 0n ? null : (spent * BigInt(lengthMs)) / BigInt(passedMs)
}
