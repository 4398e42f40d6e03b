import pg from 'pg'
import { expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testTenancy } from '#lib/testing/tenancy.ts'
import { countTenantRows, tenantTables } from '#lib/testing/tenant-rows.ts'
import { forgetDeletedWorkspaces } from './index.ts'

const { database, url } = await testDatabase()
const { pool } = database
const { tenancy, workspace } = testTenancy(database)

/** One row in every table, three records, as if each referred to the others of the workspace. */
async function fill(workspaceId: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Any value will do here, and references of rows made out of order are looked at when they are deleted.
    await client.query(
      `do $$ declare c record; begin for c in select conrelid::regclass as t, conname as n from pg_constraint
         where contype = 'c' and conislocal and connamespace in ('public'::regnamespace, 'ledger'::regnamespace) loop execute format('alter table %s drop constraint %I', c.t, c.n); end loop; end $$`,
    )
    await client.query("set session_replication_role = 'replica'")
    for (const at of ['2026-03-10T08:00:00Z', '2026-03-10T09:00:00Z', '2025-01-01T00:00:00Z'])
      await client.query(
        `insert into ledger.records (started_at, id, workspace_id, source, actor_kind, actor_id, endpoint, outcome) values ($1, $2, $3, 'gateway', 'key', 'k', 'e', 'ok')`,
        [at, newId('req', Date.parse(at)), workspaceId],
      )
    for (const name of await tenantTables(client)) {
      const { rows } = await client.query<{ column: string; type: string; category: string }>(
        `select a.attname as column, t.typname as type, t.typcategory as category from pg_attribute a join pg_type t on t.oid = a.atttypid
         where a.attrelid = $1::regclass and a.attnum > 0 and a.attnotnull and not a.atthasdef order by a.attnum`,
        [name],
      )
      const values = rows.map(({ column, type, category }) => {
        if (column === 'id' || column.endsWith('_id')) return workspaceId
        if (category === 'N') return 1
        if (category === 'D') return '2026-03-10'
        if (category === 'A') return '{}'
        if (category === 'B') return true
        return type === 'jsonb' ? '{}' : `x ${workspaceId}`
      })
      const [columns, places] = [rows.map(({ column }) => `"${column}"`), rows.map((_, index) => `$${index + 1}`)]
      await client
        .query(
          `insert into ${name} (${columns.join(', ')}) values (${places.join(', ')}) on conflict do nothing`,
          values,
        )
        .catch((error: unknown) => {
          throw new Error(`${name}: ${String(error)}`)
        })
    }
  } finally {
    await client.end()
  }
}

const countsOf = (workspaceId: string) => countTenantRows(pool, workspaceId)

test('no table keeps a row of a deleted workspace but the audit, and another one keeps all of its own', async () => {
  const [gone, kept] = [await workspace(), await workspace()]
  for (const { view } of [gone, kept]) await fill(view.id)
  const full = await countsOf(kept.view.id)
  expect(Object.entries(full).filter(([, count]) => count === 0)).toEqual([])
  expect(await forgetDeletedWorkspaces(pool)).toBe(0)

  await tenancy.deleteWorkspace(gone.scope, { confirmation: gone.view.slug })
  await expect(tenancy.deleteWorkspace(gone.scope, { confirmation: gone.view.slug })).rejects.toMatchObject({
    kind: 'not_found',
  })
  await forgetDeletedWorkspaces(pool, { rowsMax: 2 })
  expect(Object.entries(await countsOf(gone.view.id)).filter(([, count]) => count > 0)).toEqual([
    ['public.audits', expect.any(Number)],
  ])
  expect((await pool.query('select from workspaces where id = $1', [gone.view.id])).rowCount).toBe(0)
  expect(await countsOf(kept.view.id)).toEqual(full)

  // A call that ended after that.
  await pool.query(
    `insert into ledger.records (started_at, id, workspace_id, source, actor_kind, actor_id, endpoint, outcome) values ('2026-03-10', $1, $2, 'gateway', 'key', 'k', 'e', 'ok')`,
    [newId('req'), gone.view.id],
  )
  expect(await forgetDeletedWorkspaces(pool)).toBe(1)
})

test('a deleted workspace is out of reach at once: for people, for jobs, and its name is free', async () => {
  const { scope, view, owner } = await workspace()
  await tenancy.deleteWorkspace(scope, { confirmation: view.slug })
  await expect(tenancy.scopeForPerson(owner, view.slug)).rejects.toMatchObject({ kind: 'not_found' })
  await expect(tenancy.jobScope(view.id, 'test')).rejects.toMatchObject({ kind: 'not_found' })
  expect((await tenancy.createWorkspace(owner, { name: 'Again', slug: view.slug })).id).not.toBe(view.id)
})

test('a workspace of examples is removed by an admin without its name; another one is not', async () => {
  const { scope, view } = await workspace()
  await expect(tenancy.removeDemo(scope)).rejects.toMatchObject({ code: 'no_demo' })
  await pool.query('update workspaces set demo = true where id = $1', [view.id])
  await expect(tenancy.removeDemo({ ...scope, role: 'developer' })).rejects.toMatchObject({ code: 'role_too_low' })
  await tenancy.removeDemo(scope)
  await expect(tenancy.getWorkspace(scope)).resolves.toMatchObject({ slug: view.id })
  expect(await tenancy.removeDemoByCommand({ id: 'req_test', address: '' })).toBe(null)
})
