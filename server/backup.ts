// Everything of an installation in one file, beside running traffic: `patchbay backup FILE [--with-key]`.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '#lib/core/errors.ts'
import { passphraseMin, sealSecrets } from '#lib/platform/backup/secrets.ts'
import { writeBackup } from '#lib/platform/backup/write.ts'
import { readEnv } from '#lib/platform/env.ts'
import { readSecretsFile } from '#lib/platform/secrets-file.ts'
import { runCommand } from './plain-command.ts'
import { readStandardInput } from './standard-input.ts'

const usage = `Usage: npm run -s patchbay -- backup FILE [--with-key]
  --with-key   the master key and the pepper of API keys too, sealed under a passphrase of at least ${passphraseMin}
               characters that is read from standard input. Without it keep secrets.json of the data folder.
`

await runCommand(usage, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'with-key': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) return usage
  const [name] = positionals
  if (positionals.length !== 1 || !name) throw new TypeError('One FILE is needed.')
  // npm changes the folder; the path is meant from where the command was called.
  const file = resolve(process.env.INIT_CWD ?? '.', name)
  if (existsSync(file))
    throw new AppError({ kind: 'conflict', code: 'backup_file', message: `${file} is there already.` })
  const env = readEnv()
  const secrets = values['with-key'] ? sealSecrets(keysOf(env.dataDir), await readPassphrase()) : null
  const { bytes, rows } = await writeBackup({ url: env.databaseUrl, file, now: new Date(), secrets })
  const records = rows['ledger.records'] ?? 0
  const keys =
    secrets === null
      ? `Its sealed values open with the master key in ${resolve(env.dataDir, 'secrets.json')}: keep that file too.`
      : 'Its keys open with the passphrase.'
  return `${file}: ${records.toLocaleString('en')} records, ${(bytes / 1_048_576).toFixed(1)} MB. ${keys}\n`
})

/** As they are in force: what the operator set goes before the file. */
function keysOf(dataDir: string) {
  const { practiceKey } = readSecretsFile(dataDir)
  const { PATCHBAY_MASTER_KEYS, PATCHBAY_KEY_PEPPER, NEXTAUTH_SECRET } = process.env
  return {
    masterKeys: PATCHBAY_MASTER_KEYS!,
    keyPepper: PATCHBAY_KEY_PEPPER!,
    sessionSecret: NEXTAUTH_SECRET!,
    practiceKey,
  }
}

async function readPassphrase(): Promise<string> {
  const passphrase = await readStandardInput()
  if (passphrase.length < passphraseMin)
    throw new TypeError(`The passphrase on standard input has fewer than ${passphraseMin} characters.`)
  return passphrase
}
