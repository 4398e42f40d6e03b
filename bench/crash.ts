/**
 * `npm run bench -- crash`: of an installation as `npm start` runs it, a process at random is killed every three seconds
 * under mixed load at both doors: gateway, studio, worker, Postgres, now and then the supervisor, whose start is then
 * repeated as a service manager does it. Nobody helps otherwise. Each completed call has to be on the record once, every
 * sum has to agree, no part of the budget may stay away and no process be left. Ends with 1 where it does not hold.
 */
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from '#lib/testing/free-port.ts'
import { watchDoor } from './door-watch.ts'
import { keepInstallation } from './installation.ts'
import { compareLedger, describe, judge, putMixedLoad, withMixedHouse } from './mixed-load.ts'
import { waitFor } from './processes.ts'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    /** Between two kills. */
    seconds: { type: 'string', default: '3' },
    /** At each of the two doors. */
    callers: { type: 'string', default: '16' },
    /** The processes to kill, each as often as it is named. */
    of: {
      type: 'string',
      default: 'gateway,gateway worker,gateway,studio,studio,worker,postgres,postgres,supervisor',
    },
  },
})
const names = options.of.split(',')
/** The exit code of a start whose supervisor was killed. */
const killed = 137
/** For all to be there again after the last kill. */
const backMs = 60_000
const everyone = ['supervisor', 'studio', 'gateway', 'gateway worker', 'worker', 'postgres']

await withMixedHouse(async (house) => {
  const [studio, gateway] = [await freePort(), await freePort()]
  const doors = [
    { name: 'studio', port: studio, url: `http://127.0.0.1:${studio}/api/health/ready` },
    { name: 'gateway', port: gateway, url: `http://127.0.0.1:${gateway}/health/ready` },
  ]
  const log = join(house.folder, 'start.log')
  const variables = {
    ...house.variables,
    DATABASE_URL: undefined,
    PATCHBAY_POSTGRES_DIR: tmpdir(),
    PORT: String(studio),
    GATEWAY_PORT: String(gateway),
    GATEWAY_WORKERS: '2',
    PRACTICE_PORT: '0',
  }
  const wrong: string[] = []
  let seen: Parameters<typeof describe>[0] | undefined
  await house.withoutPostgres(async () => {
    const installation = keepInstallation(house.folder, variables, log)
    await Promise.all(doors.map(({ url }) => waitFor(url)))
    const load = putMixedLoad(house, [studio, gateway], Number(options.callers))
    const watches = doors.map(({ url }) => watchDoor(url))
    const kills = new Map<string, number>()
    let deck: string[] = []
    const untilMs = performance.now() + Number(options.minutes) * 60_000
    while (performance.now() < untilMs) {
      await delay(Number(options.seconds) * 1000)
      if (deck.length === 0) deck = [...names]
      const alive = installation.processes()
      const choice = deck.filter((name) => alive.has(name))
      if (choice.length === 0) continue
      const name = choice[randomInt(choice.length)]!
      deck.splice(deck.indexOf(name), 1)
      const pids = alive.get(name)!
      process.kill(pids[randomInt(pids.length)]!, 'SIGKILL')
      for (const watch of watches) watch.note(name)
      kills.set(name, (kills.get(name) ?? 0) + 1)
    }
    // They come back by themselves, adopt what the dead left behind, and serve.
    const absent = () => everyone.filter((name) => !installation.processes().has(name))
    for (const lateMs = performance.now() + backMs; absent().length > 0 && performance.now() < lateMs; )
      await delay(100)
    if (absent().length > 0) wrong.push(`${absent().join(', ')} did not come back within ${backMs / 1000} s`)
    else await Promise.all(doors.map(({ url }) => waitFor(url)))
    await load.stop()
    for (const watch of watches) await watch.stop()
    const code = await installation.stop()
    const left = installation.left()
    seen = load.seen
    console.log(
      `A kill every ${options.seconds} s for ${options.minutes} minutes, ${2 * Number(options.callers)} callers.\n`,
    )
    console.log(`  killed                 ${[...kills].map(([name, count]) => `${count} x ${name}`).join(', ')}`)
    console.log(
      `  starts that ended      ${installation.ends().join(', ') || 'none'}; told to stop, the last one ${code}`,
    )
    for (const [index, { name }] of doors.entries()) console.log(watches[index]!.describe(name))
    if (code !== 0) wrong.push(`told to stop, it ended with ${code}`)
    if (left.length > 0) wrong.push(`processes are left: ${left.join('; ')}`)
    // What the supervisors said themselves: a start may end for another reason than its kill.
    if (wrong.length > 0 || installation.ends().some((end) => end !== killed))
      console.log(readFileSync(log, 'utf8').replace(/^(studio|gateway|worker): .*\n/gm, ''))
  })
  console.log(describe(seen!))
  const compared = await compareLedger(house, seen!)
  console.log(compared.said.join('\n'))
  judge([...wrong, ...compared.wrong])
})
