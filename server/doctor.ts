// Says what is wrong with this installation, and the fix. Changes nothing.
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { AppError } from '#lib/core/errors.ts'
import { findMissingRights } from '#lib/platform/database-rights.ts'
import { checkGivenSecrets, readEnv, readSettings, type Settings } from '#lib/platform/env.ts'
import { explainRefusedConnection } from '#lib/platform/migrate.ts'
import { findEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { findPlace } from '#lib/platform/postgres-place.ts'
import { processIdentity } from '#lib/platform/processes.ts'
import { checkCanary, createSecretBox } from '#lib/platform/secret-box.ts'
import { readSecretsFile } from '#lib/platform/secrets-file.ts'
import { rejectedRecords } from './rejected-records.ts'
import { localOrigin } from './supervisor/banner.ts'
import { type Holder, isAlive, readHolder } from './supervisor/data-folder.ts'
import { childEnvironment } from './supervisor/environment.ts'
import { requireFreePorts, wantedPorts } from './supervisor/ports.ts'
import { askDoor } from './supervisor/readiness.ts'

const diskBytesMin = 1024 ** 3
/** What one more process of ours may open. */
const freeConnectionsMin = 20
/** Leases and windows of limits are counted in seconds. */
const clockOffMsMax = 2_000
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

/** Who was killed left a note, and perhaps processes that are about to end. */
function checkRunning(holder: Holder | undefined): string {
  if (!holder) return 'no'
  if (isAlive(holder)) return `pid ${holder.pid}${holder.studioUrl ? `, ${holder.studioUrl}` : ''}`
  const left = holder.children.filter(({ pid, identity }) => processIdentity(pid) === identity)
  const ending = left.length === 0 ? '' : `; ${left.map(({ name }) => name).join(', ')} of it still end`
  return `no: pid ${holder.pid} was killed${ending}. The next start takes over what it left`
}

/** Each door says itself whether it serves. */
async function checkDoors({ host, port, gatewayPort, dataDir }: Settings): Promise<string> {
  const doors = [
    ['studio', `${localOrigin(host, port)}/api/health/ready`],
    ['gateway', `${localOrigin(host, gatewayPort)}/health/ready`],
  ] as const
  const bad = await Promise.all(
    doors.map(async ([name, url]) => {
      const answer = await askDoor(url)
      if (!answer) return [`The ${name} does not answer at ${url}.`]
      return answer.status === 200 ? [] : [`The ${name} is not ready${whatIsMissing(answer.text)}.`]
    }),
  )
  const told = bad.flat()
  if (told.length > 0) throw wrong(`${told.join(' ')} What each said is in ${join(dataDir, 'logs')}.`)
  return 'studio and gateway are ready'
}

function whatIsMissing(text: string): string {
  try {
    const { missing } = JSON.parse(text) as { missing?: string[] }
    return missing?.length ? `: ${missing.join(', ')}` : ''
  } catch {
    return ''
  }
}

function checkDataFolder(settings: Settings): string {
  const { dataDir } = settings
  if (!existsSync(dataDir)) return `${dataDir} does not exist yet: the first start makes it`
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK)
  } catch {
    throw wrong(`${dataDir} cannot be written by this user. Give it to this user, or set PATCHBAY_DATA_DIR.`)
  }
  const cluster = findPlace({ dataDir, elsewhereDir: settings.postgresDir })?.folder
  for (const folder of [dataDir, ...(cluster ? [cluster] : [])]) {
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize < diskBytesMin)
      throw wrong(`${folder} has less than 1 GB left: calls are refused when its disk is full. Make room.`)
  }
  return dataDir
}

async function checkPorts(settings: Settings, isRunning: boolean): Promise<string> {
  if (isRunning) return 'in use by the running Patchbay'
  await requireFreePorts(wantedPorts(settings))
  return `${settings.port}, ${settings.gatewayPort}${settings.practicePort === 0 ? '' : `, ${settings.practicePort}`} are free`
}

