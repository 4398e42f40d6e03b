import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { emptyDatabase } from '#lib/testing/database.ts'
import { migrate, readMigrations } from './migrate.ts'
import { startEmbeddedPostgres } from './postgres.ts'

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

/** The same database as another login. */
function as(login: string, url: string, database = new URL(url).pathname): string {
  const other = new URL(url)
  other.username = login
  other.password = 'weak'
  other.pathname = database
  return other.href
}

test('a login without rights is told what an administrator has to run, and that is all it needs', async () => {
  const url = await emptyDatabase()
  const name = new URL(url).pathname.slice(1)
  const login = `login_${name.slice(5)}`
  await query(url, `CREATE ROLE ${login} LOGIN PASSWORD 'weak'`)
  const folder = migrations({ [first]: 'CREATE TABLE one (id int)' })
  const told = [
    `GRANT patchbay_app TO ${login}`,
    `GRANT patchbay_system TO ${login}`,
    `GRANT CREATE ON DATABASE ${name} TO ${login}`,
    `GRANT USAGE, CREATE ON SCHEMA public TO ${login}`,
  ].join('; ')
  await expect(migrate({ url: as(login, url), folder })).rejects.toMatchObject({
    code: 'migration_privilege',
    message: expect.stringContaining(told),
  })
  await query(url, told)
  expect(await migrate({ url: as(login, url), folder })).toEqual([first])
  await query(url, `DROP OWNED BY ${login}; DROP ROLE ${login}`)
})

test('a login that may make roles, without being a superuser, prepares its own database on a fresh server', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-migrations-'))
  folders.push(dataDir)
  // As root the server runs as another user, who has to pass.
  chmodSync(dataDir, 0o711)
  const server = await startEmbeddedPostgres({ dataDir, password: 'of this test alone', durable: false })
  try {
    await query(server.url, "CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'weak'")
    await query(server.url, 'CREATE DATABASE made OWNER maker')
    const url = as('maker', server.url, '/made')
    expect(await migrate({ url })).not.toEqual([])
    expect(await migrate({ url })).toEqual([])
    await query(url, 'SET ROLE patchbay_app; RESET ROLE; SET ROLE patchbay_system')
    // A login that may not make roles is told to have those made that are missing.
    await query(server.url, "CREATE ROLE plain LOGIN PASSWORD 'weak'")
    await query(server.url, 'DROP DATABASE made')
    await query(server.url, 'DROP ROLE patchbay_app; DROP ROLE patchbay_system')
    await query(server.url, 'CREATE DATABASE made OWNER plain')
    await expect(migrate({ url: as('plain', server.url, '/made') })).rejects.toThrow(
      'CREATE ROLE patchbay_app NOLOGIN; CREATE ROLE patchbay_system NOLOGIN; GRANT patchbay_app TO plain; GRANT patchbay_system TO plain; and start again.',
    )
  } finally {
    await server.stop()
  }
})

test('a database that is not there and a wrong password are each told as such', async () => {
  const url = await emptyDatabase()
  const missing = new URL(url)
  missing.pathname = '/nowhere'
  await expect(migrate({ url: missing.href })).rejects.toMatchObject({ code: 'database_missing' })
  const wrong = new URL(url)
  wrong.password = 'wrong'
  await expect(migrate({ url: wrong.href })).rejects.toMatchObject({ code: 'database_login' })
})

test('a server that does not answer is told as such', async () => {
  await expect(migrate({ url: 'postgresql://a:b@127.0.0.1:1/c' })).rejects.toMatchObject({
    code: 'database_unreachable',
  })
})
