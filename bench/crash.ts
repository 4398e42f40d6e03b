/**
 * `npm run bench -- crash`: a process of the installation, at random, is killed every three seconds under mixed load;
 * nobody helps. Each completed call has to be on the record once, and no part of the budget may stay away. Ends with 1
 * where it does not hold.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from '#lib/testing/free-port.ts'
import { keepRunning } from '../server/supervisor/child.ts'
import { compareLedger, describe, judge, putMixedLoad, withMixedHouse } from './mixed-load.ts'
import { waitFor } from './processes.ts'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    /** Between two kills. */
    seconds: { type: 'string', default: '3' },
    /** At each of the two doors. */
    callers: { type: 'string', default: '16' },
  },
})
const server = join(import.meta.dirname, '..', 'server')

await withMixedHouse(async (house) => {
  mkdirSync(join(house.folder, 'logs'), { recursive: true })
  const ports = [await freePort(), await freePort()]
  // The second gateway stands for the studio, whose door is the same engine.
  const specs = [
    {
      name: 'gateway',
      args: [join(server, 'gateway.ts')],
      env: { ...house.variables, GATEWAY_PORT: String(ports[0]) },
    },
    { name: 'studio', args: [join(server, 'gateway.ts')], env: { ...house.variables, GATEWAY_PORT: String(ports[1]) } },
    { name: 'worker', args: [join(server, 'worker.ts')], env: house.variables },
  ]
  const children = specs.map((spec) =>
    keepRunning(spec, {
      dataDir: house.folder,
      show: () => undefined,
      onChange: () => undefined,
      onRefusal: (name, tail) => console.error(`${name} refuses to run: ${tail.at(-1)}`),
    }),
  )
  await Promise.all(ports.map((port) => waitFor(`http://127.0.0.1:${port}/health/ready`)))
  const load = putMixedLoad(house, ports, Number(options.callers))
  const kills = new Map<string, number>()
  const untilMs = performance.now() + Number(options.minutes) * 60_000
  while (performance.now() < untilMs) {
    await delay(Number(options.seconds) * 1000)
    const alive = children.filter((child) => child.current() !== undefined)
    const child = alive[Math.floor(Math.random() * alive.length)]
    if (!child) continue
    process.kill(child.current()!.pid, 'SIGKILL')
    kills.set(child.name, (kills.get(child.name) ?? 0) + 1)
  }
  // They come back by themselves, adopt what the dead left behind, and serve.
  await Promise.all(ports.map((port) => waitFor(`http://127.0.0.1:${port}/health/ready`)))
  await load.stop()
  await Promise.all(children.map((child) => child.stop(30_000, new AbortController().signal)))
  console.log(
    `A kill every ${options.seconds} s for ${options.minutes} minutes, ${2 * Number(options.callers)} callers.\n`,
  )
  console.log(`  killed                 ${[...kills].map(([name, count]) => `${count} x ${name}`).join(', ')}`)
  console.log(describe(load.seen))
  const { said, wrong } = await compareLedger(house, load.seen)
  console.log(said.join('\n'))
  judge(wrong)
})
