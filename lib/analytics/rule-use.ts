import { formatNanoUsd } from '#lib/core/money.ts'
import type { BudgetUnit, BudgetWindow, LimitKind, RuleScope } from '#lib/metering/schema.ts'
import type { Tx } from '#lib/tenancy/index.ts'
import type { RuleUse } from './schema.ts'

/** As a record holds what its request used of budgets and limits. Records of before it was named lack `rule`. */
export interface ChargeRow {
  rule?: string
  units: string
}

interface RuleRow {
  id: string
  kind: 'budget' | LimitKind
  scope: RuleScope
  scope_id: string
  label: string | null
  unit: BudgetUnit | null
  window: BudgetWindow | null
  amount: string
}

const rulesSql = `
  with r as (
    select id, workspace_id, 'budget' as kind, scope, scope_id, unit, "window", amount from budgets
    union all select id, workspace_id, kind, scope, scope_id, null, null, amount from limits)
  select r.id, r.kind, r.scope, r.scope_id, coalesce(k.name, m.slug, d.key) as label, r.unit, r."window", r.amount::text as amount
    from r left join api_keys k on r.scope = 'key' and k.workspace_id = r.workspace_id and k.id = r.scope_id
      left join models m on r.scope = 'model' and m.workspace_id = r.workspace_id and m.id = r.scope_id
      left join deployments d on r.scope = 'deployment' and d.workspace_id = r.workspace_id and d.id = r.scope_id
   where r.workspace_id = $1 and r.id = any($2::text[]) order by r.id`

/** The budgets and limits that a request had to fit in, with what it used of each. */
export async function findRuleUses(
  tx: Tx,
  workspaceId: string,
  charges: readonly ChargeRow[],
  identity: string,
): Promise<RuleUse[]> {
  const used = new Map<string, bigint>()
  for (const { rule, units } of charges) if (rule) used.set(rule, (used.get(rule) ?? 0n) + BigInt(units))
  if (used.size === 0) return []
  const rows = await tx.$queryRawUnsafe<RuleRow[]>(rulesSql, workspaceId, [...used.keys()])
  const known = new Map(rows.map((row) => [row.id, row]))
  return [...used].map(([id, units]) => {
    const row = known.get(id)
    if (!row)
      return { ...{ id, kind: null, scope: null, label: '', unit: null, window: null, amount: null }, used: `${units}` }
    const { kind, scope, scope_id, label, unit, window, amount } = row
    const toUnits = (value: bigint) => (unit === 'usd' ? formatNanoUsd(value) : String(value))
    const name = label ?? (scope_id === '*' ? identity : scope_id)
    return { id, kind, scope, label: name, unit, window, amount: toUnits(BigInt(amount)), used: toUnits(units) }
  })
}
