import type { Pool } from 'pg'
import type { BudgetWindow, CallToAdmit, LimitKind, RuleScope } from './schema.ts'

/** What budgets and limits have in common, as gateways hold them. */
interface RuleBase {
  id: string
  workspaceId: string
  /** Another one: what was taken by the rule as it stood before is given back. */
  stamp: string
  scope: RuleScope
  /** '*': every identity by itself. */
  scopeId: string
  /** Of the key, model or deployment; an identity's own. Empty for the workspace. */
  label: string
  amount: bigint
  timeZone: string
}

export interface BudgetRule extends RuleBase {
  kind: 'budget'
  unit: 'usd' | 'tokens'
  window: BudgetWindow
}

export interface LimitRule extends RuleBase {
  kind: LimitKind
}

export type Rule = BudgetRule | LimitRule

/** The rules of one workspace by what they apply to. */
type House = Map<string, Rule[]>

interface Row {
  id: string
  workspace_id: string
  version: number
  scope: RuleScope
  scope_id: string
  label: string | null
  kind: Rule['kind']
  unit: 'usd' | 'tokens' | null
  window: BudgetWindow | null
  amount: string
  time_zone: string
}

const rulesSql = `
  with r as (
    select id, workspace_id, version, scope, scope_id, 'budget' as kind, unit, "window", amount from budgets
    union all select id, workspace_id, version, scope, scope_id, kind, null, null, amount from limits)
  select r.*, r.amount::text as amount, w.time_zone, coalesce(k.name, m.slug, d.key) as label
    from r join workspaces w on w.id = r.workspace_id
    left join api_keys k on r.scope = 'key' and k.workspace_id = r.workspace_id and k.id = r.scope_id
    left join models m on r.scope = 'model' and m.workspace_id = r.workspace_id and m.id = r.scope_id
    left join deployments d on r.scope = 'deployment' and d.workspace_id = r.workspace_id and d.id = r.scope_id
   order by r.id`

export interface Rules {
  /** What a call must fit in, in no particular order. */
  of(call: CallToAdmit): readonly Rule[]
  find(id: string): Rule | undefined
}

const none: readonly Rule[] = []

/** Loads the rules of all workspaces, again after every change. `onChange` hears of each load. */
export async function createRules(deps: {
  /** As `patchbay_system`. */
  pool: Pick<Pool, 'query'>
  feed: { register(load: () => Promise<void>): Promise<void> }
  onChange(rules: Rules): void
}): Promise<Rules> {
  let houses = new Map<string, House>()
  let byId = new Map<string, Rule>()
  const rules: Rules = {
    of(call) {
      const house = houses.get(call.workspaceId)
      return house ? rulesOf(house, call) : none
    },
    find: (id) => byId.get(id),
  }
  await deps.feed.register(async () => {
    const { rows } = await deps.pool.query<Row>(rulesSql)
    const next = new Map<string, House>()
    byId = new Map()
    for (const row of rows) {
      const rule = toRule(row)
      byId.set(rule.id, rule)
      const house: House = next.get(rule.workspaceId) ?? new Map()
      next.set(rule.workspaceId, house)
      const place = `${rule.scope} ${rule.scopeId}`
      const list = house.get(place) ?? []
      list.push(rule)
      house.set(place, list)
    }
    houses = next
    deps.onChange(rules)
  })
  return rules
}

function rulesOf(house: House, call: CallToAdmit): readonly Rule[] {
  let found = house.get('workspace ') ?? none
  const also = (rules: readonly Rule[] | undefined) => {
    if (rules) found = found.length === 0 ? rules : [...found, ...rules]
  }
  if (call.keyId !== '') also(house.get(`key ${call.keyId}`))
  if (call.modelId !== '') also(house.get(`model ${call.modelId}`))
  if (call.deploymentId) also(house.get(`deployment ${call.deploymentId}`))
  if (call.identity) {
    also(house.get(`identity ${call.identity}`))
    also(house.get('identity *'))
  }
  return found
}

function toRule(row: Row): Rule {
  const base: RuleBase = {
    id: row.id,
    workspaceId: row.workspace_id,
    stamp: `${row.version} ${row.time_zone}`,
    scope: row.scope,
    scopeId: row.scope_id,
    label: row.label ?? (row.scope_id === '*' ? '' : row.scope_id),
    amount: BigInt(row.amount),
    timeZone: row.time_zone,
  }
  return row.kind === 'budget'
    ? { ...base, kind: 'budget', unit: row.unit!, window: row.window! }
    : { ...base, kind: row.kind }
}
