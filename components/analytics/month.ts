import type { UsageView } from '#lib/analytics/schema.ts'
import type { BudgetView } from '#lib/metering/schema.ts'
import type { Part } from './state.ts'

/** The budget of a month, in dollars, that is for exactly what is looked at. */
export function budgetOf(
  budgets: readonly BudgetView[],
  parts: Partial<Record<Part, readonly string[]>>,
): BudgetView | undefined {
  const chosen = Object.entries(parts)
  const [only] = chosen
  if (chosen.length > 1 || (only && only[1].length !== 1)) return undefined
  return budgets.find(
    ({ unit, window, scope, scopeId }) =>
      unit === 'usd' &&
      window === 'month' &&
      (only ? scope === only[0] && scopeId === only[1][0] : scope === 'workspace'),
  )
}

const dayMs = 24 * 3_600_000

/**
 * Nano-dollars that the month will have cost if it goes on as it began. Null in its first twentieth, and where nothing was
 * spent.
 */
export function monthForecast({ period, total }: Pick<UsageView, 'period' | 'total'>, nowMs: number): bigint | null {
  const startMs = Date.parse(period.from)
  const [year, month] = new Intl.DateTimeFormat('sv-SE', { timeZone: period.timeZone, dateStyle: 'short' })
    .format(startMs)
    .split('-')
    .map(Number) as [number, number]
  // An hour more or less where the clocks change tells nothing.
  const lengthMs = new Date(Date.UTC(year, month, 0)).getUTCDate() * dayMs
  const passedMs = Math.round(nowMs - startMs)
  const cost = BigInt(total.cost.nanoUsd)
  if (cost === 0n || passedMs * 20 < lengthMs) return null
  return passedMs >= lengthMs ? cost : (cost * BigInt(lengthMs)) / BigInt(passedMs)
}
