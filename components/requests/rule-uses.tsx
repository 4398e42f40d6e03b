import Link from 'next/link'
import { formatNumber } from '#components/ui/format.ts'
import type { RuleUse } from '#lib/analytics/schema.ts'
import { formatExactUsd } from '#lib/core/money.ts'

const windows: Readonly<Record<NonNullable<RuleUse['window']>, string>> = {
  day: 'Daily budget',
  week: 'Weekly budget',
  month: 'Monthly budget',
  total: 'Budget in all',
}
const limits = {
  requests_per_minute: 'requests a minute',
  tokens_per_minute: 'tokens a minute',
  concurrency: 'calls at once',
} as const

/** Where a budget or limit stands. */
export const ruleHref = (workspace: string, id: string) => `/${workspace}/analytics/budgets?rule=${id}`

/** The budgets and limits that the call had to fit in, and what it used of each. */
export function RuleUses({ workspace, rules }: { workspace: string; rules: readonly RuleUse[] }) {
  return (
    <ul className="divide-y text-sm">
      {rules.map((rule) => (
        <li key={rule.id} className="flex flex-wrap items-baseline gap-x-3 py-2">
          <span className="mr-auto min-w-0 break-words">
            {rule.kind === null ? (
              nameOf(rule)
            ) : (
              <Link
                href={ruleHref(workspace, rule.id)}
                prefetch={false}
                className="link inline-flex min-h-6 items-center rounded-sm"
              >
                {nameOf(rule)}
              </Link>
            )}
            <span className="text-muted">{scopeOf(rule)}</span>
          </span>
          <span className="figures">{usedOf(rule)}</span>
        </li>
      ))}
    </ul>
  )
}

function nameOf({ kind, window, amount }: RuleUse): string {
  if (kind === null) return 'A budget or limit that was deleted since'
  if (kind === 'budget') return window ? windows[window] : 'Budget'
  return `${formatNumber(Number(amount))} ${limits[kind]}`
}

function scopeOf({ scope, label }: RuleUse): string {
  if (scope === null) return ''
  return scope === 'workspace' ? ' of the workspace' : ` of the ${scope} ${label}`
}

function usedOf({ kind, unit, amount, used }: RuleUse): string {
  if (kind === 'concurrency') return '1'
  if (unit === 'usd') return `${formatExactUsd(used)}${amount === null ? '' : ` of ${formatExactUsd(amount)}`}`
  const count = formatNumber(Number(used))
  if (kind === null) return ''
  return kind === 'requests_per_minute' ? count : `${count} tokens`
}
