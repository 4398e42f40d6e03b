import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Door } from './doors.ts'
import { judge, percentile } from './verdict.ts'

const perSecond = 500
const turns = 5
const turnSeconds = 4

/**
 * Calls that come when they come, whether the ones before are answered or not: what a door adds to asking the server
 * itself, and what a bare relay adds. By turns, so that what else the machine does meets all alike; the median turn counts.
 */
export async function measureOpenLoop(direct: Door, relay: Door, door: Door, body: string): Promise<void> {
  console.log(`open loop, ${perSecond} calls/s, ${turns} turns of ${turnSeconds} s each`)
  for (const each of [direct, relay, door]) await callAtRate(each, body, 2)
  const added = new Map<Door, Map<number, number[]>>([relay, door].map((each) => [each, new Map()]))
  for (let turn = 0; turn < turns; turn++) {
    const without = await callAtRate(direct, body, turnSeconds)
    for (const [each, figures] of added) {
      const through = await callAtRate(each, body, turnSeconds)
      for (const share of [0.5, 0.99])
        figures.set(share, [...(figures.get(share) ?? []), percentile(through, share) - percentile(without, share)])
    }
  }
  const addedBy = (each: Door, share: number) => percentile(added.get(each)!.get(share)!, 0.5)
  for (const [name, share, most] of [
    ['p50', 0.5, 0.4],
    ['p99', 0.99, 2],
  ] as const) {
    const value = addedBy(door, share)
    const verdict = judge({ case: 'open loop, 500 calls/s', figure: `added ${name}`, value, most, unit: 'ms' })
    console.log(
      `  added ${name}  ${value.toFixed(2).padStart(6)} ms  (${verdict}); the bare relay adds ${addedBy(relay, share).toFixed(2)} ms`,
    )
  }
  console.log()
}

/** Milliseconds from each call's sending to its last byte. */
async function callAtRate({ url, headers }: Door, body: string, seconds: number): Promise<number[]> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: 64, pipelining: 1 })
  const took: number[] = []
  const running: Promise<void>[] = []
  const ask = async () => {
    const sentMs = performance.now()
    const answer = await pool.request({ method: 'POST', path: pathname, headers, body })
    await answer.body.dump()
    if (answer.statusCode !== 200) throw new Error(`${url} answers ${answer.statusCode}`)
    took.push(performance.now() - sentMs)
  }
  const startMs = performance.now()
  for (let sent = 0; sent < seconds * perSecond; ) {
    // Each that is due by now: a timer may come a little late, and they do not wait for the ones before.
    for (const due = (performance.now() - startMs) * (perSecond / 1000); sent < due; sent++) running.push(ask())
    await delay(1)
  }
  await Promise.all(running)
  await pool.close()
  return took
}
