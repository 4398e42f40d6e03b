/**
 * `npm run bench`: what one call costs in CPU time of the gateway's own process, next to the least that a relay in Node
 * can cost and to Portkey's gateway; what it adds to the way of a call that comes when it comes, and to a thousand
 * streams. Key, a budget, limits, ledger and rollups are on; what is written after the answers is counted too. Ends with
 * 1 where a bar is missed.
 */
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from '#lib/testing/free-port.ts'
import { bound, type Door, deploy, type Messages, modelBody, startDoors, startRelay, system } from './doors.ts'
import { profiling, startGateway, storeModel, streamSlug, upstreamKey, withHouse } from './house.ts'
import { generator, putLoad } from './load.ts'
import { measureOpenLoop } from './open-loop.ts'
import { cpuMicros, startProcess, waitFor, waitUntilIdle } from './processes.ts'
import { measureStreams } from './streams.ts'
import { upstreamName } from './upstream.ts'
import { judge, percentile, writeReport } from './verdict.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '32' },
    /** Part of the name of the case to run. */
    case: { type: 'string', default: '' },
    /** A file for the figures. */
    json: { type: 'string' },
    /** A folder for CPU profiles of the fast door, one of each process. */
    profile: { type: 'string' },
  },
})

const smallCall = 'whole answer, 0.4 KB in'
const message = {
  role: 'user',
  content:
    'In one paragraph: what is a patch bay, where do people use one, and why would "patching" be a good picture for what a gateway does?',
}
const long = { role: 'user', content: 'Line one,\n\t"quoted" and é 漢字 – escaped.\n'.repeat(46) }
/** What the fast door may cost where it keeps no prompts and answers: `bar` times a bare relay, `microsMost` on any machine. */
const cases: Record<string, { bar: number; microsMost?: number; messages: Messages }> = {
  [smallCall]: { bar: 2, microsMost: 80, messages: [system, message] },
  '100 KB in, 50 messages': { bar: 1.5, messages: Array.from({ length: 50 }, () => long) },
}
const openLoop = 'open loop'
const manyStreams = 'streams'
/** What the compiler does while code gets hot is no part of what a call costs in a process that runs for days. */
const warmUpSeconds = 12
/** A call of a deployment against the same one of its model. */
const deploymentBar = 1.3
/** The fast door of Portkey's gateway, where little is sent. */
const portkeyBar = 1 / 6

await withHouse(async (house) => {
  const streamPort = await freePort()
  const streamUrl = `http://127.0.0.1:${streamPort}`
  house.variables.PATCHBAY_ALLOWED_ENDPOINTS += `,127.0.0.1:${streamPort}`
  startProcess(process.execPath, [join(import.meta.dirname, 'stream-upstream.ts')], {
    ...process.env,
    PORT: String(streamPort),
  })
  await waitFor(`${streamUrl}/`)
  await house.withRuntime(async (runtime) => {
    const { pool } = runtime.database
    await bound(pool, house.workspaceId)
    await storeModel(runtime, house.workspaceId, streamSlug, `${streamUrl}/v1`)
    await deploy(runtime, house.workspaceId)
    const doors = await startDoors(house, options.profile)
    console.log(
      `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}; load by ${generator}, upstream ${upstreamName}.\n`,
    )
    const turnTo = async (keeps: boolean) => {
      await pool.query('update workspaces set payload_days = $2 where id = $1', [house.workspaceId, keeps ? 7 : 0])
      // Until every process has heard of it.
      await delay(500)
    }
    await measureCpu([...doors.own, ...doors.others], house.folder, turnTo)
    await doors.endOthers()
    await turnTo(false)
    const [relay, fast] = ['bare relay', 'fast door'].map((name) => doors.own.find((door) => door.name === name)!)
    const direct = (url: string): Door => ({
      ...{ ...fast!, name: 'direct', url: `${url}/chat/completions`, pid: 0 },
      headers: { 'content-type': 'application/json', authorization: `Bearer ${upstreamKey}` },
    })
    const through = (port: number, { pid }: { pid?: number | undefined }): Door => ({
      ...fast!,
      url: `http://127.0.0.1:${port}/v1/chat/completions`,
      pid: pid!,
    })
    if (openLoop.includes(options.case))
      await measureOpenLoop(direct(house.upstreamUrl), relay!, fast!, modelBody(cases[smallCall]!.messages))
    if (manyStreams.includes(options.case)) {
      // A process of its own: what it holds at most is of this case alone.
      const [port, bare] = [await freePort(), await freePort()]
      const gateway = await startGateway(house.variables, port, profiling(options.profile))
      await measureStreams(
        direct(`${streamUrl}/v1`),
        through(bare, await startRelay(`${streamUrl}/v1`, bare)),
        through(port, gateway),
        streamUrl,
      )
      if (options.profile) gateway.kill('SIGTERM')
    }
    // A profile is written when its process ends.
    if (options.profile) process.kill(fast!.pid, 'SIGTERM')
  })
  if (options.json) writeReport(options.json)
})

