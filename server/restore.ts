// Brings a backup into an empty installation: `patchbay restore FILE`. Runs before anything prepared the database.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '#lib/core/errors.ts'
import { readHead } from '#lib/platform/backup/format.ts'
import { restoreBackup } from '#lib/platform/backup/restore.ts'
import { openSecrets } from '#lib/platform/backup/secrets.ts'
import { readEnv } from '#lib/platform/env.ts'
import { readSecretsFile, replaceSecrets } from '#lib/platform/secrets-file.ts'
import { runCommand } from './plain-command.ts'
import { readStandardInput } from './standard-input.ts'
import { prepareDatabase } from './supervisor/database.ts'

const usage = `Usage: npm run -s patchbay -- restore FILE [--with-key]
  Into an empty data folder, or the empty database of DATABASE_URL.
  --with-key   takes the keys of a backup that was made so; the passphrase is read from standard input
`

await runCommand(usage, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'with-key': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) return usage
  const [name] = positionals
  if (positionals.length !== 1 || !name) throw new TypeError('One FILE is needed.')
  const file = resolve(process.env.INIT_CWD ?? '.', name)
  if (!existsSync(file)) throw new AppError({ kind: 'not_found', code: 'backup_file', message: `There is no ${file}.` })
  const env = readEnv()
  const { head, framesAt } = await readHead(file)
  if (values['with-key'] && head.secrets === null)
    throw new AppError({
      kind: 'precondition_failed',
      code: 'backup_without_key',
      message: `${file} was made without --with-key. Put secrets.json of the old data folder into ${env.dataDir} first, and leave the option out.`,
    })
  const keys = values['with-key'] && head.secrets ? openSecrets(head.secrets, await readStandardInput()) : undefined
  const rows = await restoreBackup({ url: env.databaseUrl, file, head, framesAt })
  const isGiven = readSecretsFile(env.dataDir).masterKeys !== process.env.PATCHBAY_MASTER_KEYS
  if (keys) replaceSecrets(env.dataDir, keys)
  const records = (rows['ledger.records'] ?? 0).toLocaleString('en')
  const told = `${records} records and ${(rows['public.models'] ?? 0).toLocaleString('en')} models of ${head.madeAt} are back in ${env.dataDir}.\n`
  if (!keys) return `${told}${await keyAdvice(env.dataDir)}`
  return isGiven ? `${told}PATCHBAY_MASTER_KEYS is set and goes before the keys of the backup.\n` : told

  async function keyAdvice(dataDir: string): Promise<string> {
    try {
      await prepareDatabase(env)
      return ''
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'master_key') throw error
      return `Its secrets were sealed with another master key than that in ${resolve(dataDir, 'secrets.json')}. Bring the old secrets.json back, or start without it: npm run patchbay -- recover --without-master-key\n`
    }
  }
})
