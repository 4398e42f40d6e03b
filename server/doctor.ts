// Says what is wrong with this installation, and the fix. Changes nothing.
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { AppError } from '#lib/core/errors.ts'
import { findMissingRights } from '#lib/platform/database-rights.ts'
import { checkGivenSecrets, readSettings, type Settings } from '#lib/platform/env.ts'
import { explainRefusedConnection } from '#lib/platform/migrate.ts'
import { findEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { readSecretsFile } from '#lib/platform/secrets-file.ts'
import { rejectedRecords } from './rejected-records.ts'
import { isAlive, readHolder } from './supervisor/data-folder.ts'
import { requireFreePorts, wantedPorts } from './supervisor/ports.ts'

const diskBytesMin = 1024 ** 3
let faults = 0

async function check(name: string, look: () => Promise<string> | string): Promise<void> {
  try {
    process.stdout.write(`  ok   ${name.padEnd(14)} ${await look()}\n`)
  } catch (error) {
    faults++
    process.stdout.write(
      `  FIX  ${name.padEnd(14)} ${(error as Error).message.split('\n').join('\n                      ')}\n`,
    )
  }
}

function wrong(message: string): AppError {
  return new AppError({ kind: 'precondition_failed', code: 'doctor', message })
}

function checkDataFolder({ dataDir }: Settings): string {
  if (!existsSync(dataDir)) return `${dataDir} does not exist yet: the first start makes it`
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK)
  } catch {
    throw wrong(`${dataDir} cannot be written by this user. Give it to this user, or set PATCHBAY_DATA_DIR.`)
  }
  const { bavail, bsize } = statfsSync(dataDir)
  if (bavail * bsize < diskBytesMin)
    throw wrong(`${dataDir} has less than 1 GB left: calls are refused when its disk is full. Make room.`)
  return dataDir
}

async function checkPorts(settings: Settings, isRunning: boolean): Promise<string> {
  if (isRunning) return 'in use by the running Patchbay'
  await requireFreePorts(wantedPorts(settings))
  return `${settings.port}, ${settings.gatewayPort}${settings.practicePort === 0 ? '' : `, ${settings.practicePort}`} are free`
}

async function checkDatabase(settings: Settings): Promise<string> {
  let url = settings.databaseUrl
  if (url === undefined) {
    if (!existsSync(join(settings.dataDir, 'secrets.json'))) return 'the first start makes one'
    const hasCluster =
      existsSync(join(settings.dataDir, 'postgres')) || existsSync(join(settings.dataDir, 'postgres.json'))
    if (!hasCluster) return 'the first start makes one'
    const found = await findEmbeddedPostgres({
      dataDir: settings.dataDir,
      elsewhereDir: settings.postgresDir,
      password: readSecretsFile(settings.dataDir).postgresPassword,
    })
    if (!found) return 'embedded, not running'
    url = found.url
  }
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw explainRefusedConnection(error)
  }
  try {
    const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version') AS version`)
    const { version } = rows[0]!
    if (Number.parseInt(version, 10) < 15) throw wrong(`PostgreSQL ${version} is too old: 15 or newer is needed.`)
    const statements = await findMissingRights(client)
    if (statements.length > 0)
      throw wrong(`This user may not prepare the database. As an administrator, in it: ${statements.join('; ')};`)
    return `PostgreSQL ${version}`
  } finally {
    await client.end().catch(() => undefined)
  }
}

function checkRecords({ dataDir }: Settings): string {
  const rejected = rejectedRecords(join(dataDir, 'spool'))
  if (rejected !== null) throw wrong(rejected)
  return 'none was refused by Postgres'
}

function checkMasterKey(settings: Settings): string {
  checkGivenSecrets(process.env)
  if (process.env.PATCHBAY_MASTER_KEYS?.trim()) return 'from PATCHBAY_MASTER_KEYS'
  if (!existsSync(join(settings.dataDir, 'secrets.json'))) return 'the first start makes one'
  readSecretsFile(settings.dataDir)
  return `in ${join(settings.dataDir, 'secrets.json')}: back it up, without it the stored provider keys are lost`
}

let settings: Settings | undefined
await check('environment', () => {
  settings = readSettings(process.env)
  return `mode ${settings.mode}, ${settings.host}`
})
if (settings) {
  const known = settings
  const holder = readHolder(known.dataDir)
  const isRunning = holder !== undefined && isAlive(holder)
  await check('running', () =>
    isRunning ? `pid ${holder.pid}${holder.studioUrl ? `, ${holder.studioUrl}` : ''}` : 'no',
  )
  await check('data folder', () => checkDataFolder(known))
  await check('ports', () => checkPorts(known, isRunning))
  await check('database', () => checkDatabase(known))
  await check('records', () => checkRecords(known))
  await check('master key', () => checkMasterKey(known))
}
process.stdout.write(faults === 0 ? '\nNothing to fix.\n' : `\n${faults} to fix.\n`)
process.exit(faults === 0 ? 0 : 1)
