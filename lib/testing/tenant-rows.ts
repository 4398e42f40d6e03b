import type { Pool } from 'pg'

/** Tables of both schemas with rows of workspaces, as they are: a new one is looked at as soon as it is there. */
export async function tenantTables(pool: Pick<Pool, 'query'>): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
     where n.nspname in ('public', 'ledger') and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  )
  return rows.map(({ name }) => name)
}

/** How many rows each of them has of a workspace. */
export async function countTenantRows(pool: Pick<Pool, 'query'>, workspaceId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of await tenantTables(pool)) {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::int as count from ${name} where workspace_id = $1`,
      [workspaceId],
    )
    counts[name] = rows[0]!.count
  }
  return counts
}
