import { formatNanoUsd, formatUsd, parseMicroAmount } from '#lib/core/money.ts'
import type { AlertScopeName, ConditionName } from './vocabulary.ts'

/*
 * A figure of a rule is a whole number of its condition's smallest unit: nano-dollars, hundredths of a percent,
 * milliseconds, a count. As text it is a decimal of dollars, percent, milliseconds or a count.
 */

type Unit = 'usd' | 'percent' | 'ms' | 'count'

export const units: Readonly<Record<ConditionName, Unit>> = {
  cost: 'usd',
  error_rate: 'percent',
  latency: 'ms',
  budget: 'percent',
  unpriced: 'count',
  failing_model: 'count',
  drift: 'count',
}

export const conditionNames: Readonly<Record<ConditionName, string>> = {
  cost: 'Cost',
  error_rate: 'Error rate',
  latency: 'Latency',
  budget: 'Budget used',
  unpriced: 'Unpriced requests',
  failing_model: 'Failing models',
  drift: 'Models that changed',
}

/** So many of the smallest unit in a millionth of what is written. */
const perMicro: Record<Unit, readonly [times: bigint, by: bigint]> = {
  usd: [1_000n, 1n],
  percent: [1n, 10_000n],
  ms: [1n, 1_000_000n],
  count: [1n, 1_000_000n],
}

/** What somebody wrote, as a figure of the condition; a message where it is none. */
export function parseFigure(
  condition: ConditionName,
  text: string,
): { ok: true; value: bigint } | { ok: false; message: string } {
  const unit = units[condition]
  const isWhole = unit === 'ms' || unit === 'count'
  // A comma in a whole number parts its thousands.
  const read = parseMicroAmount(text.replace(isWhole ? /[%\s,]/g : /[%\s]/g, ''))
  const refused = { ok: false as const, message: hints[unit] }
  if (!read.ok) return refused
  const [times, by] = perMicro[unit]
  const value = (read.micro * times) / by
  const isExact = (read.micro * times) % by === 0n
  const most = condition === 'error_rate' ? 10_000n : condition === 'budget' ? 100_000n : null
  if (!isExact || value <= 0n || (most !== null && value > most)) return refused
  return { ok: true, value }
}

const hints: Record<Unit, string> = {
  usd: 'Write an amount in dollars above zero, with at most 6 decimals.',
  percent: 'Write a percentage above zero, with at most 2 decimals.',
  ms: 'Write whole milliseconds, 1 or more.',
  count: 'Write a whole number, 1 or more.',
}

/** As decimal text, for programs and forms: `12.5`. */
export function figureText(condition: ConditionName, value: bigint): string {
  const unit = units[condition]
  if (unit === 'usd') return formatNanoUsd(value)
  if (unit === 'percent') return percentText(value)
  return value.toString()
}

function percentText(value: bigint): string {
  const fraction = (value % 100n).toString().padStart(2, '0').replace(/0+$/, '')
  return `${value / 100n}${fraction === '' ? '' : `.${fraction}`}`
}

/** With its unit, for people: `$12.50`, `4.2 %`, `812 ms`, `3`. */
export function showFigure(condition: ConditionName, value: bigint): string {
  switch (units[condition]) {
    case 'usd':
      return formatUsd(value)
    case 'percent':
      return `${percentText(value)} %`
    case 'ms':
      return value < 1_000n
        ? `${value} ms`
        : `${(Number(value) / 1_000).toFixed(value < 10_000n ? 2 : 1).replace(/\.?0+$/, '')} s`
    case 'count':
      return value.toLocaleString('en-US')
  }
}

/** Where it stops firing unless somebody says so: a tenth below, for counts anything below. */
export function usualResolveBelow(condition: ConditionName, threshold: bigint): bigint {
  if (units[condition] === 'count') return threshold
  const tenth = threshold / 10n
  return threshold - (tenth > 0n ? tenth : 0n)
}

/** `15 minutes`, `1 hour`, `7 days`. */
export function windowWords(minutes: number): string {
  const [count, unit] =
    minutes % 1_440 === 0 ? [minutes / 1_440, 'day'] : minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

export interface RuleWords {
  condition: ConditionName
  percentile: number | null
  scope: AlertScopeName
  scopeLabel: string
  windowMinutes: number
}

/** What is looked at: `p95 latency of the model “groq-llama” in 15 minutes`. */
export function measureWords({ condition, percentile, scope, scopeLabel, windowMinutes }: RuleWords): string {
  const of =
    scope === 'workspace' ? 'the workspace' : scope === 'budget' ? `the ${scopeLabel}` : `the ${scope} “${scopeLabel}”`
  const within = `in ${windowWords(windowMinutes)}`
  switch (condition) {
    case 'cost':
      return `Cost of ${of} ${within}`
    case 'error_rate':
      return `Error rate of ${of} ${within}`
    case 'latency':
      return `p${percentile ?? 95} latency of ${of} ${within}`
    case 'budget':
      return scope === 'workspace' ? 'The budget that is used most' : `Use of ${of}`
    case 'unpriced':
      return `Unpriced requests of ${of} ${within}`
    case 'failing_model':
      return scope === 'workspace' ? 'Failing models' : `Failing: ${of}`
    case 'drift':
      return scope === 'workspace' ? `Models that changed ${within}` : `Changed ${within}: ${of}`
  }
}
