/**
 * `npm run bench`: what one call costs in CPU time of the gateway's own process, next to the least that a relay in Node
 * can cost. Key, a budget, limits, ledger and rollups are on; what is written after the answers is counted too.
 */
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { newId } from '#lib/core/ids.ts'
import type { Runtime } from '#lib/runtime.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { type BenchHouse, slug, startGateway, upstreamKey, withHouse } from './house.ts'
import { generator, putLoad } from './load.ts'
import { cpuMicros, startProcess, waitFor, waitUntilIdle } from './processes.ts'
import { upstreamName } from './upstream.ts'

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

const message = {
  role: 'user',
  content:
    'In one paragraph: what is a patch bay, where do people use one, and why would "patching" be a good picture for what a gateway does?',
}
const system = {
  role: 'system' as const,
  content: 'Answer shortly and plainly, without lists and without headings, in the language of the question.',
}
const parameters = { temperature: 0.2, max_tokens: 200 }
const long = { role: 'user', content: 'Line one,\n\t"quoted" and é 漢字 – escaped.\n'.repeat(46) }
/** `bar`: what the fast door may cost of a bare relay where it keeps no prompts and answers. */
const cases = {
  'whole answer, 0.4 KB in': {
    bar: 2,
    messages: [system, message],
  },
  '100 KB in, 50 messages': { bar: 1.5, messages: Array.from({ length: 50 }, () => long) },
}
type Messages = readonly { role: string; content: string }[]
/** A call of a deployment against the same one of its model. */
const deploymentBar = 1.3

/** A call of the model itself. */
const modelBody = (messages: Messages) =>
  JSON.stringify({ model: slug, messages, ...parameters, metadata: { team: 'bench' } })

/** The same prompt by a deployment, which holds the system message and the parameters, and is given what is asked. */
function deploymentBody(messages: Messages): string {
  const own = messages[0] === system ? messages.slice(1) : messages
  const [first, ...rest] = own
  const variables = { question: first!.content }
  return JSON.stringify({ model: `deployment/${slug}`, messages: rest, variables, metadata: { team: 'bench' } })
}

interface Door {
  name: string
  bodyOf(messages: Messages): string
  /** Prompts and answers are kept. */
  keeps: boolean
  url: string
  pid: number
  headers: Record<string, string>
}

await withHouse(async (house) => {
  await house.withRuntime(async (runtime) => {
    const { pool } = runtime.database
    await bound(pool, house.workspaceId)
    await deploy(runtime, house.workspaceId)
    const keep = (isKept: boolean) =>
      pool.query('update workspaces set payload_days = $2 where id = $1', [house.workspaceId, isKept ? 7 : 0])
    await measure(await startDoors(house), house.folder, keep)
  })
})

/** A budget and limits that no call meets, so that every call is admitted as in a workspace that has them. */
async function bound(pool: Runtime['database']['pool'], workspaceId: string): Promise<void> {
  await pool.query(
    `insert into budgets (id, workspace_id, scope, unit, amount, "window") values ($1, $2, 'workspace', 'usd', 1000000000000000, 'month')`,
    [newId('bud'), workspaceId],
  )
  for (const kind of ['requests_per_minute', 'tokens_per_minute', 'concurrency'])
    await pool.query(
      `insert into limits (id, workspace_id, scope, kind, amount) values ($1, $2, 'workspace', $3, 1000000000000)`,
      [newId('lim'), workspaceId, kind],
    )
}

/** The model's own prompt and parameters in a deployment, with one variable. */
async function deploy({ tenancy, deployments }: Runtime, workspaceId: string): Promise<void> {
  const scope = await tenancy.jobScope(workspaceId, 'bench')
  const messages = [system, { role: 'user' as const, content: '{{question}}' }]
  const variants = [{ name: 'main', model: slug, parameters, messages }]
  const { id } = await deployments.createDeployment(scope, {
    key: slug,
    config: { variables: [{ name: 'question' }], variants },
  })
  await deployments.publish(scope, { id, draftVersion: 1 })
}

