// Goes on with data whose master key is lost: `patchbay recover --without-master-key`.
import { parseArgs } from 'node:util'
import { AppError } from '#lib/core/errors.ts'
import { loseSecrets } from '#lib/models/index.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { openDatabase } from '#lib/platform/database.ts'
import { readEnv } from '#lib/platform/env.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { canaryStore, checkCanary, createSecretBox, renewCanary } from '#lib/platform/secret-box.ts'
import { createTenancy } from '#lib/tenancy/index.ts'
import { runCommand } from './plain-command.ts'

const usage = `Usage: npm run -s patchbay -- recover --without-master-key
  For data whose master key is gone for good. Provider keys have to be entered again, each once for all models that
  share it; addresses and secrets of alert channels too; prompts and answers that were kept are lost; everything else stays. Stop Patchbay first.
`

await runCommand(usage, async () => {
  const { values } = parseArgs({
    options: { 'without-master-key': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) return usage
  if (!values['without-master-key']) throw new TypeError('--without-master-key is needed: nothing else is recovered.')
  const env = readEnv()
  await migrate({ url: env.databaseUrl })
  const database = openDatabase({ url: env.databaseUrl, applicationName: 'command' })
  const secrets = createSecretBox(env.masterKeys)
  try {
    const { pool } = database
    const store = canaryStore((sql, values) => pool.query(sql, values))
    if (await opens()) return 'The master key opens this database: there is nothing to recover.\n'
    const tenancy = createTenancy({
      ...{ database, secrets, clock: systemClock, pepper: env.keyPepper, claimCode: null, fixedEndpoints: [] },
      parseEntry: (text) => text,
    })
    let models = 0
    const { rows } = await pool.query<{ id: string }>('select id from workspaces order by id')
    for (const { id } of rows) models += await loseSecrets(await tenancy.jobScope(id, 'recover'))
    await pool.query('update alert_channels set sealed_url = null, sealed_secret = null')
    await pool.query('delete from ledger.payload_keys')
    await pool.query('delete from ledger.cached_answers')
    await pool.query('update ledger.idempotency set sealed = null where sealed is not null')
    // Last: until here a repetition begins anew.
    await renewCanary(secrets, store)
    return `${models} models need their key again; each has a notice in the studio. API keys work as long as PATCHBAY_KEY_PEPPER (in secrets.json) is the old one: where it is gone too, make new ones.\n`

    async function opens(): Promise<boolean> {
      try {
        await checkCanary(secrets, store)
        return true
      } catch (error) {
        if (error instanceof AppError && error.code === 'master_key') return false
        throw error
      }
    }
  } finally {
    await database.close()
  }
})
