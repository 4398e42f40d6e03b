// Seals every secret anew with the master key in force, beside running traffic: `patchbay rotate-master-key`.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { alertSecrets } from '#lib/alerts/index.ts'
import { payloadKeys } from '#lib/metering/index.ts'
import { rewrapModels } from '#lib/models/index.ts'
import { openPatientPool } from '#lib/platform/database.ts'
import { readEnv } from '#lib/platform/env.ts'
import { keptAnswers } from '#lib/platform/idempotency.ts'
import { rewrapColumn } from '#lib/platform/sealed-rows.ts'
import { canaryStore, createSecretBox, renewCanary } from '#lib/platform/secret-box.ts'
import { readSecretsFile, replaceSecrets } from '#lib/platform/secrets-file.ts'
import { runCommand } from './plain-command.ts'

const usage = `Usage: npm run -s patchbay -- rotate-master-key [--new]
  --new   puts a new key into secrets.json first; where Patchbay runs, start it again before the next step
  Without it everything is sealed anew under the first key of PATCHBAY_MASTER_KEYS, or of secrets.json.
`

await runCommand(usage, async () => {
  const { values } = parseArgs({
    options: { new: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) return usage
  const env = readEnv()
  if (values.new) return addKey(env.dataDir)
  const secrets = createSecretBox(env.masterKeys)
  const pool = openPatientPool({ url: env.databaseUrl, applicationName: 'command' })
  try {
    const parts = [
      await rewrapModels(pool, secrets),
      await rewrapColumn(pool, secrets, payloadKeys),
      await rewrapColumn(pool, secrets, keptAnswers),
    ]
    for (const column of alertSecrets) parts.push(await rewrapColumn(pool, secrets, column))
    // A cache is filled again.
    await pool.query(`delete from ledger.cached_answers where split_part(sealed, '.', 2) <> $1`, [secrets.activeKeyId])
    await renewCanary(
      secrets,
      canaryStore((sql, values) => pool.query(sql, values)),
    )
    const sum = (part: 'rewrapped' | 'unreadable') => parts.reduce((total, each) => total + each[part], 0)
    const left = sum('unreadable')
    if (left > 0) process.exitCode = 1
    const rest =
      left > 0
        ? `${left} could not be opened with any key that is here and stay as they are.`
        : 'Keys behind the first one are not needed any more once every process was started with it.'
    return `${sum('rewrapped')} secrets are sealed under ${secrets.activeKeyId} now. ${rest}\n`
  } finally {
    await pool.end()
  }
})

function addKey(dataDir: string): string {
  const { masterKeys } = readSecretsFile(dataDir)
  const given = process.env.PATCHBAY_MASTER_KEYS
  if (given !== masterKeys)
    throw new TypeError('PATCHBAY_MASTER_KEYS is set: put the new key before the others there, on every machine.')
  const ids = masterKeys.split(',').map((key) => key.split(':')[0]!)
  const numbers = ids.map((id) => Number(/^k(\d+)$/.exec(id)?.[1] ?? 0))
  const id = `k${Math.max(...numbers) + 1}`
  replaceSecrets(dataDir, { masterKeys: `${id}:${randomBytes(32).toString('base64')},${masterKeys}` })
  return `The key ${id} stands first in secrets.json. Start Patchbay again if it runs, then: npm run patchbay -- rotate-master-key\n`
}
