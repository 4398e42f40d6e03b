import pg from 'pg'
import { findEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { readSecretsFile } from '#lib/platform/secrets-file.ts'
import { at } from '../fixtures.ts'

/** Makes the database of the installation under test slow or unwilling, one table at a time. */
export interface Trouble {
  /** Whoever reads the table waits, up to the ten seconds of our own lock timeout. Returns what ends it. */
  hold(table: string): Promise<() => Promise<void>>
  /** Reading the table for a workspace fails at once. Returns what ends it. */
  refuse(table: string): Promise<() => Promise<void>>
  end(): Promise<void>
}

export async function makeTrouble(dataDir = at.dataDir): Promise<Trouble> {
  const { postgresPassword } = readSecretsFile(dataDir)
  const postgres = await findEmbeddedPostgres({ dataDir, password: postgresPassword })
  if (!postgres) throw new Error(`no database runs on ${dataDir}`)
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  return {
    async hold(table) {
      await client.query('BEGIN')
      await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
      return async () => void (await client.query('ROLLBACK'))
    },
    async refuse(table) {
      await client.query(`REVOKE SELECT ON ${table} FROM patchbay_app`)
      return async () => void (await client.query(`GRANT SELECT ON ${table} TO patchbay_app`))
    },
    end: () => client.end(),
  }
}
