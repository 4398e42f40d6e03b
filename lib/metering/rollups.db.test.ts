import { expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addWorkspace, admitNow, silentLogger, someCall, someEnd, someUsage, spoolFolder } from '#lib/testing/ledger.ts'
import { createLedger, createMeter, keepPartitions } from './index.ts'
import { type CheckedDay, rebuildRollups, verifyRollups } from './rollups.ts'

const { database } = await testDatabase()
const { pool } = database
const hourMs = 60 * 60_000
const now = Date.now()

async function all(days: AsyncGenerator<CheckedDay>): Promise<CheckedDay[]> {
  const found: CheckedDay[] = []
  for await (const day of days) found.push(day)
  return found
}

const ever = (workspaceId: string) => ({ workspaceId, fromDay: '0001-01-01', toDay: '9999-12-31' })
const verify = (workspaceId: string) => all(verifyRollups(pool, ever(workspaceId)))
const wrongOf = (days: readonly CheckedDay[]) => days.reduce((sum, { wrong }) => sum + wrong, 0)

async function till() {
  const ledger = createLedger({
    ...{ pool, dir: spoolFolder(), process: 'test', clock: systemClock, logger: silentLogger, recoverEveryMs: 0 },
    writer: { everyMs: 1 },
  })
  const meter = createMeter({ clock: systemClock, spool: ledger.spool, logger: silentLogger })
  let made = 0
  const record = (workspaceId: string, atMs: number) => {
    made++
    const ticket = admitNow(
      meter,
      someCall(workspaceId, { atMs, modelId: `mdl_${made % 3}`, actorId: `key_${made % 2}` }),
    )
    expect(ticket.begin()).toBeNull()
    ticket.settle(
      someEnd({ usage: someUsage({ inputTokens: made, outputTokens: made % 7 }), latencyMs: 10 + made * 7 }),
    )
  }
  return { ledger, record }
}

test('rollups of three days agree in a zone off by a quarter of an hour, and a wrong sum in any of them is named and put right', async () => {
  await keepPartitions(
    pool,
    { ...systemClock, nowMs: () => now - 4 * 24 * hourMs },
    { daysAhead: 5, retentionDays: 400 },
  )
  const workspaceId = await addWorkspace(pool, 'Asia/Kathmandu')
  const { ledger, record } = await till()
  for (let hour = 0; hour < 72; hour++) record(workspaceId, now - hour * hourMs)
  await ledger.stop()
  const clean = await verify(workspaceId)
  expect(clean.reduce((sum, { records }) => sum + records, 0)).toBe(72)
  expect(clean.flatMap(({ differences }) => differences)).toEqual([])

  for (const [table, column, more] of [
    ['usage_quarter', 'cost_nano_usd', '1'],
    ['usage_day', 'requests', '2'],
    ['latency_hour', 'count', '3'],
    ['latency_day', 'count', '4'],
  ] as const) {
    const of = `ctid = (select ctid from ledger.${table} where workspace_id = '${workspaceId}' limit 1)`
    const wrong =
      column === 'count' ? `counts[array_lower(counts, 1)] = counts[array_lower(counts, 1)]` : `${column} = ${column}`
    await pool.query(`update ledger.${table} set ${wrong} + ${more} where ${of}`)
    const found = (await verify(workspaceId)).flatMap(({ differences }) => differences)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ table, column })
    expect(Number(found[0]!.rollup) - Number(found[0]!.records)).toBe(Number(more))
    expect(found[0]!.key.model_id).toMatch(/^mdl_\d$/)
    expect(wrongOf(await all(rebuildRollups(pool, ever(workspaceId))))).toBe(1)
    expect(wrongOf(await verify(workspaceId))).toBe(0)
    await pool.query(`delete from ledger.${table} where ${of}`)
    expect(wrongOf(await all(rebuildRollups(pool, ever(workspaceId))))).toBeGreaterThan(0)
    expect(wrongOf(await verify(workspaceId))).toBe(0)
  }
  const outside = { workspaceId, fromDay: '2020-01-01', toDay: '2020-01-02' }
  expect(await all(verifyRollups(pool, outside))).toEqual([])
})

test('a rebuild while records are being written loses none and counts none twice, here and in other workspaces', async () => {
  const [one, other] = [await addWorkspace(pool), await addWorkspace(pool)]
  const { ledger, record } = await till()
  let going = true
  const writing = (async () => {
    while (going) {
      for (let index = 0; index < 20; index++) record(index % 2 ? one : other, now - index * hourMs)
      await ledger.flush()
    }
  })()
  for (let round = 0; round < 5; round++) {
    await pool.query(`update ledger.usage_quarter set requests = requests + 1 where workspace_id = $1`, [one])
    const days = await all(rebuildRollups(pool, ever(one)))
    if (round > 0) expect(wrongOf(days)).toBeGreaterThan(0)
    expect(wrongOf(await verify(other))).toBe(0)
  }
  going = false
  await writing
  await ledger.stop()
  expect(wrongOf(await verify(one))).toBe(0)
  expect(wrongOf(await verify(other))).toBe(0)
  const { rows } = await pool.query(
    'select sum(requests)::int as requests from ledger.usage_quarter where workspace_id = $1',
    [one],
  )
  expect(rows[0].requests).toBeGreaterThan(50)
})

test('sums whose records are past retention are neither called wrong nor touched', async () => {
  const workspaceId = await addWorkspace(pool)
  const old = `insert into ledger.usage_quarter select $1, timestamptz '2020-01-01', '', '', '', '', '', $2, 'gateway', '2xx', 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1`
  await pool.query(old, [workspaceId, newId('key')])
  await keepPartitions(pool, systemClock, { daysAhead: 1, retentionDays: 400 })
  expect(await all(rebuildRollups(pool, ever(workspaceId)))).toEqual([])
  const { rows } = await pool.query(
    'select sum(requests)::int as requests from ledger.usage_quarter where workspace_id = $1',
    [workspaceId],
  )
  expect(rows[0].requests).toBe(5)
})
