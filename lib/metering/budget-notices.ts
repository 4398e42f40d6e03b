import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import { formatUsd } from '#lib/core/money.ts'
import type { PrismaClient } from '#lib/platform/generated/prisma/client.ts'
import { type NewNotice, raiseNotice } from '#lib/tenancy/index.ts'
import { budgetWords, formatLocal } from './rule-words.ts'
import type { BudgetUnit, BudgetWindow, RuleScope } from './schema.ts'

/** A new one about a budget takes the place of the one before. */
export const budgetNotice = 'budget.share'

interface Row {
  workspace_id: string
  slug: string
  time_zone: string
  budget_id: string
  subject: string
  period_start: Date
  period_end: Date
  scope: RuleScope
  label: string
  unit: BudgetUnit
  window: BudgetWindow
  cap: string
  spent: string
  told: number
  reached: number
}

const dueSql = `
  select * from (
    select p.workspace_id, w.slug, w.time_zone, p.budget_id, p.subject, p.period_start, p.period_end, b.scope, coalesce(k.name, m.slug, d.key, nullif(p.subject, ''), b.scope_id) as label,
      b.unit, b."window", c.cap, p.spent, p.told, p.told_cap,
      case when p.spent >= c.cap or p.budget_id = $2 and p.subject = $3 then 100 when p.spent * 100 >= c.cap * 80 then 80 when p.spent * 100 >= c.cap * 50 then 50 else 0 end as reached
    from ledger.budget_period p
    join public.budgets b on b.workspace_id = p.workspace_id and b.id = p.budget_id
    cross join lateral (select b.amount + case when b.raised_until > $1 then b.raise else 0 end as cap) c
    join public.workspaces w on w.id = p.workspace_id
    left join public.api_keys k on b.scope = 'key' and k.workspace_id = b.workspace_id and k.id = b.scope_id
    left join public.models m on b.scope = 'model' and m.workspace_id = b.workspace_id and m.id = b.scope_id
    left join public.deployments d on b.scope = 'deployment' and d.workspace_id = b.workspace_id and d.id = b.scope_id
    where p.period_start <= $1 and p.period_end > $1) s
  where reached > told or (reached < told and cap > told_cap) order by workspace_id, budget_id, subject limit 500`

/**
 * Tells the admins of each budget that has passed 50, 80 or 100 % of its cap, each once a period. `full`: one that has
 * just turned a call away, which is told as used up. May run anywhere, any number of times at once. Returns how many
 * notices were raised.
 */
export async function tellBudgets(
  { pool, system, clock }: { pool: Pool; system: PrismaClient; clock: Clock },
  full: { budgetId: string; subject: string } = { budgetId: '', subject: '' },
): Promise<number> {
  const now = new Date(clock.nowMs())
  const { rows } = await pool.query<Row>(dueSql, [now, full.budgetId, full.subject])
  let told = 0
  for (const row of rows) {
    told += await system.$transaction(async (tx) => {
      // Two who tell at once: one of them finds it told. Below what was told it was raised, and is told anew.
      const moved =
        await tx.$executeRaw`UPDATE ledger.budget_period SET told = ${row.reached}::smallint, told_cap = ${BigInt(row.cap)}
        WHERE workspace_id = ${row.workspace_id} AND budget_id = ${row.budget_id} AND subject = ${row.subject}
          AND period_start = ${row.period_start} AND told = ${row.told}::smallint`
      if (moved === 0 || row.reached < row.told) return 0
      await raiseNotice(tx, row.workspace_id, now, toNotice(row))
      return 1
    })
  }
  return told
}

function toNotice(row: Row): NewNotice {
  const amount = (text: string) =>
    row.unit === 'usd' ? formatUsd(BigInt(text)) : `${BigInt(text).toLocaleString('en')} tokens`
  const budget = budgetWords(row.window, row.scope, row.label)
  const resets = row.window === 'total' ? '' : ` It resets on ${formatLocal(row.period_end, row.time_zone)}.`
  const isFull = row.reached === 100
  const until = row.window === 'total' ? 'raised' : 'raised or resets'
  const refused =
    BigInt(row.spent) >= BigInt(row.cap)
      ? ` Calls are refused until it is ${until}.`
      : ` The rest is too little for a call that came; such calls are refused until it is ${until}.`
  return {
    kind: budgetNotice,
    level: isFull ? 'bad' : row.reached === 80 ? 'warn' : 'info',
    title: isFull ? `The ${budget} is used up` : `${row.reached} % of the ${budget} is spent`,
    body: `${amount(row.spent)} of ${amount(row.cap)} are spent.${isFull ? refused : ''}${resets}`,
    href: `/${row.slug}/analytics/budgets?rule=${row.budget_id}`,
    actionLabel: isFull ? 'Raise the budget' : 'Look at the budget',
    refId: row.budget_id,
  }
}
