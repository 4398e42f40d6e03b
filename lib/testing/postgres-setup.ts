import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '#lib/platform/migrate.ts'
import { type EmbeddedPostgres, findEmbeddedPostgres, startEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { processIdentity } from '#lib/platform/processes.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the test run's server; the database in it is empty. */
    postgresUrl: string
    /** Name of the migrated database that every test database is cloned from. */
    templateDatabase: string
  }
}

const password = 'of-a-server-that-lives-for-one-test-run'
const prefix = 'patchbay-test-'
const templateDatabase = 'patchbay_template'

interface Shared {
  users: number
  started: Promise<EmbeddedPostgres>
}

// Each vitest project loads this file anew, in one process: the server is shared through the global object.
const shared = globalThis as { [key: symbol]: Shared | undefined }
const slot = Symbol.for('patchbay.test.postgres')

/** Starts one server for the whole test run, with a migrated template, and ends it after the last project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared[slot] ??= { users: 0, started: start() }
  const current = shared[slot]
  current.users++
  const server = await current.started
  project.provide('postgresUrl', server.url)
  project.provide('templateDatabase', templateDatabase)
  return async () => {
    if (--current.users > 0) return
    shared[slot] = undefined
    await server.stop()
    rmSync(folderOf(process.pid), { recursive: true, force: true })
  }
}

async function start(): Promise<EmbeddedPostgres> {
  await sweep()
  const dataDir = folderOf(process.pid)
  mkdirSync(dataDir)
  chmodSync(dataDir, 0o711)
  const server = await startEmbeddedPostgres({ dataDir, password, durable: false, elsewhereDir: tmpdir() })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(`CREATE DATABASE ${templateDatabase}`)
  await client.end()
  const url = new URL(server.url)
  url.pathname = `/${templateDatabase}`
  await migrate({ url: url.href })
  return server
}

function folderOf(pid: number): string {
  return join(tmpdir(), `${prefix}${pid}`)
}

/** Ends and removes what killed test runs left behind. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN
    if (!Number.isInteger(pid) || processIdentity(pid) !== undefined) continue
    const dataDir = join(tmpdir(), name)
    try {
      const left = existsSync(join(dataDir, 'postgres')) ? await findEmbeddedPostgres({ dataDir, password }) : undefined
      await left?.stop()
      rmSync(dataDir, { recursive: true, force: true })
    } catch {
      // Another user's, or another run is sweeping it.
    }
  }
}