async function startDoors({ variables: shared, upstreamUrl, headers }: BenchHouse): Promise<Door[]> {
  const studioPort = await freePort()
  const gatewayPort = await freePort()
  const variables = { ...shared, PORT: String(studioPort), GATEWAY_PORT: String(gatewayPort) }
  const doors: Door[] = []
  const put = (name: string, port: number, { pid }: { pid?: number | undefined }, more: Partial<Door> = {}) => {
    const url = `http://127.0.0.1:${port}/v1/chat/completions`
    doors.push({ name, keeps: false, bodyOf: modelBody, url, pid: pid!, headers, ...more })
  }
  const add = async (name: string, port: number, ready: string, args: string[], env: NodeJS.ProcessEnv) => {
    const child = startProcess(process.execPath, args, env)
    await waitFor(`http://127.0.0.1:${port}${ready}`)
    put(name, port, child)
  }
  const relayPort = await freePort()
  await add('bare relay', relayPort, '/', [join(root, 'bench', 'bare-relay.ts')], {
    ...variables,
    UPSTREAM_URL: upstreamUrl,
    UPSTREAM_KEY: upstreamKey,
    PORT: String(relayPort),
  })
  const profiling = options.profile ? ['--cpu-prof', '--cpu-prof-dir', options.profile] : []
  const gateway = await startGateway(variables, gatewayPort, profiling)
  put('fast door', gatewayPort, gateway)
  put('  that keeps', gatewayPort, gateway, { keeps: true })
  put('  deployment', gatewayPort, gateway, { bodyOf: deploymentBody })
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

async function measure(
  doors: readonly Door[],
  folder: string,
  keep: (isKept: boolean) => Promise<unknown>,
): Promise<void> {
  const runs = Number(options.runs)
  const seconds = Number(options.seconds)
  const connections = Number(options.connections)
  console.log(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}; load by ${generator}, upstream ${upstreamName}.`,
  )
  const turn = async ({ keeps }: Door) => {
    await keep(keeps)
    // Until every process has heard of it.
    await delay(500)
  }
  console.log(
    `CPU time of the process itself, user + system; median of ${runs} runs of ${seconds} s with ${connections} connections.\n`,
  )
  for (const [name, { bar, messages }] of Object.entries(cases)) {
    if (!name.includes(options.case)) continue
    const loadOf = (door: Door) => ({ ...door, body: door.bodyOf(messages), connections, seconds })
    console.log(`${name} (${modelBody(messages).length} bytes)`)
    const figures = new Map<string, { micros: number[]; perSecond: number[] }>()
    for (const door of doors) {
      await turn(door)
      await putLoad({ ...loadOf(door), seconds: 2 }, folder)
      await waitUntilIdle(door.pid)
      figures.set(door.name, { micros: [], perSecond: [] })
    }
    // Door after door in each run: what else the machine does meets all of them alike.
    for (let run = 0; run < runs; run++) {
      for (const door of doors) {
        await turn(door)
        const before = cpuMicros(door.pid)
        const calls = await putLoad(loadOf(door), folder)
        await waitUntilIdle(door.pid)
        const figure = figures.get(door.name)!
        figure.micros.push((cpuMicros(door.pid) - before) / calls)
        figure.perSecond.push(calls / seconds)
      }
    }
    const bare = median(figures.get('bare relay')?.micros ?? [Number.NaN])
    const direct = median(figures.get('fast door')?.micros ?? [Number.NaN])
    const judge = (ratio: number, most: number, of = '') =>
      `  (${ratio.toFixed(2)} x${of}, at most ${most} x: ${ratio <= most ? 'met' : 'MISSED'})`
    for (const [door, { micros, perSecond }] of figures) {
      const ratio = median(micros) / bare
      const verdict =
        door === 'fast door'
          ? judge(ratio, bar)
          : door.endsWith('deployment')
            ? judge(median(micros) / direct, deploymentBar, ' of its model')
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
