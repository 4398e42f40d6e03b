import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Door } from './doors.ts'
import { judge, percentile } from './verdict.ts'

const perSecond = 500
const turns = 5
const turnSeconds = 4

/**
 * Calls that come when they come, whether the ones before are answered or not: what a door adds to asking the server
 * itself. By turns, so that what else the machine does meets both alike; the median turn counts.
 */
export async function measureOpenLoop(direct: Door, door: Door, body: string): Promise<void> {
  console.log(`open loop, ${perSecond} calls/s, ${turns} turns of ${turnSeconds} s each`)
  await callAtRate(direct, body, 2)
  await callAtRate(door, body, 2)
  const added: { p50: number; p99: number }[] = []
  for (let turn = 0; turn < turns; turn++) {
    const [without, through] = [await callAtRate(direct, body, turnSeconds), await callAtRate(door, body, turnSeconds)]
    added.push({
      p50: percentile(through, 0.5) - percentile(without, 0.5),
      p99: percentile(through, 0.99) - percentile(without, 0.99),
    })
  }
  for (const [figure, most] of [
    ['p50', 0.4],
    ['p99', 2],
  ] as const) {
    const value = percentile(
      added.map((each) => each[figure]),
      0.5,
    )
    const verdict = judge({ case: 'open loop, 500 calls/s', figure: `added ${figure}`, value, most, unit: 'ms' })
    console.log(`  added ${figure}  ${value.toFixed(2).padStart(6)} ms  (${verdict})`)
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
