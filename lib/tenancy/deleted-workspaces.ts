import type { Pool } from 'pg'
import { listTables } from '#lib/platform/tables.ts'

/** The queue: at once when somebody deletes a workspace, and by the clock for what was cut off or came later. */
export const deletedWorkspaces = 'deleted-workspaces'

/** Rows that one statement takes away: others wait for no longer than that. */
const rowsMaxDefault = 5_000

/**
 * Takes away what any table holds of workspaces that were deleted, in bounded statements, and the workspaces last: cut off
 * anywhere, the next run goes on. Calls that were under way when it was deleted write a little more: run it again and again.
 * What may only be added to, as the audit, stays. `pool` is of `patchbay_system`. Returns how many rows went.
 */
export async function forgetDeletedWorkspaces(
  pool: Pool,
  { rowsMax = rowsMaxDefault }: { rowsMax?: number } = {},
): Promise<number> {
  const marked = await pool.query<{ id: string }>('select id from public.workspaces where deleted_at is not null')
  let gone = 0
  for (const table of await listTenantTables(pool)) {
    for (const workspaceId of await findDeleted(pool, table)) {
      for (;;) {
        const { rowCount } = await pool.query(deletion(table), [workspaceId, rowsMax])
        gone += rowCount ?? 0
        if ((rowCount ?? 0) < rowsMax) break
      }
    }
  }
  const { rowCount } = await pool.query('delete from public.workspaces where id = any($1)', [
    marked.rows.map(({ id }) => id),
  ])
  return gone + (rowCount ?? 0)
}

/** Tables of workspaces' rows that may be deleted from, each before those that it refers to. */
async function listTenantTables(pool: Pool): Promise<string[]> {
  const tables = (await listTables(pool)).filter(({ columns }) => columns.includes('workspace_id'))
  const { rows } = await pool.query<{ name: string }>(
    `select name from unnest($1::text[]) name where has_table_privilege(name, 'DELETE')`,
    [tables.map(({ name }) => name)],
  )
  const open = new Set(rows.map(({ name }) => name))
  return tables.flatMap(({ name }) => (open.has(name) ? [name] : [])).reverse()
}

/** Steps from workspace to workspace along the table's index: its rows are not read. */
async function findDeleted(pool: Pool, table: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `with recursive ids (id) as (
       (select workspace_id from ${table} order by workspace_id limit 1)
       union all
       select (select workspace_id from ${table} t where t.workspace_id > ids.id order by workspace_id limit 1)
       from ids where ids.id is not null)
     select id from ids where id is not null and not exists (select from public.workspaces w where w.id = ids.id and w.deleted_at is null)`,
  )
  return rows.map(({ id }) => id)
}

function deletion(table: string): string {
  // A row's place says nothing across partitions.
  if (table === 'ledger.records') {
    return `delete from ledger.records where (started_at, id) in
      (select started_at, id from ledger.records where workspace_id = $1 order by started_at desc, id desc limit $2)`
  }
  return `delete from ${table} where ctid = any(array(select ctid from ${table} where workspace_id = $1 limit $2))`
}
