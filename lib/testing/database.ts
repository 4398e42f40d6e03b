import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, inject } from 'vitest'
import { type Database, openDatabase } from '#lib/platform/database.ts'

export interface TestDatabase {
  /** Logs in as the superuser; name and password are the test run's own. */
  url: string
  database: Database
}

/**
 * A fresh, migrated, empty database, dropped after the file (or the `describe` it is called in). Call it at the top of
 * a `*.db.test.ts` or `*.door.test.ts` file: `const { database, url } = await testDatabase()`.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const url = await createTestDatabase(inject('templateDatabase'))
  const failures: Error[] = []
  const database = openDatabase({ url, applicationName: 'test', onError: (error) => failures.push(error) })
  afterAll(async () => {
    await database.close()
    await dropTestDatabase(url)
  })
  return { url, database }
}

/** An empty database without our tables, dropped after the file. Returns its address. */
export async function emptyDatabase(): Promise<string> {
  const url = await createTestDatabase('template0')
  afterAll(() => dropTestDatabase(url))
  return url
}

async function createTestDatabase(template: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await asOwner(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  return url.href
}

async function dropTestDatabase(url: string): Promise<void> {
  await asOwner(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`)
}

async function asOwner(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
