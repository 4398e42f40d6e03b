import type { Shortage } from './lease.ts'
import type { Rule } from './rules.ts'
import type { Refusal } from './schema.ts'

/** What the caller hears where a limit or budget does not let a call in: which one, and when to come back. */
export function toRefusal(shortage: Shortage): Refusal {
  const { rule, subject, kind, resetMs, retryAfterMs } = shortage
  const of = scopeWords(rule, subject)
  if (kind === 'unavailable')
    return {
      status: 503,
      code: 'budget_unavailable',
      message: 'Budgets and limits cannot be checked at the moment. Try again shortly.',
      retryAfterMs,
    }
  if (rule.kind !== 'budget')
    return {
      status: 429,
      code: 'rate_limit_exceeded',
      message: `The limit of ${limitWords(rule.kind, rule.amount)} for ${of} is reached.`,
      retryAfterMs,
    }
  const budget = `The ${windowWords[rule.window]} of ${of}`
  if (kind === 'exceeded')
    return {
      status: 402,
      code: 'budget_exceeded',
      message: `${budget} does not allow this call any more.${resetWords(rule, resetMs)}`,
    }
  return {
    status: 429,
    code: 'budget_reserved',
    message: `${budget} is reserved by calls under way. Try again in a moment.`,
    retryAfterMs: 1_000,
  }
}

const windowWords = { day: 'daily budget', week: 'weekly budget', month: 'monthly budget', total: 'budget' }

function limitWords(kind: Exclude<Rule['kind'], 'budget'>, amount: bigint): string {
  const count = amount.toLocaleString('en')
  if (kind === 'concurrency') return `${count} call${amount === 1n ? '' : 's'} at once`
  return `${count} ${kind === 'requests_per_minute' ? 'requests' : 'tokens'} a minute`
}

function scopeWords(rule: Rule, subject: string): string {
  if (rule.scope === 'workspace') return 'the workspace'
  if (rule.scope === 'key') return `the key “${rule.label}”`
  if (rule.scope === 'identity') return `the identity “${shown(subject || rule.scopeId)}”`
  return `the ${rule.scope} “${rule.label}”`
}

function resetWords(rule: Rule, resetMs: number | undefined): string {
  if (resetMs === undefined || rule.kind !== 'budget' || rule.window === 'total') return ''
  const local = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: rule.timeZone,
  }).format(resetMs)
  return ` It resets on ${local} ${rule.timeZone} (${new Date(resetMs).toISOString()}).`
}

function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}
