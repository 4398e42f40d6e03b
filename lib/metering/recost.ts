import type { Pool, PoolClient } from 'pg'
import { costSql } from './cost-sql.ts'
import { selectFacts, usageDay, usageQuarter } from './rollup-tables.ts'
import { lockRollups } from './rollups.ts'

/** A day of a busy model takes its time. */
const timeoutMs = 10 * 60_000

// What other models were paid for within a call stays as it was billed.
const others = `cross join lateral (
  select coalesce(sum((a->>'inputTokens')::bigint), 0)::bigint as input, coalesce(sum((a->>'outputTokens')::bigint), 0)::bigint as output,
    coalesce(sum((a->>'costNanoUsd')::bigint), 0)::bigint as cost,
    coalesce(bool_or(a->>'costNanoUsd' = '0' and coalesce((a->>'inputTokens')::bigint, 0) + coalesce((a->>'outputTokens')::bigint, 0) > 0), false) as unpriced
  from jsonb_array_elements(r.attempts) a where a ? 'costNanoUsd' and a->>'modelId' <> r.model_id) p`
const rest = (column: string, other: string) => `greatest(r.${column} - p.${other}, 0)`
const cost = costSql(
  {
    input: rest('input_tokens', 'input'),
    cached: 'r.cached_tokens',
    output: rest('output_tokens', 'output'),
    images: 'r.images',
  },
  { input: '$6::bigint', output: '$7::bigint', cached: '$8::bigint', image: '$9::bigint' },
)

/**
 * The calls of a model in a span with what they count for and what they would: columns of the record, `new_cost`,
 * `new_priced`. $1: workspace, $2: model, $3, $4: the span, its end not included, $5: mode, $6 to $9: prices. What was
 * answered out of what we kept costs nothing at any price.
 */
const recosted = `select r.*, case $5::text when 'ran' then r.ran_cost_nano_usd else p.cost + n.cost end as new_cost,
    case $5::text when 'ran' then r.ran_priced else n.priced and (r.priced or not p.unpriced) end as new_priced
  from ledger.records r ${others} cross join lateral (select ${cost}) n
  where r.workspace_id = $1 and r.model_id = $2 and r.started_at >= $3 and r.started_at < $4 and r.cache not in ('hit', 'replay')
    and ($5::text = 'price' or r.recost_id is not null)`
const moved = `(i.new_cost, i.new_priced) is distinct from (i.cost_nano_usd, i.priced)`

/** A day of a preview: one row a calendar day. $10: the time zone. */
export const previewSql = `select to_char(i.started_at at time zone $10::text, 'YYYY-MM-DD') as day, count(*)::float8 as requests, count(*) filter (where ${moved})::float8 as moved,
    coalesce(sum(i.cost_nano_usd), 0)::text as old, coalesce(sum(i.new_cost), 0)::text as new,
    count(*) filter (where not i.priced)::float8 as unpriced, count(*) filter (where not i.new_priced)::float8 as new_unpriced
  from (${recosted}) i group by 1 order by 1`

const keys = usageQuarter.key.join(', ')
/** The rollup's sums by as much as those of the records moved. */
const moveSums = ({ name, period }: { name: string; period: string }) =>
  `update ledger.${name} t set cost_nano_usd = t.cost_nano_usd + s.cost, unpriced = t.unpriced + s.unpriced
   from (select ${period}, ${keys}, sum(new_cost - cost_nano_usd) as cost, sum((not new_priced)::int - (not priced)::int) as unpriced from n group by ${period}, ${keys}) s
   where t.workspace_id = $1 and t.${period} = s.${period} and ${usageQuarter.key.map((column) => `t.${column} = s.${column}`).join(' and ')}`

/** $10: the re-cost. The old sums stand in `n`, which is read before anything is written. */
const stepSql = `with n as materialized (${selectFacts(`(select * from (${recosted}) i where ${moved} or $5::text = 'ran') i`)}),
u as (update ledger.records r set cost_nano_usd = n.new_cost, priced = n.new_priced, recost_id = case $5::text when 'ran' then null else $10::text end,
    ran_cost_nano_usd = case $5::text when 'ran' then null else coalesce(r.ran_cost_nano_usd, r.cost_nano_usd) end,
    ran_priced = case $5::text when 'ran' then null else coalesce(r.ran_priced, r.priced) end
  from n where r.started_at = n.started_at and r.id = n.id and r.started_at >= $3 and r.started_at < $4),
q as (${moveSums(usageQuarter)}),
y as (${moveSums(usageDay)})
select count(*)::text as requests, coalesce(sum(cost_nano_usd), 0)::text as old, coalesce(sum(new_cost), 0)::text as new from n`

interface Row {
  workspace_id: string
  model_id: string
  from_ms: number
  done_ms: number
  to_ms: number
  mode: string
  prices: (string | null)[]
}

const dayMs = 24 * 60 * 60_000

/**
 * Does a re-cost in days of UTC, each in one transaction with its sums, from where it was left. Returns when it is done,
 * stopped by somebody, or `signal` aborts; whoever goes on later begins at the next day. Several may try at once.
 */
export async function runRecost(pool: Pool, id: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) if (!(await step(pool, id))) return
}

/** False: nothing is left to do. */
async function step(pool: Pool, id: string): Promise<boolean> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(`set local statement_timeout = ${timeoutMs}`)
    const goesOn = await day(client, id)
    await client.query('commit')
    return goesOn
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

async function day(client: PoolClient, id: string): Promise<boolean> {
  const { rows } = await client.query<Row>(
    `select workspace_id, model_id, mode, extract(epoch from done_to)::float8 * 1000 as done_ms, extract(epoch from to_at)::float8 * 1000 as to_ms,
       array[input_pico_usd_per_token, output_pico_usd_per_token, cached_input_pico_usd_per_token, image_nano_usd]::text[] as prices
     from ledger.recosts where id = $1 and state = 'running' for update`,
    [id],
  )
  const [recost] = rows
  if (!recost) return false
  const [fromMs, toMs] = [Math.round(recost.done_ms), Math.round(recost.to_ms)]
  const endMs = Math.min((Math.floor(fromMs / dayMs) + 1) * dayMs, toMs)
  await lockRollups(client)
  const span = [new Date(fromMs), new Date(endMs)]
  const done = await client.query<{ requests: string; old: string; new: string }>(stepSql, [
    ...[recost.workspace_id, recost.model_id, ...span, recost.mode, ...recost.prices, id],
  ])
  const [sums] = done.rows
  await client.query(
    `update ledger.recosts set done_to = $2, requests = requests + $3, old_nano_usd = old_nano_usd + $4, new_nano_usd = new_nano_usd + $5,
       state = case when $6 then 'done' else state end, ended_at = case when $6 then now() end where id = $1`,
    [id, new Date(endMs), sums!.requests, sums!.old, sums!.new, endMs >= toMs],
  )
  return endMs < toMs
}

/** Re-costs that are to be done, of all workspaces. */
export async function findRecosts(pool: Pool): Promise<{ id: string }[]> {
  return (await pool.query<{ id: string }>(`select id from ledger.recosts where state = 'running' order by created_at`))
    .rows
}
