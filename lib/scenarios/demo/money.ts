import type { Scope } from '#lib/tenancy/index.ts'
import { type DemoHouse, daysAgo } from './house.ts'
import type { DemoModelIds } from './models.ts'

/** Budgets, limits and alerts that fit what is spent, with what the running periods have cost so far. After the traffic. */
export async function addDemoBudgets(
  house: DemoHouse,
  scope: Scope,
  { models, keys, days }: { models: DemoModelIds; keys: ReadonlyMap<string, string>; days: number },
): Promise<void> {
  const { alerts, budgets, pool, nowMs } = house
  const { workspaceId } = scope
  const then = daysAgo(scope, nowMs(), days)
  const spentOf = async (where: string, values: string[] = []): Promise<number> => {
    const { rows } = await pool.query<{ usd: number }>(
      `select coalesce(sum(cost_nano_usd), 0)::float8 / 1e9 as usd from ledger.usage_day where workspace_id = $1 and ${where}`,
      [workspaceId, ...values],
    )
    return rows[0]!.usd
  }
  // With room for whoever tries things.
  const amountFor = (usd: number, least: number) => String(round(Math.max(usd, least)))
  const ofKey = { scope: 'key' as const, scopeId: keys.get('Website chat')! }
  const ofThinker = { scope: 'model' as const, scopeId: models.thinker.id }
  const { rows } = await pool.query<{ usd: number }>(
    `select coalesce(max(usd), 0)::float8 / 1e9 as usd from (
       select sum(cost_nano_usd) as usd from ledger.records where workspace_id = $1 and identity <> '' and started_at > to_timestamp($2::float8 / 1000) - interval '24 hours' group by identity) i`,
    [workspaceId, nowMs()],
  )
  const identity = rows[0]!.usd
  const month = await spentOf('true')
  const website = await spentOf('actor_id = $2', [ofKey.scopeId])
  const thinker = await spentOf('model_id = $2', [ofThinker.scopeId])
  for (const budget of [
    { scope: 'workspace' as const, amount: amountFor(month * 1.15, 20), window: 'month' as const },
    { ...ofKey, amount: amountFor((website / days) * 7 * 1.4, 5), window: 'week' as const },
    { ...ofThinker, amount: amountFor((thinker / days) * 1.8, 2), window: 'day' as const },
    { ...ofKey, unit: 'tokens' as const, amount: '50000000', window: 'month' as const },
    { scope: 'identity' as const, scopeId: '*', amount: amountFor(identity * 1.3, 0.5), window: 'day' as const },
  ])
    await budgets.createBudget(then, budget)
  await budgets.createLimit(then, { scope: 'workspace', kind: 'requests_per_minute', amount: 1_200 })
  await budgets.createLimit(then, { ...ofKey, kind: 'concurrency', amount: 20 })
  for (const rule of [
    {
      name: 'A dear day',
      condition: 'cost' as const,
      windowMinutes: 1_440,
      threshold: amountFor((month / days) * 2, 1),
    },
    { name: 'Errors', condition: 'error_rate' as const, windowMinutes: 60, threshold: 10 },
    { name: 'Calls without a price', condition: 'unpriced' as const, windowMinutes: 1_440, threshold: 10 },
  ])
    await alerts.createRule(then, rule)
  await pool.query(
    `insert into ledger.budget_period (workspace_id, budget_id, subject, period_start, period_end, cap, spent)
     select b.workspace_id, b.id, r.subject, p.period_start, p.period_end, b.amount, r.spent
     from public.budgets b join public.workspaces w on w.id = b.workspace_id
     cross join lateral ledger.period_of(to_timestamp($2::float8 / 1000), b."window", w.time_zone) p
     cross join lateral (
       select case when b.scope = 'identity' then r.identity else '' end as subject,
         sum(case when b.unit = 'usd' then r.cost_nano_usd else r.input_tokens + r.output_tokens end)::bigint as spent
       from ledger.records r where r.workspace_id = b.workspace_id and r.started_at >= p.period_start
         and case b.scope when 'key' then r.key_id = b.scope_id when 'model' then r.model_id = b.scope_id when 'identity' then r.identity <> '' else true end
       group by 1) r
     where b.workspace_id = $1`,
    [workspaceId, nowMs()],
  )
}

/** Two digits that mean something: 37.4 is 38, 412 is 420. */
function round(value: number): number {
  const step = 10 ** (Math.floor(Math.log10(value)) - 1)
  return Number((Math.ceil(value / step) * step).toFixed(6))
}

/** What callers said of some of the calls, and an evaluator of a quarter of those of a deployment; the newer versions are the better ones. */
export async function addDemoFeedback(
  { pool }: DemoHouse,
  scope: Scope,
  { deploymentId, evaluatorId }: { deploymentId: string; evaluatorId: string },
): Promise<void> {
  await pool.query(
    `insert into ledger.feedback (id, workspace_id, request_id, request_at, author_kind, author_id, rating, correction, comment, "values", created_at, updated_at)
     select 'fbk_' || substr(id, 5), workspace_id, id, started_at, 'key', key_id, case when n % 5 < 4 then 'good' else 'bad' end,
       case when n % 10 = 9 then 'It should have asked for the order number.' else '' end, case when n % 10 = 4 then 'Too long.' when n % 15 = 0 then 'That helped.' else '' end,
       jsonb_build_object('stars', case when n % 5 < 4 then 4 + n % 2 else 2 end), started_at + interval '40 seconds', started_at + interval '40 seconds'
     from (select *, row_number() over (order by started_at) as n from ledger.records
       where workspace_id = $1 and outcome = 'ok' and endpoint = 'chat/completions' and key_id <> '' and (hashtext(id) & 63) = 0) r`,
    [scope.workspaceId],
  )
  await pool.query(
    `insert into ledger.feedback (id, workspace_id, request_id, request_at, author_kind, author_id, rating, created_at, updated_at)
     select 'fbk_e' || substr(id, 6), workspace_id, id, started_at, 'job', $3, case when abs(hashtext('brief' || id)) % 100 < case version when '1.0' then 78 when '1.1' then 88 else 94 end then 'good' else 'bad' end,
       started_at + interval '2 seconds', started_at + interval '2 seconds'
     from ledger.records where workspace_id = $1 and deployment_id = $2 and variant = 'main' and outcome = 'ok' and (hashtext(id) & 3) = 1`,
    [scope.workspaceId, deploymentId, evaluatorId],
  )
}
