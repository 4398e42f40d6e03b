import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { emptyDatabase } from '#lib/testing/database.ts'
import { migrate, readMigrations } from './migrate.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function migrations(steps: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-migrations-'))
  folders.push(folder)
  for (const [name, sql] of Object.entries(steps)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'migration.sql'), sql)
  }
  return folder
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

const first = '20260101000000_first'
const second = '20260102000000_second'
const roles =
  "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'patchbay_system') THEN CREATE ROLE patchbay_system; END IF; END $$;"

test('eight at once apply each migration once, and a later start applies only what is new', async () => {
  const url = await emptyDatabase()
  const folder = migrations({ [first]: `${roles} CREATE TABLE one (id int)` })
  const applied = await Promise.all(Array.from({ length: 8 }, () => migrate({ url, folder })))
  expect(applied.flat()).toEqual([first])
  mkdirSync(join(folder, second))
  writeFileSync(join(folder, second, 'migration.sql'), 'CREATE TABLE two (id int)')
  expect(await migrate({ url, folder })).toEqual([second])
  expect(await migrate({ url, folder })).toEqual([])
  const rows = await query<{ migration_name: string; checksum: string }>(
    url,
    'SELECT migration_name, checksum FROM _prisma_migrations ORDER BY 1',
  )
  expect(rows).toEqual(readMigrations(folder).map(({ name, checksum }) => ({ migration_name: name, checksum })))
})

test('a migration that fails leaves nothing behind and is told by name', async () => {
  const url = await emptyDatabase()
  const folder = migrations({ [first]: `${roles} CREATE TABLE one (id int); SELECT 1 / 0` })
  await expect(migrate({ url, folder })).rejects.toThrow(
    `The migration ${first} failed and was undone: division by zero`,
  )
  expect(await query(url, "SELECT to_regclass('one')::text AS found")).toEqual([{ found: null }])
})

test('a database of a newer release is refused', async () => {
  const url = await emptyDatabase()
  await migrate({ url, folder: migrations({ [first]: roles, [second]: 'SELECT 1' }) })
  await expect(migrate({ url, folder: migrations({ [first]: roles }) })).rejects.toThrow(/newer one/)
})

test('a migration edited after it was applied is refused', async () => {
  const url = await emptyDatabase()
  await migrate({ url, folder: migrations({ [first]: roles }) })
  await expect(migrate({ url, folder: migrations({ [first]: `${roles} ` }) })).rejects.toThrow(
    /is not the one that was applied/,
  )
})

test('a login that may not make the roles is told what an administrator has to run', async () => {
  const url = await emptyDatabase()
  const login = `login_${new URL(url).pathname.slice(6)}`
  await query(url, `CREATE ROLE ${login} LOGIN PASSWORD 'weak'; GRANT CREATE ON SCHEMA public TO ${login}`)
  const limited = new URL(url)
  limited.username = login
  limited.password = 'weak'
  const folder = migrations({ [first]: 'CREATE ROLE patchbay_never_made' })
  await expect(migrate({ url: limited.href, folder })).rejects.toThrow(/CREATE ROLE patchbay_app NOLOGIN.+start again/)
  await query(url, `DROP OWNED BY ${login}; DROP ROLE ${login}`)
})

test('a server that does not answer is told as such', async () => {
  await expect(migrate({ url: 'postgresql://a:b@127.0.0.1:1/c' })).rejects.toMatchObject({
    code: 'database_unreachable',
  })
})
