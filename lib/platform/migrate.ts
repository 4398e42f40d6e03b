import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { AppError } from '#lib/core/errors.ts'
import { ensureRoles, findMissingRights } from './database-rights.ts'
import { installQueue } from './queue-install.ts'

/** Prisma's own lock, so that its CLI and this applier never run at once. */
const lockKey = 72707369
const lowestServerVersion = 150_000

export interface Migration {
  name: string
  sql: string
  /** SHA-256 of the file in hexadecimal, as Prisma writes it. */
  checksum: string
}

export interface MigrateOptions {
  /** Of the owner: may create schemas and, on first use, roles. */
  url: string
  /** `prisma/migrations` unless told otherwise. */
  folder?: string
  /** Stops at the schema that these made; every one must be of this release. */
  only?: readonly { name: string; checksum: string }[]
}

/**
 * Brings a database to this release: applies what is missing of `prisma/migrations` (Prisma's layout, table and
 * checksums), each in a transaction, one process at a time, then pg-boss's schema. Returns the names applied.
 * Throws `AppError` (`migration_*`, `database_*`) with what to do; a failed migration leaves nothing behind.
 */
export async function migrate({ url, folder = migrationsFolder(), only }: MigrateOptions): Promise<string[]> {
  const migrations = select(readMigrations(folder), only)
  const client = new pg.Client({
    connectionString: url,
    application_name: 'patchbay migrate',
    connectionTimeoutMillis: 10_000,
  })
  try {
    await client.connect()
  } catch (cause) {
    throw explainRefusedConnection(cause)
  }
  // A server that goes away says so by this event, too; the query that runs then fails of it.
  client.on('error', () => undefined)
  try {
    await requireServer(client)
    // Held by the session: it ends with it, also when this process is killed.
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    await requireRights(client)
    await ensureRoles(client)
    const applied = await applyMissing(client, migrations)
    await installQueue(url, client)
    return applied
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw refuse('migration_failed', `The database could not be prepared: ${(cause as Error).message}`, cause)
  } finally {
    await client.end()
  }
}

/** The migrations of a folder, oldest first. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{14}_/.test(name) && existsSync(join(folder, name, 'migration.sql')))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name, 'migration.sql'))
      return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') }
    })
}

function select(migrations: Migration[], only: MigrateOptions['only']): Migration[] {
  if (only === undefined) return migrations
  const wanted = new Map(only.map(({ name, checksum }) => [name, checksum]))
  const found = migrations.filter(({ name, checksum }) => wanted.get(name) === checksum)
  if (found.length === wanted.size) return found
  const unknown = only.find(({ name }) => !found.some((migration) => migration.name === name))
  throw refuse(
    'migration_unknown',
    `The backup has the migration ${unknown?.name}, which this release does not know: it was made by a newer one. Restore it with that release.`,
  )
}

/** What a database still lacks of this release; all of them where it has none yet. Changes nothing. */
export async function findMissingMigrations(client: Pick<pg.Client, 'query'>): Promise<string[]> {
  const known = await client.query(`SELECT FROM pg_class WHERE oid = to_regclass('public._prisma_migrations')`)
  const { rows } =
    known.rowCount === 0
      ? { rows: [] }
      : await client.query<{ name: string }>('SELECT migration_name AS name FROM public._prisma_migrations')
  return readMigrations(migrationsFolder())
    .map(({ name }) => name)
    .filter((name) => !rows.some((row) => row.name === name))
}

function migrationsFolder(): string {
  return fileURLToPath(new URL('../../prisma/migrations/', import.meta.url))
}

function refuse(code: string, message: string, cause?: unknown): AppError {
  return new AppError({ kind: 'precondition_failed', code, message, cause })
}

async function requireServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; shown: string }>(
    "SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS shown",
  )
  if (Number(rows[0]!.version) < lowestServerVersion) {
    throw refuse(
      'database_version',
      `The database of DATABASE_URL is PostgreSQL ${rows[0]!.shown}; Patchbay needs 15 or newer.`,
    )
  }
}

interface AppliedRow {
  migration_name: string
  checksum: string
  finished_at: Date | null
}

async function applyMissing(client: pg.Client, migrations: Migration[]): Promise<string[]> {
  await client.query(`CREATE TABLE IF NOT EXISTS public._prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
    logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`)
  const { rows } = await client.query<AppliedRow>(
    'SELECT migration_name, checksum, finished_at FROM public._prisma_migrations WHERE rolled_back_at IS NULL',
  )
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  const done = new Set<string>()
  for (const row of rows) {
    const migration = known.get(row.migration_name)
    if (!migration) {
      throw refuse(
        'migration_unknown',
        `The database has the migration ${row.migration_name}, which this release does not know: it was used by a newer one. Start that release, or restore a backup made before it.`,
      )
    }
    if (row.finished_at === null) {
      throw refuse(
        'migration_unfinished',
        `The migration ${row.migration_name} was begun by another tool and never finished. Restore a backup made before it.`,
      )
    }
    if (row.checksum !== migration.checksum) {
      throw refuse(
        'migration_changed',
        `The migration ${row.migration_name} is not the one that was applied to this database. Bring its file back, or start with an empty data folder.`,
      )
    }
    done.add(row.migration_name)
  }
  const missing = migrations.filter((migration) => !done.has(migration.name))
  for (const migration of missing) await apply(client, migration)
  return missing.map((migration) => migration.name)
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const startedAt = new Date()
  await client.query('BEGIN')
  try {
    await client.query("SET LOCAL search_path = public; SET LOCAL lock_timeout = '30s'")
    await client.query(migration.sql)
    await client.query(
      'INSERT INTO public._prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES ($1, $2, $3, $4, now(), 1)',
      [randomUUID(), migration.checksum, migration.name, startedAt],
    )
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw refuse(
      'migration_failed',
      `The migration ${migration.name} failed and was undone: ${(cause as Error).message}`,
      cause,
    )
  }
}

async function requireRights(client: pg.Client): Promise<void> {
  const statements = await findMissingRights(client)
  if (statements.length === 0) return
  throw refuse(
    'migration_privilege',
    `The user of DATABASE_URL may not prepare the database. Let an administrator run in it: ${statements.join('; ')}; and start again.`,
  )
}

/** What a server said to a login that it did not let in; by its code, never by its words. */
export function explainRefusedConnection(cause: unknown): AppError {
  const { message, code } = cause as { message: string; code?: string }
  if (code === '3D000')
    return refuse(
      'database_missing',
      `There is no such database on the server of DATABASE_URL: ${message}. Create it, empty.`,
      cause,
    )
  if (code === '28P01' || code === '28000')
    return refuse(
      'database_login',
      `The server of DATABASE_URL refuses the login: ${message}. Check user and password.`,
      cause,
    )
  return refuse(
    'database_unreachable',
    `The database of DATABASE_URL does not answer: ${message || code}. Check that address, or leave DATABASE_URL out: Patchbay brings a database of its own.`,
    cause,
  )
}
