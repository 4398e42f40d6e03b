import type { Shortage } from './lease.ts'
import { budgetWords, formatLocal, limitWords } from './rule-words.ts'
import type { Rule } from './rules.ts'
import type { Refusal } from './schema.ts'

/** What the caller hears where a limit or budget does not let a call in: which one, and when to come back. */
export function toRefusal(shortage: Shortage): Refusal {
  const { rule, subject, kind, resetMs, retryAfterMs } = shortage
  const label = rule.scope === 'identity' ? subject || rule.scopeId : rule.label
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
      message: `The ${limitWords(rule.kind, rule.amount, rule.scope, label)} is reached.`,
      retryAfterMs,
      ruleId: rule.id,
    }
  const budget = `The ${budgetWords(rule.window, rule.scope, label)}`
  if (kind === 'exceeded')
    return {
      status: 402,
      code: 'budget_exceeded',
      message: `${budget} does not allow this call any more.${resetWords(rule, resetMs)}`,
      ruleId: rule.id,
    }
  return {
    status: 429,
    code: 'budget_reserved',
    message: `${budget} is reserved by calls under way. Try again in a moment.`,
    retryAfterMs: 1_000,
    ruleId: rule.id,
  }
}

function resetWords(rule: Rule, resetMs: number | undefined): string {
  if (resetMs === undefined || rule.kind !== 'budget' || rule.window === 'total') return ''
  return ` It resets on ${formatLocal(resetMs, rule.timeZone)} (${new Date(resetMs).toISOString()}).`
}
