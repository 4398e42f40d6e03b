import pg from 'pg'
import type { Env, Settings } from '#lib/platform/env.ts'
import { migrate } from '#lib/platform/migrate.ts'
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

/**
 * Brings the database to this release, refuses one that was sealed with other master keys, and says whether somebody
 * has claimed the installation.
 */
export async function prepareDatabase({
  databaseUrl: url,
  masterKeys,
}: Pick<Env, 'databaseUrl' | 'masterKeys'>): Promise<{ claimed: boolean }> {
  await migrate({ url })
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
