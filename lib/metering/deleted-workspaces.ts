import type { Pool } from 'pg'

/** Rows that one statement takes away: the ledger's writers wait for no longer than that. */
const rowsMaxDefault = 5_000

/** Every table of the ledger that holds rows of workspaces; what others refer to comes after them. */
const tables = [
  'records',
  'usage_quarter',
  'usage_day',
  'latency_hour',
  'latency_day',
  'key_use',
  'address_use',
  'limit_slot',
  'idempotency',
  'cached_answers',
  'budget_lease',
  'budget_period',
  'feedback',
  'recosts',
  'payload_places',
  'payloads',
  'payload_keys',
] as const

/**
 * Takes away what the ledger holds of workspaces that were deleted, in bounded statements. Calls that ended after the
 * deletion write a little more: run it again and again. Returns how many rows went.
 */
export async function forgetDeletedWorkspaces(
  pool: Pool,
  { rowsMax = rowsMaxDefault }: { rowsMax?: number } = {},
): Promise<number> {
  let gone = 0
  for (const table of tables) {
    for (const workspaceId of await findDeleted(pool, table)) {
      for (;;) {
        const { rowCount } = await pool.query(deletion(table), [workspaceId, rowsMax])
        gone += rowCount ?? 0
        if ((rowCount ?? 0) < rowsMax) break
      }
    }
  }
  return gone
}

/** Steps from workspace to workspace along the table's index: its rows are not read. */
async function findDeleted(pool: Pool, table: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `with recursive ids (id) as (
       (select workspace_id from ledger.${table} order by workspace_id limit 1)
       union all
       select (select workspace_id from ledger.${table} t where t.workspace_id > ids.id order by workspace_id limit 1)
       from ids where ids.id is not null)
     select id from ids where id is not null and not exists (select from public.workspaces w where w.id = ids.id)`,
  )
  return rows.map(({ id }) => id)
}

function deletion(table: string): string {
  // A row's place says nothing across partitions.
  if (table === 'records') {
    return `delete from ledger.records where (started_at, id) in
      (select started_at, id from ledger.records where workspace_id = $1 order by started_at desc, id desc limit $2)`
  }
  return `delete from ledger.${table} where ctid = any(array(select ctid from ledger.${table} where workspace_id = $1 limit $2))`
}
