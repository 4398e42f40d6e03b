/**
 * `npm run bench -- soak`: an hour of mixed traffic through one gateway: whole answers and streams, callers that leave,
 * servers that fail, break off, stall, send too much. At the end it holds what it held after five minutes: memory within
 * 10 %, no socket, timer or listener more, and the ledger has each call once. Ends with 1 where one of these is missed.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import { newId } from '#lib/core/ids.ts'
import { start } from '#lib/practice/index.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { type BenchHouse, startGateway, upstreamKey, withHouse } from './house.ts'
import type { Inside } from './inside.ts'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    /** Calls a second, about. */
    rate: { type: 'string', default: '40' },
    callers: { type: 'string', default: '24' },
  },
})
const minutes = Number(options.minutes)
const callers = Number(options.callers)
const pauseMs = (callers / Number(options.rate)) * 1_000
/** What the end is held against. */
const baseMinute = Math.min(5, Math.max(1, Math.floor(minutes / 2)))
const growthMax = 1.1
/** Timers and sockets that come and go: a timer of a pool, a connection that idles. */
const slack = 8

interface Act {
  /** Of the practice provider. */
  fault: string
  /** Of so many calls. */
  weight: number
  stream?: boolean
  /** The caller leaves after so long. */
  leavesMs?: number
}
const acts: readonly Act[] = [
  { fault: '', weight: 30 },
  { fault: '', weight: 20, stream: true },
  { fault: 'split-bytes', weight: 6, stream: true },
  { fault: 'paced', weight: 6, stream: true, leavesMs: 120 },
  { fault: 'slow', weight: 2, leavesMs: 100 },
  { fault: 'error', weight: 3 },
  { fault: 'overloaded', weight: 2, stream: true },
  { fault: 'rate-limited', weight: 3 },
  { fault: 'reset', weight: 3 },
  { fault: 'truncated', weight: 3, stream: true },
  { fault: 'truncated', weight: 2 },
  { fault: 'error-event', weight: 3, stream: true },
  { fault: 'no-done', weight: 3, stream: true },
  { fault: 'stall', weight: 2, stream: true },
  { fault: 'hang', weight: 1 },
  { fault: 'endless', weight: 1, stream: true, leavesMs: 300 },
  { fault: 'html', weight: 2 },
  { fault: 'bad-json', weight: 2 },
  { fault: 'huge', weight: 1 },
  { fault: 'key-echo', weight: 1 },
  { fault: 'no-usage', weight: 4, stream: true },
]
const deck = acts.flatMap((act) => Array.from({ length: act.weight }, () => act))
const slugOf = (fault: string) => `soak-${fault || 'good'}`

const practice = await start({ port: 0, latencyScale: 0.2 })
try {
  await withHouse(async (house) => {
    house.variables.PATCHBAY_ALLOWED_ENDPOINTS = new URL(practice.url).host
    await addModels(house)
    const port = await freePort()
    const insideFile = join(house.folder, 'inside.json')
    const gateway = await startGateway({ ...house.variables, BENCH_INSIDE: insideFile }, port, [
      '--expose-gc',
      '--import',
      join(import.meta.dirname, 'inside.ts'),
    ])
    const look = () => lookInside(gateway.pid!, insideFile)
    console.log(`${minutes} minutes, ${callers} callers, about ${options.rate} calls/s.\n`)
    const calls = traffic(port, house.headers)
    let base: Inside | undefined
    const startedMs = performance.now()
    for (let minute = 1; minute <= minutes; minute++) {
      await delay(Math.max(0, startedMs + minute * 60_000 - performance.now()))
      const now = await look()
      if (minute === baseMinute) base = now
      if (minute === baseMinute || minute % 10 === 0)
        console.log(`  minute ${String(minute).padStart(3)}: ${calls.count()} calls, ${told(now)}`)
    }
    await calls.end()
    // What idles may idle for some seconds more.
    await delay(15_000)
    const end = await look()
    const sent = calls.count()
    const recorded = await recordsOf(house)
    const ratio = end.rssBytes / base!.rssBytes
    console.log(`  at the end: ${told(end)}`)
    console.log(`  memory     ${ratio.toFixed(3)} x of minute ${baseMinute} (at most ${growthMax} x)`)
    console.log(`  records    ${recorded} of ${sent} calls`)
    const grown = Object.entries(end.resources).filter(([kind, count]) => count > (base!.resources[kind] ?? 0) + slack)
    const held = ratio <= growthMax && recorded === sent && grown.length === 0 && end.listeners === base!.listeners
    console.log(
      `  ${held ? 'held' : `MISSED${grown.length > 0 ? `: more of ${grown.map(([kind]) => kind).join(', ')}` : ''}`}`,
    )
    if (!held) process.exitCode = 1
  })
} finally {
  await practice.close()
}

