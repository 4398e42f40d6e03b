import { afterAll, expect, test } from 'vitest'
import { createLedger, createMeter } from '#lib/metering/index.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import {
  addModel,
  addWorkspace,
  admitNow,
  scopeOf,
  silentLogger,
  someCall,
  someEnd,
  spoolFolder,
} from '#lib/testing/ledger.ts'
import { modelHealth } from './health.ts'

const { database } = await testDatabase()
const { pool } = database
const clock = testClock(Date.UTC(2026, 5, 15, 12, 0))
const ledger = createLedger({
  pool,
  dir: spoolFolder(),
  process: 'test',
  clock,
  logger: silentLogger,
  recoverEveryMs: 0,
})
const meter = createMeter({ clock, spool: ledger.spool, logger: silentLogger })
ledger.start()
afterAll(() => ledger.stop())

const minuteMs = 60_000
const hourMs = 60 * minuteMs

async function setUp() {
  const workspaceId = await addWorkspace(pool)
  const { modelId } = await addModel(pool, workspaceId)
  const scope = await scopeOf(database, clock, workspaceId)
  return {
    modelId,
    scope,
    calls(count: number, agoMs: number, end: Parameters<typeof someEnd>[0] = {}, call: object = {}) {
      for (let index = 0; index < count; index++) {
        const atMs = clock.nowMs() - agoMs
        const ticket = admitNow(meter, someCall(workspaceId, { modelId, atMs, ...call }))
        ticket.begin()
        ticket.settle(someEnd(end))
      }
    },
    async read() {
      await ledger.flush()
      return (await modelHealth(scope, { modelIds: [modelId] }))[0]!
    },
  }
}
const failure = { outcome: 'error', status: 502, errorCode: 'upstream_error', usage: null } as const

test('without a call for a day a model is idle, with one it is healthy', async () => {
  const { calls, read } = await setUp()
  expect(await read()).toMatchObject({ word: 'idle', lastCallAt: null, hours24: { requests: 0, errorRate: null } })
  calls(1, 25 * hourMs)
  expect(await read()).toMatchObject({ word: 'idle', lastCallAt: '2026-06-14T11:00:00.000Z' })
  calls(1, 3 * hourMs)
  expect(await read()).toMatchObject({ word: 'healthy', hour1: { requests: 0 }, hours24: { requests: 1, errors: 0 } })
})

test('over 20 % failures of the server in 5 minutes is failing; mistakes and leaving of callers are none', async () => {
  const { calls, read } = await setUp()
  calls(8, minuteMs)
  calls(2, minuteMs, failure)
  expect(await read()).toMatchObject({ word: 'healthy', minutes5: { requests: 10, errors: 2, errorRate: 0.2 } })
  calls(5, minuteMs, { outcome: 'error', status: 400, errorCode: 'invalid_request', usage: null })
  calls(5, minuteMs, { outcome: 'aborted', status: 499 })
  expect(await read()).toMatchObject({ word: 'healthy', minutes5: { requests: 15, errors: 2 } })
  calls(3, minuteMs, failure)
  expect(await read()).toMatchObject({ word: 'failing', minutes5: { requests: 18, errors: 5 } })
})

test('fewer than five calls say nothing of a model, however many of them failed', async () => {
  const { calls, read } = await setUp()
  calls(4, minuteMs, failure)
  expect(await read()).toMatchObject({ word: 'healthy', minutes5: { requests: 4, errors: 4, errorRate: 1 } })
  calls(1, minuteMs)
  expect(await read()).toMatchObject({ word: 'failing', minutes5: { requests: 5, errors: 4 } })
})

test('failures of more than 5 minutes ago, and those of our own probes, do not count', async () => {
  const { calls, read } = await setUp()
  calls(10, 6 * minuteMs, failure)
  calls(10, minuteMs, failure, { source: 'validation' })
  calls(10, minuteMs, failure, { source: 'drift' })
  expect(await read()).toMatchObject({
    word: 'healthy',
    minutes5: { requests: 0 },
    hour1: { requests: 10, errors: 10, errorRate: 1 },
  })
})

test('a first byte over 3 times its 7-day median is slow', async () => {
  const { calls, read } = await setUp()
  for (const days of [1, 2, 3, 4]) calls(20, days * 24 * hourMs, { firstByteMs: 100 })
  calls(10, 2 * minuteMs, { firstByteMs: 290 })
  const usual = await read()
  expect(usual.word).toBe('healthy')
  expect(usual.firstByteMedianMs).toBeGreaterThan(96)
  expect(usual.firstByteMedianMs).toBeLessThan(104)
  calls(10, 2 * minuteMs, { firstByteMs: 900 })
  const slow = await read()
  expect(slow).toMatchObject({ word: 'slow', minutes5: { firstByteP95Ms: 900 } })
  expect(slow.hour1.firstByteP95Ms).toBeGreaterThan(860)
})

test('a refused key goes before everything, and what is not here is left out', async () => {
  const { modelId, scope, read } = await setUp()
  const other = await setUp()
  await pool.query('update models set key_refused_at = $2 where id = $1', [modelId, new Date(clock.nowMs())])
  expect(await read()).toMatchObject({ word: 'key_refused', keyRefusedAt: '2026-06-15T12:00:00.000Z' })
  expect(await modelHealth(scope, { modelIds: [other.modelId, 'mdl_none', modelId] })).toMatchObject([{ modelId }])
})
