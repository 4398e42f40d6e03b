/**
 * `npm run bench`: what one call costs in CPU time of the gateway's own process, next to the least that a relay in Node
 * can cost. Key, ledger and rollups are on; what is written after the answers is counted too.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { newId } from '#lib/core/ids.ts'
import { readEnv } from '#lib/platform/env.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { startEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { createRuntime } from '#lib/runtime.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { generator, putLoad } from './load.ts'
import { cpuMicros, startProcess, stopAll, waitFor, waitUntilIdle } from './processes.ts'
import { startUpstream, upstreamName } from './upstream.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '32' },
    /** Part of the name of the case to run. */
    case: { type: 'string', default: '' },
    /** A folder for CPU profiles of the fast door. */
    profile: { type: 'string' },
  },
})
const root = join(import.meta.dirname, '..')
const slug = 'bench'
/** Of the practice provider, which takes no call without one. */
const upstreamKey = 'sk-practice-bench00000001'
/** Of `gateway.md`: the fast door against the bare relay. */
const targetRatio = 2.5

const message = {
  role: 'user',
  content:
    'In one paragraph: what is a patch bay, where do people use one, and why would "patching" be a good picture for what a gateway does?',
}
const long = { role: 'user', content: 'Line one,\n\t"quoted" and é 漢字 – escaped.\n'.repeat(46) }
const cases = {
  'whole answer, 0.4 KB in': [
    {
      role: 'system',
      content: 'Answer shortly and plainly, without lists and without headings, in the language of the question.',
    },
    message,
  ],
  '100 KB in, 50 messages': Array.from({ length: 50 }, () => long),
}

interface Door {
  name: string
  url: string
  pid: number
  headers: Record<string, string>
}

const folder = mkdtempSync(join(tmpdir(), 'patchbay-bench-'))
chmodSync(folder, 0o711)
const password = randomBytes(18).toString('hex')
const postgres = await startEmbeddedPostgres({ dataDir: folder, password, elsewhereDir: tmpdir() })
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)))
try {
  await migrate({ url: postgres.url })
  const upstreamUrl = await startUpstream(folder)
  const studioPort = await freePort()
  const gatewayPort = await freePort()
  const variables: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(studioPort),
    GATEWAY_PORT: String(gatewayPort),
    GATEWAY_WORKERS: '1',
    DATABASE_URL: postgres.url,
    PATCHBAY_DATA_DIR: folder,
    PATCHBAY_ALLOWED_ENDPOINTS: new URL(upstreamUrl).host,
    PATCHBAY_MASTER_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    NEXTAUTH_SECRET: randomBytes(36).toString('base64'),
    PATCHBAY_KEY_PEPPER: randomBytes(36).toString('base64'),
    PATCHBAY_LOG_LEVEL: 'warn',
  }
  const key = await setUp(variables, upstreamUrl)
  const doors = await startDoors(variables, upstreamUrl, key, studioPort, gatewayPort)
  await measure(doors)
} finally {
  await cleanUp()
}

