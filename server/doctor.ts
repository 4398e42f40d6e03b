// Says what is wrong with this installation, and the fix. Changes nothing.
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { AppError } from '#lib/core/errors.ts'
import { checkGivenSecrets, readSettings, type Settings } from '#lib/platform/env.ts'
import { findEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { processIdentity } from '#lib/platform/processes.ts'
import { readSecretsFile } from '#lib/platform/secrets-file.ts'
import { readHolder } from './supervisor/data-folder.ts'
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
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; applied: number; powerful: boolean }>(
      `SELECT current_setting('server_version') AS version, (SELECT count(*)::int FROM pg_roles WHERE rolname IN ('patchbay_app', 'patchbay_system')) AS applied,
        (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS powerful`,
    )
    const { version, applied, powerful } = rows[0]!
    if (Number.parseInt(version, 10) < 15) throw wrong(`PostgreSQL ${version} is too old: 15 or newer is needed.`)
    if (applied < 2 && !powerful) {
      throw wrong(
        'The roles patchbay_app and patchbay_system are missing and this user may not make them. As an administrator: CREATE ROLE patchbay_app NOLOGIN; CREATE ROLE patchbay_system NOLOGIN; GRANT patchbay_app, patchbay_system TO <this user>;',
      )
    }
    return `PostgreSQL ${version}`
  } catch (error) {
    throw error instanceof AppError ? error : wrong(`The database does not answer: ${(error as Error).message}`)
  } finally {
    await client.end().catch(() => undefined)
  }
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
  const isRunning = holder !== undefined && processIdentity(holder.pid) === holder.identity
  await check('running', () =>
    isRunning ? `pid ${holder.pid}${holder.studioUrl ? `, ${holder.studioUrl}` : ''}` : 'no',
  )
  await check('data folder', () => checkDataFolder(known))
  await check('ports', () => checkPorts(known, isRunning))
  await check('database', () => checkDatabase(known))
  await check('master key', () => checkMasterKey(known))
}
process.stdout.write(faults === 0 ? '\nNothing to fix.\n' : `\n${faults} to fix.\n`)
process.exit(faults === 0 ? 0 : 1)
