import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { writeBackup } from '#lib/platform/backup/write.ts'
import type { Env, Settings } from '#lib/platform/env.ts'
import { findMissingMigrations, migrate } from '#lib/platform/migrate.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { canaryStore, checkCanary, createSecretBox } from '#lib/platform/secret-box.ts'
import type { SecretsFile } from '#lib/platform/secrets-file.ts'

export interface RunningDatabase {
  url: string
  /** Set where the database is the embedded one. */
  embedded: EmbeddedPostgres | undefined
}

/** The operator's database, or the embedded one, started or adopted. */
export async function startDatabase(
  settings: Settings,
  secrets: SecretsFile,
  preferredPort?: number,
): Promise<RunningDatabase> {
  if (settings.databaseUrl !== undefined) return { url: settings.databaseUrl, embedded: undefined }
  const embedded = await startEmbeddedPostgres({
    dataDir: settings.dataDir,
    elsewhereDir: settings.postgresDir,
    password: secrets.postgresPassword,
    preferredPort,
  })
  return { url: embedded.url, embedded }
}

const backupsMax = 3

/**
 * Brings the database to this release, with a backup of what is in it before its tables change, refuses one that was sealed
 * with other master keys, and says whether somebody has claimed the installation.
 */
export async function prepareDatabase({
  databaseUrl: url,
  masterKeys,
  dataDir,
}: Pick<Env, 'databaseUrl' | 'masterKeys' | 'dataDir'>): Promise<{ claimed: boolean }> {
  const isUsed = await backUpBeforeUpgrade(url, join(dataDir, 'backups'))
  const begunMs = performance.now()
  const applied = await migrate({ url })
  if (isUsed && applied.length > 0)
    process.stderr.write(
      `The database was brought to this release in ${((performance.now() - begunMs) / 1_000).toFixed(1)} s: ${applied.join(', ')}\n`,
    )
  const client = new pg.Client({
    connectionString: url,
    options: '-c role=patchbay_system',
    connectionTimeoutMillis: 10_000,
  })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await checkCanary(
      createSecretBox(masterKeys),
      canaryStore((sql, values) => client.query(sql, values)),
    )
    const { rowCount } = await client.query('SELECT 1 FROM users LIMIT 1')
    return { claimed: rowCount === 1 }
  } finally {
    await client.end()
  }
}

/** Of an installation that somebody uses, where its tables are about to change: then true. The newest few are kept. */
async function backUpBeforeUpgrade(url: string, folder: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch {
    // The migration says better what is wrong.
    return false
  }
  try {
    const known = await client.query(`SELECT FROM pg_class WHERE oid = to_regclass('public.users')`)
    if (known.rowCount === 0 || (await findMissingMigrations(client)).length === 0) return false
    await client.query('SET ROLE patchbay_system')
    if ((await client.query('SELECT FROM users LIMIT 1')).rowCount === 0) return false
  } finally {
    await client.end()
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const now = new Date()
  const file = join(folder, `before-upgrade-${now.toISOString().replace(/[:.]/g, '-')}.backup`)
  await writeBackup({ url, file, now, secrets: null })
  process.stderr.write(
    `The database was backed up before the upgrade: ${file}\nIts tables change now, which may take a minute for some ten million requests.\n`,
  )
  const older = readdirSync(folder).filter((name) => name.startsWith('before-upgrade-') && name.endsWith('.backup'))
  for (const name of older.sort().slice(0, -backupsMax)) rmSync(join(folder, name))
  return true
}