/** CPU time of the process itself, user + system; door after door in each run: what else the machine does meets all alike. */
async function measureCpu(
  doors: readonly Door[],
  folder: string,
  turnTo: (keeps: boolean) => Promise<void>,
): Promise<void> {
  const runs = Number(options.runs)
  const seconds = Number(options.seconds)
  const connections = Number(options.connections)
  for (const [name, { bar, microsMost, messages }] of Object.entries(cases)) {
    if (!name.includes(options.case)) continue
    const loadOf = (door: Door) => ({ ...door, body: door.bodyOf(messages), connections, seconds })
    console.log(
      `${name} (${modelBody(messages).length} bytes): CPU time, median of ${runs} runs of ${seconds} s, ${connections} connections`,
    )
    const figures = new Map<string, { micros: number[]; perSecond: number[] }>()
    for (const door of doors) {
      await turnTo(door.keeps)
      await putLoad({ ...loadOf(door), seconds: warmUpSeconds }, folder)
      await waitUntilIdle(door.pid)
      figures.set(door.name, { micros: [], perSecond: [] })
    }
    for (let run = 0; run < runs; run++) {
      for (const door of doors) {
        await turnTo(door.keeps)
        const before = cpuMicros(door.pid)
        const calls = await putLoad(loadOf(door), folder)
        await waitUntilIdle(door.pid)
        const figure = figures.get(door.name)!
        figure.micros.push((cpuMicros(door.pid) - before) / calls)
        figure.perSecond.push(calls / seconds)
      }
    }
    const micros = (door: string) => percentile(figures.get(door)?.micros ?? [], 0.5)
    const verdict = (figure: string, value: number, most: number) => {
      const rounded = Number(most.toFixed(3))
      return `  (${value.toFixed(2)} x ${figure}, ${judge({ case: name, figure, value, most: rounded, unit: 'x' })})`
    }
    const verdicts = new Map<string, () => string>([
      [
        'fast door',
        () => {
          const ratio = verdict('of the bare relay', micros('fast door') / micros('bare relay'), bar)
          if (microsMost === undefined) return ratio
          const value = micros('fast door')
          return `${ratio} (${judge({ case: name, figure: 'CPU time of a call', value, most: microsMost, unit: 'µs' })})`
        },
      ],
      ['  deployment', () => verdict('of its model', micros('  deployment') / micros('fast door'), deploymentBar)],
    ])
    if (name === smallCall)
      verdicts.set('Portkey', () => verdict('the fast door of it', micros('fast door') / micros('Portkey'), portkeyBar))
    for (const [door, { perSecond }] of figures) {
      const ratio = micros(door) / micros('bare relay')
      console.log(
        `  ${door.padEnd(14)} ${micros(door).toFixed(1).padStart(7)} µs a call  ${ratio.toFixed(2).padStart(6)} x  ${percentile(perSecond, 0.5).toFixed(0).padStart(7)} calls/s${verdicts.get(door)?.() ?? ''}`,
      )
    }
    console.log()
  }
}
