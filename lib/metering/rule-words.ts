import type { BudgetWindow, LimitKind, RuleScope } from './schema.ts'

const windowNames: Record<BudgetWindow, string> = {
  day: 'daily budget',
  week: 'weekly budget',
  month: 'monthly budget',
  total: 'budget',
}

/** `the workspace`, `the key “ci-bot”`, `each identity`. `label`: of the key or model, or the identity itself. */
export function scopeWords(scope: RuleScope, label: string): string {
  if (scope === 'workspace') return 'the workspace'
  if (scope === 'identity' && label === '*') return 'each identity'
  return `the ${scope} “${label.length > 100 ? `${label.slice(0, 99)}…` : label}”`
}

/** `daily budget of the key “ci-bot”`. */
export function budgetWords(window: BudgetWindow, scope: RuleScope, label: string): string {
  return `${windowNames[window]} of ${scopeWords(scope, label)}`
}

/** `limit of 600 requests a minute for the workspace`. */
export function limitWords(kind: LimitKind, amount: bigint, scope: RuleScope, label: string): string {
  return `limit of ${rateWords(kind, amount)} for ${scopeWords(scope, label)}`
}

/** `600 requests a minute`, `5 calls at once`. */
export function rateWords(kind: LimitKind, amount: bigint): string {
  const count = amount.toLocaleString('en')
  const one = amount === 1n
  if (kind === 'concurrency') return `${count} ${one ? 'call' : 'calls'} at once`
  const unit = kind === 'requests_per_minute' ? 'request' : 'token'
  return `${count} ${unit}${one ? '' : 's'} a minute`
}

/** `1 Dec 2026, 00:00 Europe/Berlin`. */
export function formatLocal(at: number | Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone })
  return `${format.format(at)} ${timeZone}`
}
