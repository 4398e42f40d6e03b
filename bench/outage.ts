/**
 * `npm run bench -- outage`: Postgres is stopped for a minute under mixed load. Calls that run have to end well, new
 * ones go on out of what the processes hold, and all records arrive. Ends with 1 where it does not hold.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from '#lib/testing/free-port.ts'
import { startGateway } from './house.ts'
import { compareLedger, describe, judge, putMixedLoad, withMixedHouse } from './mixed-load.ts'
import { stopProcess } from './processes.ts'

const { values: options } = parseArgs({
  options: {
    /** Without Postgres. */
    seconds: { type: 'string', default: '60' },
    /** At each of the two processes. */
    callers: { type: 'string', default: '16' },
  },
})
/** With Postgres, before and after. */
const calmMs = 10_000

await withMixedHouse(async (house) => {
  const ports = [await freePort(), await freePort()]
  const gateways = await Promise.all(ports.map((port) => startGateway(house.variables, port)))
  const load = putMixedLoad(house, ports, Number(options.callers))
  await delay(calmMs)
  const before = load.seen.completed.size
  const running = load.running()
  let during = 0
  await house.withoutPostgres(async () => {
    await delay(Number(options.seconds) * 1000)
    during = load.seen.completed.size - before
  })
  await delay(calmMs)
  await load.stop()
  await Promise.all(gateways.map(stopProcess))
  console.log(
    `Without Postgres for ${options.seconds} s, two gateway processes, ${2 * Number(options.callers)} callers.\n`,
  )
  console.log(`  when it went           ${running} calls under way`)
  console.log(`  while it was away      ${during} completed, ${before} in the ${calmMs / 1000} s before`)
  console.log(describe(load.seen))
  const { said, wrong } = await compareLedger(house, load.seen)
  console.log(said.join('\n'))
  const { broken, unreachable, refused } = load.seen
  const bad = [...refused.keys()].filter((status) => status !== 503)
  judge([
    ...wrong,
    ...(broken + unreachable > 0 ? ['calls were broken off'] : []),
    ...(bad.length > 0 ? [`calls were refused with ${bad.join(', ')}`] : []),
    ...(during === 0 ? ['no new call went on'] : []),
  ])
})
