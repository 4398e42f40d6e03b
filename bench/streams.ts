import { createHash, type Hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Door } from './doors.ts'
import { cpuMicros } from './processes.ts'
import { judge, percentile } from './verdict.ts'

const streams = 1_000
const events = 200
/** They begin within this, as callers do. */
const rampMs = 4_000

interface Seen {
  /** Milliseconds. */
  firstByte: number[]
  event: number[]
  changed: number
}

/**
 * A thousand streams at once, twenty events a second each: what a door adds to the way of each event, what a bare relay
 * adds, and what the door holds for it.
 */
export async function measureStreams(direct: Door, relay: Door, door: Door, upstream: string): Promise<void> {
  console.log(`${streams.toLocaleString('en')} streams at once, 20 events/s each, ${events} events a stream`)
  const measure = async (each: Door) => {
    // First some, so that the code is compiled.
    await openStreams(each, upstream, 200, 100)
    const before = each.pid > 0 ? cpuMicros(each.pid) : 0
    const seen = await openStreams(each, upstream, streams, events)
    const micros = each.pid > 0 ? (cpuMicros(each.pid) - before) / (streams * (events + 2)) : 0
    return { seen, micros }
  }
  const without = await measure(direct)
  const bare = await measure(relay)
  const through = await measure(door)
  const name = '1,000 streams, 20 events/s each'
  const added = ({ seen }: typeof without, figure: 'firstByte' | 'event', share: number) =>
    percentile(seen[figure], share) - percentile(without.seen[figure], share)
  for (const [label, figure, most] of [
    ['first byte', 'firstByte', 10],
    ['event', 'event', 5],
  ] as const) {
    const value = added(through, figure, 0.99)
    const verdict = judge({ case: name, figure: `added p99 of ${label}`, value, most, unit: 'ms' })
    console.log(
      `  added p99 of ${label.padEnd(10)}  ${value.toFixed(2).padStart(7)} ms  (${verdict}), p50 ${added(through, figure, 0.5).toFixed(2)} ms; the bare relay adds ${added(bare, figure, 0.99).toFixed(2)} and ${added(bare, figure, 0.5).toFixed(2)} ms`,
    )
  }
  const times = through.micros / bare.micros
  console.log(
    `  CPU time of an event      ${through.micros.toFixed(1).padStart(7)} µs  (${times.toFixed(2)} x the bare relay's ${bare.micros.toFixed(1)} µs)`,
  )
  const changed = judge({ case: name, figure: 'streams changed', value: through.seen.changed, most: 0, unit: '' })
  console.log(`  streams changed           ${String(through.seen.changed).padStart(7)}     (${changed})`)
  const megabytes = peakMemory(door.pid)
  const memory = judge({ case: name, figure: 'RSS', value: megabytes, most: 350, unit: 'MB' })
  console.log(`  RSS at its most           ${megabytes.toFixed(0).padStart(7)} MB  (${memory})\n`)
}

async function openStreams(door: Door, upstream: string, count: number, length: number): Promise<Seen> {
  const { origin, pathname } = new URL(door.url)
  const pool = new Pool(origin, { connections: count, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 })
  const seen: Seen = { firstByte: [], event: [], changed: 0 }
  const digests = new Map<string, string>()
  const round = `${door.name.trim()}-${process.hrtime.bigint()}`
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      await delay((index / count) * rampMs)
      const id = `${round}-${index}`.replaceAll(' ', '-')
      const body = JSON.stringify({
        model: door.model,
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: length,
        messages: [{ role: 'user', content: id }],
      })
      const sentAt = process.hrtime.bigint()
      const answer = await pool.request({ method: 'POST', path: pathname, headers: door.headers, body })
      if (answer.statusCode !== 200) throw new Error(`${door.url} answers ${answer.statusCode}`)
      digests.set(id, await follow(answer.body, sentAt, seen))
    }),
  )
  await pool.close()
  // Afterwards, so that asking for it is in nobody's way.
  for (const [id, digest] of digests) {
    const told = await fetch(`${upstream}/digest/${id}`).then((each) => each.text())
    if (told !== digest) seen.changed++
  }
  return seen
}

async function follow(body: AsyncIterable<Buffer>, sentAt: bigint, seen: Seen): Promise<string> {
  const hash: Hash = createHash('sha256')
  let rest = ''
  let isFirst = true
  for await (const chunk of body) {
    const now = process.hrtime.bigint()
    if (isFirst) seen.firstByte.push(Number(now - sentAt) / 1e6)
    hash.update(chunk)
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const at = line.lastIndexOf('"at":')
      // The first one is counted as such.
      if (at >= 0 && !isFirst) seen.event.push(Number(now - BigInt(line.slice(at + 5, -1))) / 1e6)
    }
    isFirst = false
  }
  return hash.digest('hex')
}

/** Megabytes that a process has held at most. */
function peakMemory(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