/** One for each fault. They are found good first: what fails its checks cannot be added. */
async function addModels({ headers, withRuntime, workspaceId }: BenchHouse): Promise<void> {
  await withRuntime(async ({ tenancy, models, database: { pool } }) => {
    const apiKey = headers.authorization!.replace(/^Bearer /, '')
    const scope = await tenancy.scopeForKey(apiKey, 'bench', { id: newId('req'), address: '127.0.0.1' })
    for (const fault of new Set(acts.map((act) => act.fault))) {
      const slug = slugOf(fault)
      const place = { type: 'chat', baseUrl: practice.url, apiKey: upstreamKey, region: 'own' } as const
      const draft = { ...place, name: slug, slug, modelId: 'practice-chat', inputPrice: '0.15', outputPrice: '0.6' }
      await models.addModel(scope, { draft })
      const modelId = fault ? `practice-chat:${fault}` : 'practice-chat'
      await pool.query('update models set model_id = $3 where workspace_id = $1 and slug = $2', [
        workspaceId,
        slug,
        modelId,
      ])
    }
  })
}

function traffic(port: number, headers: Record<string, string>) {
  // A connection a caller, so that none waits for another's.
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: callers, pipelining: 1 })
  let count = 0
  let isOver = false
  const caller = async (place: number) => {
    for (let turn = place; !isOver; turn++) {
      await delay(pauseMs * (0.5 + Math.random()))
      const { fault, stream, leavesMs } = deck[Math.floor(Math.random() * deck.length)]!
      const body = JSON.stringify({
        model: slugOf(fault),
        stream: stream ?? false,
        max_tokens: 60,
        messages: [{ role: 'user', content: 'Say something short. '.repeat(1 + (turn % 40)) }],
        timeout: { call_timeout: 2_000 },
        ...(turn % 3 === 0 && { fallbacks: [{ model: slugOf('') }] }),
        ...(turn % 4 === 0 && { retry: { count: 1 } }),
      })
      count++
      const leaving = leavesMs === undefined ? undefined : AbortSignal.timeout(leavesMs)
      await pool
        .request({ method: 'POST', path: '/v1/chat/completions', headers, body, signal: leaving ?? null })
        .then((answer) => answer.body.dump({ limit: 64 * 1024 * 1024 }))
        .catch(() => undefined)
    }
  }
  const all = Promise.all(Array.from({ length: callers }, (_, place) => caller(place)))
  return {
    count: () => count,
    async end() {
      isOver = true
      await all
      await pool.close()
    },
  }
}

async function lookInside(pid: number, file: string): Promise<Inside> {
  rmSync(file, { force: true })
  process.kill(pid, 'SIGUSR2')
  for (let tries = 0; tries < 200; tries++) {
    await delay(25)
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Inside
    } catch {
      // It is being written.
    }
  }
  throw new Error('the gateway does not say what it holds')
}

async function recordsOf({ withRuntime, workspaceId }: BenchHouse): Promise<number> {
  return withRuntime(async ({ database: { pool } }) => {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::integer as count from ledger.records where workspace_id = $1 and source = 'gateway'`,
      [workspaceId],
    )
    return rows[0]!.count
  })
}

function told({ rssBytes, heapBytes, listeners, resources }: Inside): string {
  const mb = (bytes: number) => `${(bytes / 1048576).toFixed(0)} MB`
  const held = Object.entries(resources).map(([kind, count]) => `${count} ${kind}`)
  return `${mb(rssBytes)} (heap ${mb(heapBytes)}), ${listeners} listeners, ${held.join(', ')}`
}
