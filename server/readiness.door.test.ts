import type { StatsFs } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, expect, test, vi } from 'vitest'
import { createMeter } from '#lib/metering/index.ts'
import { missingForCalls } from '#lib/platform/readiness.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen, serveFetch } from '#lib/testing/doors.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { addWorkspace, admitNow, silentLogger, someCall, someEnd } from '#lib/testing/ledger.ts'
import { startGatewayProcess } from '#lib/testing/processes.ts'
import { GET } from '../app/api/health/ready/route.ts'
import { createHttpDoor } from './http-door.ts'

// Of the disk, what is left of it and whether it takes another byte.
const disk = vi.hoisted(() => ({ left: {} as Partial<StatsFs>, refuses: false }))
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  return {
    ...fs,
    statfsSync: (folder: string) => ({ ...fs.statfsSync(folder), ...disk.left }),
    writeSync(...given: Parameters<typeof fs.writeSync>) {
      if (disk.refuses) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      return fs.writeSync(...given)
    },
  }
})

const { database, url } = await testDatabase()

/** The way to Postgres: open, cut, or silent, where what is sent waits for an answer. */
let way: 'open' | 'cut' | 'silent' = 'open'
const pairs = new Set<{ near: Socket; far: Socket }>()
const between = createServer((near) => {
  near.on('error', () => undefined)
  if (way === 'cut') return void near.destroy()
  const far = connect(Number(new URL(url).port), new URL(url).hostname)
  const pair = { near, far }
  pairs.add(pair)
  far.on('error', () => undefined)
  far.on('close', () => near.destroy())
  near.on('close', () => {
    far.destroy()
    pairs.delete(pair)
  })
  if (way === 'open') join(pair)
})
const join = ({ near, far }: { near: Socket; far: Socket }) => near.pipe(far).pipe(near)
function setWay(next: typeof way): void {
  way = next
  for (const pair of pairs) {
    if (next === 'cut') pair.near.destroy()
    else if (next === 'open') join(pair)
    else {
      pair.near.unpipe()
      pair.far.unpipe()
    }
  }
}
await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
afterAll(() => void between.close())
const through = new URL(url)
through.port = String((between.address() as AddressInfo).port)

const clock = testClock(Date.now())
const { runtime, variables } = await testInstallation(through.href, { clock })

const gatewayPort = await listen(
  createHttpDoor({
    gateway: runtime.gateway,
    isOurHost: () => true,
    notReady: () => missingForCalls(runtime),
    onError: (error) => {
      throw error
    },
  }),
)
const studioPort = await listen(serveFetch(() => GET()))

async function ask(address: string): Promise<{ code: number; status: string; missing: string[] }> {
  const answer = await fetch(address)
  return { code: answer.status, ...((await answer.json()) as { status: string; missing: string[] }) }
}
const gateway = () => ask(`http://127.0.0.1:${gatewayPort}/health/ready`)
const studio = () => ask(`http://127.0.0.1:${studioPort}/api/health/ready`)
const both = async () => ({ gateway: await gateway(), studio: await studio() })

const ready = { code: 200, status: 'ready', missing: [] }
const without = (...missing: string[]) => ({ code: 503, status: 'not ready', missing })
const allReady = { gateway: ready, studio: ready }

test('both doors are ready where nothing is missing', async () => {
  expect(await both()).toEqual(allReady)
})

test('without Postgres the studio is not ready at once, the gateway goes on', async () => {
  setWay('cut')
  expect(await both()).toEqual({ gateway: ready, studio: without('Postgres does not answer') })
  setWay('open')
  await expect.poll(both).toEqual(allReady)
})

test('after ten minutes of a silent Postgres neither is ready, and who asks need not wait for it', async () => {
  setWay('silent')
  expect(await gateway()).toEqual(ready)
  clock.advance(600_001)
  const silent = 'Postgres has not answered for 10 minutes'
  const startedMs = performance.now()
  expect(await both()).toEqual({ gateway: without(silent), studio: without('Postgres does not answer', silent) })
  expect(performance.now() - startedMs).toBeLessThan(15_000)
  setWay('open')
  await expect.poll(both, { timeout: 40_000 }).toEqual(allReady)
})

test('a full disk makes neither ready until there is room', async () => {
  disk.left = { bavail: 10, bfree: 10, bsize: 4096 }
  const full = without('the disk of the data folder is full')
  expect(await both()).toEqual({ gateway: full, studio: full })
  disk.left = {}
  expect(await both()).toEqual(allReady)
})

test('while the disk takes no end of a call, the ledger has no room', async () => {
  const { spool } = runtime.ledger
  const meter = createMeter({ clock, spool, logger: silentLogger })
  const ticket = admitNow(meter, someCall(await addWorkspace(database.pool)))
  expect([ticket.begin(), ticket.commit()]).toEqual([null, null])
  disk.refuses = true
  ticket.settle(someEnd())
  spool.flush()
  const noRoom = without('the ledger has no room')
  expect(await both()).toEqual({ gateway: noRoom, studio: noRoom })
  disk.refuses = false
  await expect.poll(both).toEqual(allReady)
})

test('a gateway that is told to stop says so to who is still connected', async () => {
  const { child, port, gone } = await startGatewayProcess(variables)
  const socket = connect(port, '127.0.0.1')
  let said = ''
  socket.on('data', (bytes: Buffer) => (said += bytes.toString()))
  // A request that has begun keeps its connection.
  socket.write('GET /health/ready HTTP/1.1\r\nhost: localhost\r\n')
  await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200))
  child.kill('SIGTERM')
  await expect
    .poll(() =>
      fetch(`http://127.0.0.1:${port}/health/live`).then(
        () => 'open',
        () => 'closed',
      ),
    )
    .toBe('closed')
  socket.write('\r\n')
  await expect.poll(() => said).toContain('{"status":"not ready","missing":["this process is shutting down"]}')
  expect(said).toContain('HTTP/1.1 503 ')
  socket.destroy()
  expect(await gone).toBe(0)
})

test('who drains is not ready, at either door', async () => {
  await runtime.gateway.drain()
  const stopping = without('this process is shutting down')
  expect(await both()).toEqual({ gateway: stopping, studio: stopping })
})