async function cleanUp(): Promise<void> {
  await stopAll()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** A workspace with a key and a priced model that leads to the upstream. Returns the key. */
async function setUp(variables: NodeJS.ProcessEnv, upstreamUrl: string): Promise<string> {
  const env = readEnv(variables)
  const runtime = await createRuntime(env, 'command')
  const { apiKey, workspace } = await runtime.tenancy.initialise(
    { email: 'bench@patchbay.example', password: randomBytes(12).toString('hex'), workspace: 'bench' },
    { id: newId('req'), address: '127.0.0.1' },
  )
  const { pool } = runtime.database
  const { rows } = await pool.query<{ id: string }>('select id from workspaces where slug = $1', [workspace])
  const [workspaceId, modelId] = [rows[0]!.id, newId('mdl')]
  const place = { purpose: 'provider-key', workspaceId, table: 'models', row: modelId, field: 'sealed_key' }
  const sealedKey = createSecretBox(env.masterKeys).seal(upstreamKey, place)
  await pool.query(
    `insert into models (id, workspace_id, type, name, slug, model_id, region, base_url, host, key_header, sealed_key)
     values ($1, $2, 'chat', 'Bench', $3, 'practice-instant', 'own', $4, $5, 'authorization', $6)`,
    [modelId, workspaceId, slug, upstreamUrl, new URL(upstreamUrl).host, sealedKey],
  )
  await pool.query(`insert into model_addresses (workspace_id, address, model_id, kind) values ($1, $2, $3, 'slug')`, [
    workspaceId,
    slug,
    modelId,
  ])
  await pool.query(
    `insert into model_prices (id, workspace_id, model_id, effective_from, input_pico_usd_per_token, output_pico_usd_per_token)
     values ($1, $2, $3, '2020-01-01', 150000, 600000)`,
    [newId('prc'), workspaceId, modelId],
  )
  await runtime.stop()
  return apiKey
}

async function startDoors(
  variables: NodeJS.ProcessEnv,
  upstreamUrl: string,
  key: string,
  studioPort: number,
  gatewayPort: number,
): Promise<Door[]> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const doors: Door[] = []
  const add = async (name: string, port: number, ready: string, args: string[], env: NodeJS.ProcessEnv) => {
    const child = startProcess(process.execPath, args, env)
    await waitFor(`http://127.0.0.1:${port}${ready}`)
    doors.push({ name, url: `http://127.0.0.1:${port}/v1/chat/completions`, pid: child.pid!, headers })
    return child
  }
  const relayPort = await freePort()
  await add('bare relay', relayPort, '/', [join(root, 'bench', 'bare-relay.ts')], {
    ...variables,
    UPSTREAM_URL: upstreamUrl,
    UPSTREAM_KEY: upstreamKey,
    PORT: String(relayPort),
  })
  const profiling = options.profile ? ['--cpu-prof', '--cpu-prof-dir', options.profile] : []
  await add('fast door', gatewayPort, '/health/ready', [...profiling, join(root, 'server', 'gateway.ts')], variables)
  // Last, so that its appetite for memory is not felt by the others.
  if (existsSync(join(root, '.next', 'BUILD_ID'))) {
    const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
    await add(
      "studio's door",
      studioPort,
      '/api/health/ready',
      [next, 'start', root, '-H', '127.0.0.1', '-p', String(studioPort)],
      variables,
    )
  } else {
    console.log('The studio is not built (npm start builds it), so its door is left out.')
  }
  return doors
}

async function measure(doors: readonly Door[]): Promise<void> {
  const runs = Number(options.runs)
  const seconds = Number(options.seconds)
  const connections = Number(options.connections)
  console.log(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}; load by ${generator}, upstream ${upstreamName}.`,
  )
  console.log(
    `CPU time of the process itself, user + system; median of ${runs} runs of ${seconds} s with ${connections} connections.\n`,
  )
  for (const [name, messages] of Object.entries(cases)) {
    if (!name.includes(options.case)) continue
    const body = JSON.stringify({
      model: slug,
      messages,
      temperature: 0.2,
      max_tokens: 200,
      metadata: { team: 'bench' },
    })
    const load = { body, connections, seconds }
    console.log(`${name} (${body.length} bytes)`)
    const figures = new Map<string, { micros: number[]; perSecond: number[] }>()
    for (const door of doors) {
      await putLoad({ ...load, ...door, seconds: 2 }, folder)
      await waitUntilIdle(door.pid)
      figures.set(door.name, { micros: [], perSecond: [] })
    }
    // Door after door in each run: what else the machine does meets all of them alike.
    for (let run = 0; run < runs; run++) {
      for (const door of doors) {
        const before = cpuMicros(door.pid)
        const calls = await putLoad({ ...load, ...door }, folder)
        await waitUntilIdle(door.pid)
        const figure = figures.get(door.name)!
        figure.micros.push((cpuMicros(door.pid) - before) / calls)
        figure.perSecond.push(calls / seconds)
      }
    }
    const bare = median(figures.get('bare relay')?.micros ?? [Number.NaN])
    for (const [door, { micros, perSecond }] of figures) {
      const ratio = median(micros) / bare
      const verdict =
        door === 'fast door'
          ? ratio <= targetRatio
            ? `  (at most ${targetRatio} x: met)`
            : `  (at most ${targetRatio} x: MISSED)`
          : ''
      console.log(
        `  ${door.padEnd(14)} ${median(micros).toFixed(1).padStart(7)} µs a call  ${ratio.toFixed(2).padStart(6)} x  ${median(perSecond).toFixed(0).padStart(7)} calls/s${verdict}`,
      )
    }
    console.log()
  }
  if (options.profile) await Promise.all(doors.map(({ pid }) => process.kill(pid, 'SIGTERM')))
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
