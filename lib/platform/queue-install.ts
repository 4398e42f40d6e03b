import type pg from 'pg'
import { PgBoss } from 'pg-boss'

export const queueSchema = 'pgboss'

/**
 * Makes or upgrades pg-boss's schema, owned by `patchbay_system`, who works the queues. Called by the migration, under
 * its lock, so that no other process ever changes tables.
 */
export async function installQueue(url: string, owner: pg.Client): Promise<void> {
  const { rows } = await owner.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [queueSchema])
  if (rows.length === 0) await owner.query(`CREATE SCHEMA ${queueSchema} AUTHORIZATION patchbay_system`)
  await owner.query('SET ROLE patchbay_system')
  try {
    const boss = new PgBoss({
      connectionString: url,
      db: { executeSql: (text, values) => owner.query(text, values as unknown[]) },
      schema: queueSchema,
      createSchema: false,
      supervise: false,
      schedule: false,
      registerInstance: false,
    })
    const failures: Error[] = []
    boss.on('error', (error) => failures.push(error))
    await boss.start()
    await boss.stop({ graceful: false })
    if (failures[0]) throw failures[0]
  } finally {
    await owner.query('RESET ROLE')
  }
}
