/**
 * `npm run bench -- limits`: a limit of 100 requests a minute under a flood, over two gateway processes. No 60 seconds
 * may hold more calls than the limit, wherever they begin. Ten minutes; ends with 1 where the limit did not hold.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import { newId } from '#lib/core/ids.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { type BenchHouse, slug, startGateway, withHouse } from './house.ts'
import { cpuMicros } from './processes.ts'
import { percentile } from './verdict.ts'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    limit: { type: 'string', default: '100' },
    /** Callers at each process. */
    callers: { type: 'string', default: '8' },
    /** Between two calls of one caller. */
    pauseMs: { type: 'string', default: '40' },
  },
})
const minutes = Number(options.minutes)
const limit = Number(options.limit)
const callers = Number(options.callers)
const pauseMs = Number(options.pauseMs)
const minuteMs = 60_000

interface Seen {
  /** When the answer came, and how long it took. */
  admitted: number[]
  refusedMs: number[]
  others: Map<number, number>
}

await withHouse(async (house) => {
  await house.withRuntime(({ database: { pool } }) =>
    pool.query(
      `insert into limits (id, workspace_id, scope, kind, amount) values ($1, $2, 'workspace', 'requests_per_minute', $3)`,
      [newId('lim'), house.workspaceId, limit],
    ),
  )
  const ports = [await freePort(), await freePort()]
  const gateways = await Promise.all(ports.map((port) => startGateway(house.variables, port)))
  console.log(
    `A limit of ${limit} requests a minute, two gateway processes, ${2 * callers} callers, ${minutes} minutes.\n`,
  )
  const before = gateways.map(({ pid }) => cpuMicros(pid!))
  const seen = await flood(house, ports)
  const cpu = gateways.map(({ pid }, index) => (cpuMicros(pid!) - before[index]!) / (minutes * minuteMs * 10))
  const recorded = await recordedStarts(house)
  const calls = seen.admitted.length + seen.refusedMs.length
  const worst = { answered: mostInAMinute(seen.admitted), recorded: mostInAMinute(recorded) }
  const most = Math.max(worst.answered, worst.recorded)
  console.log(`  calls                     ${calls}, ${(calls / minutes / 60).toFixed(0)} a second`)
  console.log(
    `  let in                    ${seen.admitted.length}, ${(seen.admitted.length / minutes).toFixed(1)} a minute`,
  )
  console.log(`  recorded as let in        ${recorded.length}`)
  console.log(
    `  refused with 429          ${seen.refusedMs.length}, median ${percentile(seen.refusedMs, 0.5).toFixed(1)} ms, p99 ${percentile(seen.refusedMs, 0.99).toFixed(1)} ms`,
  )
  console.log(
    `  other answers             ${[...seen.others].map(([status, count]) => `${count} x ${status}`).join(', ') || 'none'}`,
  )
  console.log(`  CPU of each process       ${cpu.map((share) => `${share.toFixed(1)} %`).join(', ')}`)
  console.log(`  most in any 60 s          ${worst.answered} by the callers' clock, ${worst.recorded} by the records'`)
  const held = most <= limit && seen.others.size === 0 && recorded.length === seen.admitted.length
  console.log(`  at most ${limit} in any 60 s: ${held ? 'held' : 'MISSED'}`)
  if (!held) process.exitCode = 1
})

async function flood({ headers }: BenchHouse, ports: readonly number[]): Promise<Seen> {
  const seen: Seen = { admitted: [], refusedMs: [], others: new Map() }
  const body = JSON.stringify({ model: slug, max_tokens: 10, messages: [{ role: 'user', content: 'Go on.' }] })
  const untilMs = performance.now() + minutes * minuteMs
  await Promise.all(
    ports.map(async (port) => {
      const pool = new Pool(`http://127.0.0.1:${port}`, { connections: callers, pipelining: 1 })
      const caller = async () => {
        while (performance.now() < untilMs) {
          const sentMs = performance.now()
          const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body })
          await answer.body.dump()
          const { statusCode } = answer
          if (statusCode === 200) seen.admitted.push(performance.now())
          else if (statusCode === 429) seen.refusedMs.push(performance.now() - sentMs)
          else seen.others.set(statusCode, (seen.others.get(statusCode) ?? 0) + 1)
          await delay(pauseMs)
        }
      }
      await Promise.all(Array.from({ length: callers }, caller))
      await pool.close()
    }),
  )
  return seen
}

/** When the calls came in that were let in, by the ledger, once it has them all. */
async function recordedStarts({ withRuntime, workspaceId }: BenchHouse): Promise<number[]> {
  await delay(2_000)
  return withRuntime(async ({ database: { pool } }) => {
    const { rows } = await pool.query<{ at: number }>(
      `select extract(epoch from started_at)::float8 * 1000 as at from ledger.records where workspace_id = $1 and source = 'gateway' and outcome = 'ok' order by started_at`,
      [workspaceId],
    )
    return rows.map(({ at }) => at)
  })
}

/** The most of them in any 60 seconds, wherever these begin. */
function mostInAMinute(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other)
  let most = 0
  let first = 0
  for (const [index, at] of sorted.entries()) {
    while (sorted[first]! <= at - minuteMs) first++
    most = Math.max(most, index - first + 1)
  }
  return most
}