/** Where the database is, or in words why there is none to ask. */
async function findDatabase(settings: Settings, isRunning: boolean): Promise<{ url: string } | string> {
  if (settings.databaseUrl !== undefined) return { url: settings.databaseUrl }
  const hasCluster =
    existsSync(join(settings.dataDir, 'postgres')) || existsSync(join(settings.dataDir, 'postgres.json'))
  if (!hasCluster || !existsSync(join(settings.dataDir, 'secrets.json'))) return 'the first start makes one'
  const found = await findEmbeddedPostgres({
    dataDir: settings.dataDir,
    elsewhereDir: settings.postgresDir,
    password: readSecretsFile(settings.dataDir).postgresPassword,
  })
  if (!found && isRunning)
    throw wrong(
      `Patchbay runs, but its PostgreSQL does not; it is started again by itself. Where it is not: ${settings.dataDir}/postgres (or the folder in postgres.json) has start.log and cluster/log, which say why.`,
    )
  return found ?? 'embedded, not running'
}

/** Everything that the database has to say, each in its own line. */
async function checkDatabase(settings: Settings, isRunning: boolean): Promise<void> {
  let client: pg.Client | undefined
  await check('database', async () => {
    const found = await findDatabase(settings, isRunning)
    if (typeof found === 'string') return found
    client = new pg.Client({ connectionString: found.url, connectionTimeoutMillis: 5_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
    } catch (error) {
      client = undefined
      throw explainRefusedConnection(error)
    }
    const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version') AS version`)
    const { version } = rows[0]!
    if (Number.parseInt(version, 10) < 15) throw wrong(`PostgreSQL ${version} is too old: 15 or newer is needed.`)
    const statements = await findMissingRights(client)
    if (statements.length > 0)
      throw wrong(`This user may not prepare the database. As an administrator, in it: ${statements.join('; ')};`)
    return `PostgreSQL ${version}`
  })
  const asked = client
  if (!asked) return
  try {
    await check('connections', () => checkConnections(asked))
    await check('clock', () => checkClock(asked))
    await check('key opens', () => checkKeyOpens(settings, asked))
  } finally {
    await asked.end().catch(() => undefined)
  }
}

async function checkConnections(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ most: number; used: number }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
       (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used`,
  )
  const { most, used } = rows[0]!
  if (most - used < freeConnectionsMin)
    throw wrong(
      `PostgreSQL has ${used} of ${most} connections in use, which leaves too few. Raise max_connections there, or set GATEWAY_WORKERS lower.`,
    )
  return `${used} of ${most} in use`
}

async function checkClock(client: pg.Client): Promise<string> {
  const askedAtMs = Date.now()
  const { rows } = await client.query<{ ms: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms',
  )
  const offMs = Math.round(rows[0]!.ms - (askedAtMs + Date.now()) / 2)
  if (Math.abs(offMs) > clockOffMsMax)
    throw wrong(
      `The clocks of this machine and of PostgreSQL are ${(Math.abs(offMs) / 1000).toFixed(1)} s apart: budgets and limits go by both. Let a time service set them, for example: timedatectl set-ntp true`,
    )
  return `${Math.abs(offMs)} ms off PostgreSQL's`
}

/** As the start does it, but it seals nothing where nothing was sealed yet. */
async function checkKeyOpens(settings: Settings, client: pg.Client): Promise<string> {
  const { rows: tables } = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('public.settings') IS NOT NULL AS exists`,
  )
  if (!tables[0]!.exists) return 'nothing is sealed yet'
  await client.query('SET ROLE patchbay_system')
  const { rows } = await client.query<{ value: string }>(
    `SELECT value->>'envelope' AS value FROM settings WHERE key = 'canary'`,
  )
  const sealed = rows[0]?.value
  if (sealed === undefined) return 'nothing is sealed yet'
  const env = readEnv(childEnvironment(process.env, settings, readSecretsFile(settings.dataDir), 'postgresql://-/-'))
  await checkCanary(createSecretBox(env.masterKeys), { keep: async () => sealed })
  return 'the stored provider keys'
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
  await check('running', () => checkRunning(holder))
  await check('data folder', () => checkDataFolder(known))
  await check('ports', () => checkPorts(known, isRunning))
  // Commands hold the folder without doors, and a start has none yet.
  if (isRunning && holder.studioUrl) await check('doors', () => checkDoors(known))
  await checkDatabase(known, isRunning && holder.command === 'start')
  await check('records', () => checkRecords(known))
  await check('master key', () => checkMasterKey(known))
}
process.stdout.write(faults === 0 ? '\nNothing to fix.\n' : `\n${faults} to fix.\n`)
process.exit(faults === 0 ? 0 : 1)
