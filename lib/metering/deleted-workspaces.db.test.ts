import { expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addWorkspace } from '#lib/testing/ledger.ts'
import { forgetDeletedWorkspaces, keepPartitions } from './index.ts'

const { database } = await testDatabase()
const { pool } = database
const clock = testClock(Date.UTC(2026, 2, 10, 12))

async function ledgerTables(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
     where c.relnamespace = 'ledger'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  )
  return rows.map(({ name }) => name)
}

/** One row in every table, three records; in a partition of its day and in the default one. */
async function fill(workspaceId: string): Promise<void> {
  for (const at of ['2026-03-10T08:00:00Z', '2026-03-10T09:00:00Z', '2025-01-01T00:00:00Z']) {
    await pool.query(
      `insert into ledger.records (started_at, id, workspace_id, source, actor_kind, actor_id, endpoint, outcome) values ($1, $2, $3, 'gateway', 'key', 'k', 'e', 'ok')`,
      [at, newId('req', Date.parse(at)), workspaceId],
    )
  }
  const { rows } = await pool.query<{ name: string; columns: string; values: string }>(
    `select c.relname as name, string_agg(quote_ident(a.attname), ', ') as columns, string_agg(
       case when a.attname in ('workspace_id', 'id', 'payload_id') then '$1'
         when a.attname = 'author_kind' then quote_literal('user') when a.attname = 'mode' then quote_literal('ran')
         when t.typcategory = 'N' then '1' when t.typcategory = 'D' then quote_literal('2026-03-10') when t.typcategory = 'S' or t.typname = 'bytea' then quote_literal('x') end, ', ') as values
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and a.attnotnull and not a.atthasdef join pg_type t on t.oid = a.atttypid
     where c.relnamespace = 'ledger'::regnamespace and c.relkind = 'r' and not c.relispartition
       and exists (select from pg_attribute w where w.attrelid = c.oid and w.attname = 'workspace_id')
     group by c.relname order by c.relname desc`,
  )
  for (const { name, columns, values } of rows)
    await pool.query(`insert into ledger.${name} (${columns}) values (${values})`, [workspaceId])
}

async function countsOf(workspaceId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of await ledgerTables()) {
    const { rows } = await pool.query(`select count(*)::int as count from ledger.${name} where workspace_id = $1`, [
      workspaceId,
    ])
    counts[name] = rows[0].count
  }
  return counts
}

test('every row that the ledger holds of a deleted workspace goes, in bounded steps, and none of another one', async () => {
  await keepPartitions(pool, clock, { daysAhead: 0, retentionDays: 1000 })
  const [gone, kept] = [await addWorkspace(pool), await addWorkspace(pool)]
  for (const id of [gone, kept]) await fill(id)
  const full = await countsOf(kept)
  expect(Object.values(full).every((count) => count > 0)).toBe(true)
  expect(await forgetDeletedWorkspaces(pool)).toBe(0)
  await pool.query('delete from workspaces where id = $1', [gone])
  const sum = Object.values(await countsOf(gone)).reduce((all, count) => all + count, 0)
  expect(await forgetDeletedWorkspaces(pool, { rowsMax: 2 })).toBe(sum)
  expect(Object.values(await countsOf(gone)).every((count) => count === 0)).toBe(true)
  expect(await countsOf(kept)).toEqual(full)
})
