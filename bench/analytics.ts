/**
 * `npm run bench -- analytics`: whether pages stay fast, small and exact on ten million records. The verbs are those that
 * pages call; the records are made-up traffic. With `--folder` the database is kept there and used again.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { newId } from '#lib/core/ids.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { type Database, openDatabase, openPatientPool } from '#lib/platform/database.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { startEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { seedTraffic } from '#lib/scenarios/index.ts'
import { createTenancy, type Scope } from '#lib/tenancy/index.ts'
import { type Measured, measureAll } from './analytics-cases.ts'

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '10000000' },
    days: { type: 'string', default: '30' },
    /** Part of the name of the cases to run. */
    case: { type: 'string', default: '' },
    folder: { type: 'string' },
  },
})

const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'patchbay-bench-'))
mkdirSync(folder, { recursive: true })
// As root the database runs as another user, who has to pass.
chmodSync(folder, 0o711)
const passwordFile = join(folder, 'password')
if (!existsSync(passwordFile)) writeFileSync(passwordFile, randomBytes(18).toString('hex'), { mode: 0o600 })
const postgres = await startEmbeddedPostgres({
  ...{ dataDir: folder, elsewhereDir: tmpdir() },
  password: readFileSync(passwordFile, 'utf8'),
})
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)))
try {
  await migrate({ url: postgres.url })
  const pool = openPatientPool({ url: postgres.url, applicationName: 'bench' })
  const workspaceId = await fill(pool)
  const database = openDatabase({ url: postgres.url, applicationName: 'bench' })
  const scope = await openScope(database, workspaceId)
  console.log(
    `\nNode ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Postgres as Patchbay starts it.\n`,
  )
  const missed: string[] = []
  for await (const measured of measureAll({ pool, scope, database, folder, only: options.case })) {
    console.log(lineOf(measured))
    if (measured.isMet === false) missed.push(measured.name)
  }
  await database.close()
  await pool.end()
  if (missed.length > 0) console.log(`\nMissed: ${missed.join(', ')}`)
  process.exitCode = missed.length === 0 ? 0 : 1
} finally {
  await cleanUp()
}

async function cleanUp(): Promise<void> {
  await postgres.stop()
  if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
}

/** The workspace that holds the records, filled where it is not yet. */
async function fill(pool: pg.Pool): Promise<string> {
  const input = { records: Number(options.records), days: Number(options.days), seed: 7 }
  const doneFile = join(folder, 'done')
  await pool.query(
    `insert into workspaces (id, slug, name, time_zone) values ($1, 'bench', 'Bench', 'Europe/Berlin') on conflict (slug) do nothing`,
    [newId('wsp')],
  )
  const found = await pool.query<{ id: string; made_ms: number }>(
    `select id, extract(epoch from created_at)::float8 * 1000 as made_ms from workspaces where slug = 'bench'`,
  )
  const { id: workspaceId, made_ms: untilMs } = found.rows[0]!
  if (existsSync(doneFile)) return workspaceId
  const begunMs = performance.now()
  // What was cut off goes on: the time of the workspace's making is that of the last record.
  for await (const { day, records } of seedTraffic(pool, { workspaceId, ...input, untilMs, resumes: true }))
    console.log(`${day}  ${records} records, ${seconds(begunMs)} s`)
  const owner = new pg.Client({ connectionString: postgres.url })
  await owner.connect()
  // As autovacuum does by itself a little later.
  await owner.query('vacuum analyze ledger.records')
  await owner.query('vacuum analyze ledger.usage_quarter, ledger.usage_day, ledger.latency_hour, ledger.latency_day')
  await owner.end()
  writeFileSync(doneFile, '')
  console.log(`${input.records} records made in ${seconds(begunMs)} s`)
  return workspaceId
}

function openScope(database: Database, workspaceId: string): Promise<Scope> {
  const tenancy = createTenancy({
    ...{ database, clock: systemClock, pepper: 'bench', claimCode: null, fixedEndpoints: [] },
    secrets: createSecretBox([{ id: 'bench', key: randomBytes(32) }]),
    parseEntry: (text) => text,
  })
  return tenancy.jobScope(workspaceId, 'bench')
}

function seconds(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1_000).toFixed(1)
}

function lineOf({ name, figure, bar, isMet }: Measured): string {
  const verdict = isMet === undefined ? '' : isMet ? 'met' : 'MISSED'
  return `  ${name.padEnd(46)} ${figure.padStart(22)}  ${bar.padEnd(20)} ${verdict}`
}
