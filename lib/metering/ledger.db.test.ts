import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addWorkspace, admitNow, silentLogger, someCall, someEnd, someUsage, spoolFolder } from '#lib/testing/ledger.ts'
import { createLedger, createMeter, type Ledger, type Meter } from './index.ts'
import { createInserter } from './insert.ts'

const { database } = await testDatabase()
const { pool } = database
const stopping: Ledger[] = []
afterEach(async () => {
  await Promise.all(stopping.splice(0).map((ledger) => ledger.stop()))
})

function till(over: Partial<Parameters<typeof createLedger>[0]> = {}): { ledger: Ledger; meter: Meter; dir: string } {
  const dir = over.dir ?? spoolFolder()
  const ledger = createLedger({
    pool,
    dir,
    process: 'test',
    clock: systemClock,
    logger: silentLogger,
    recoverEveryMs: 0,
    ...over,
  })
  stopping.push(ledger)
  return { ledger, meter: createMeter({ clock: systemClock, spool: ledger.spool, logger: silentLogger }), dir }
}

function call(
  meter: Meter,
  workspaceId: string,
  over: Parameters<typeof someCall>[1] = {},
  end: Parameters<typeof someEnd>[0] = {},
) {
  const asked = someCall(workspaceId, over)
  const ticket = admitNow(meter, asked)
  expect(ticket.begin()).toBeNull()
  return { id: asked.requestId, cost: ticket.settle(someEnd(end)) }
}

async function recordsOf(workspaceId: string) {
  const { rows } = await pool.query('select * from ledger.records where workspace_id = $1 order by started_at, id', [
    workspaceId,
  ])
  return rows
}

const sums = `count(*)::text as requests, coalesce(sum(input_tokens), 0)::text as input, coalesce(sum(output_tokens), 0)::text as output,
  coalesce(sum(cost_nano_usd), 0)::text as cost, count(*) filter (where not priced)::text as unpriced,
  count(*) filter (where usage_source = 'estimated')::text as estimated, coalesce(sum(latency_ms), 0)::text as latency`
const rollupSums = `coalesce(sum(requests), 0)::text as requests, coalesce(sum(input_tokens), 0)::text as input, coalesce(sum(output_tokens), 0)::text as output,
  coalesce(sum(cost_nano_usd), 0)::text as cost, coalesce(sum(unpriced), 0)::text as unpriced, coalesce(sum(estimated), 0)::text as estimated,
  coalesce(sum(latency_ms), 0)::text as latency`

async function expectRollupsToEqualRecords(workspaceId: string) {
  const scan = (await pool.query(`select ${sums} from ledger.records where workspace_id = $1`, [workspaceId])).rows[0]
  for (const table of ['usage_quarter', 'usage_day']) {
    expect(
      (await pool.query(`select ${rollupSums} from ledger.${table} where workspace_id = $1`, [workspaceId])).rows[0],
    ).toEqual(scan)
  }
  return scan
}

test('a settled call is one record with what the call was, its tokens and its cost', async () => {
  const workspaceId = await addWorkspace(pool)
  const { ledger, meter } = till()
  const atMs = Date.UTC(2026, 4, 5, 6, 7, 8, 9)
  const { id, cost } = call(
    meter,
    workspaceId,
    { atMs, stream: true, identity: 'customer-7', metadata: { ticket: '12' }, boundNanoUsd: 10n },
    {
      finishReason: 'stop',
      upstreamRequestId: 'up-1',
      attempts: [{ modelId: 'mdl_1', startedAtMs: atMs, status: 200, code: '', totalMs: 250 }],
    },
  )
  await ledger.flush()
  const [record] = await recordsOf(workspaceId)
  expect(record).toMatchObject({
    id,
    started_at: new Date(atMs),
    source: 'gateway',
    key_id: 'key_1',
    stream: true,
    outcome: 'ok',
    status: 200,
    input_tokens: '100',
    output_tokens: '20',
    usage_source: 'provider',
    priced: true,
    cost_nano_usd: cost.costNanoUsd.toString(),
    bound_nano_usd: '10',
    overrun_nano_usd: (cost.costNanoUsd - 10n).toString(),
    latency_ms: 250,
    first_byte_ms: 100,
    identity: 'customer-7',
    metadata: { ticket: '12' },
    finish_reason: 'stop',
  })
  expect(cost.costNanoUsd).toBe(74_800n)
  expect(record.attempts).toHaveLength(1)
})

test('what a caller may name cannot stop the writer: NUL, broken surrogates, long texts', async () => {
  const workspaceId = await addWorkspace(pool)
  const { ledger, meter } = till()
  const odd = `a\0b\ud800${'x'.repeat(5_000)}`
  const metadata = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}${odd}`, odd]))
  call(
    meter,
    workspaceId,
    { address: odd, identity: odd, thread: odd, name: odd, metadata },
    { errorMessage: odd, finishReason: odd },
  )
  await ledger.flush()
  const [record] = await recordsOf(workspaceId)
  expect(record.identity).toBe(`a\ufffdb\ufffd${'x'.repeat(252)}`)
  expect(record.error_message).toHaveLength(500)
  expect(Object.keys(record.metadata)).toHaveLength(16)
  expect(ledger.depth().rejected).toBe(0)
})

test('a call without usage is estimated and marked; an error without usage costs nothing', async () => {
  const workspaceId = await addWorkspace(pool)
  const { ledger, meter } = till()
  call(meter, workspaceId, { inputEstimateTokens: 11 }, { usage: null, outputBytes: 42 })
  call(meter, workspaceId, {}, { usage: null, outcome: 'error', status: 502, errorCode: 'upstream_reset' })
  call(meter, workspaceId, {}, { usage: someUsage({ inputTokens: Number.NaN }), outcome: 'aborted', status: 200 })
  await ledger.flush()
  const found = (await recordsOf(workspaceId)).map((row) => [
    row.outcome,
    row.usage_source,
    row.input_tokens,
    row.output_tokens,
    row.priced,
  ])
  expect(found).toEqual(
    expect.arrayContaining([
      ['ok', 'estimated', '11', '11', true],
      ['error', 'none', '0', '0', true],
      ['aborted', 'estimated', '10', '0', true],
    ]),
  )
  await expectRollupsToEqualRecords(workspaceId)
})

test('a ticket is settled once, and a refusal is one record without cost', async () => {
  const workspaceId = await addWorkspace(pool)
  const { ledger, meter } = till()
  const admission = await meter.admit(someCall(workspaceId))
  if (!admission.ok) throw new Error('refused')
  admission.ticket.begin()
  const first = admission.ticket.settle(someEnd())
  expect(admission.ticket.settle(someEnd({ usage: someUsage({ inputTokens: 999_999 }) }))).toBe(first)
  meter.refuse(someCall(workspaceId), { status: 400, code: 'invalid_request', message: 'No messages.' })
  await ledger.flush()
  const rows = await recordsOf(workspaceId)
  expect(rows.map((row) => row.outcome).sort()).toEqual(['ok', 'refused'])
  const refused = rows.find((row) => row.outcome === 'refused')
  expect(refused).toMatchObject({ status: 400, error_code: 'invalid_request', cost_nano_usd: '0', priced: true })
  const { rows: classes } = await pool.query(
    'select status_class, requests from ledger.usage_quarter where workspace_id = $1 order by 1',
    [workspaceId],
  )
  expect(classes).toEqual([
    { status_class: '2xx', requests: '1' },
    { status_class: 'refused', requests: '1' },
  ])
})

test('records that are replayed count nothing and charge nothing', async () => {
  const workspaceId = await addWorkspace(pool)
  const inserter = createInserter(pool, {
    holder: newId('hld'),
    rejectedFile: join(spoolFolder(), 'rejected'),
    logger: silentLogger,
  })
  const frames = Array.from({ length: 50 }, (_, index) => frameOf(workspaceId, index))
  expect(await inserter.insert(frames, { segment: 1, byte: 10 })).toBe(50)
  const before = await expectRollupsToEqualRecords(workspaceId)
  expect(await inserter.insert(frames, { segment: 1, byte: 20 })).toBe(0)
  expect(await inserter.insert([...frames, frameOf(workspaceId, 50)], { segment: 1, byte: 30 })).toBe(1)
  const after = await expectRollupsToEqualRecords(workspaceId)
  expect(BigInt(after.cost) - BigInt(before.cost)).toBe(50n)
})

test('one record that Postgres refuses is set aside with its reason, and all others are written', async () => {
  const workspaceId = await addWorkspace(pool)
  const dir = spoolFolder()
  const inserter = createInserter(pool, {
    holder: newId('hld'),
    rejectedFile: join(dir, 'rejected'),
    logger: silentLogger,
  })
  const bad = [
    Buffer.from(`{"id":"${newId('req')}","workspace_id":"${workspaceId}"}`),
    Buffer.from(frameOf(workspaceId, 1).toString().replace('"ok"', '"great"')),
    Buffer.from(frameOf(workspaceId, 1).toString().replace('"100"', '"-5"')),
  ]
  const good = Array.from({ length: 40 }, (_, index) => frameOf(workspaceId, index))
  const mixed = [bad[0]!, ...good.slice(0, 20), bad[1]!, ...good.slice(20), bad[2]!]
  expect(await inserter.insert(mixed, { segment: 1, byte: 1 })).toBe(40)
  const lines = readFileSync(join(dir, 'rejected'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ record }) => record)).toEqual(bad.map(String))
  expect(lines[1].reason).toContain('check constraint')
  await expectRollupsToEqualRecords(workspaceId)
})

test('ten writers on one workspace neither lose nor double, and meet without deadlock', async () => {
  const workspaceId = await addWorkspace(pool)
  const holders = Array.from({ length: 10 }, () =>
    createInserter(pool, { holder: newId('hld'), rejectedFile: join(spoolFolder(), 'rejected'), logger: silentLogger }),
  )
  const batches = Array.from({ length: 40 }, () =>
    Array.from({ length: 30 }, (_, index) => frameOf(workspaceId, index)),
  )
  // Every batch is written twice at the same time, by different holders, in the other order.
  const written = await Promise.all(
    batches.flatMap((batch, index) => [
      holders[index % 10]!.insert(batch, { segment: 1, byte: index + 1 }),
      holders[(index + 5) % 10]!.insert(batch.toReversed(), { segment: 1, byte: index + 1 }),
    ]),
  )
  expect(written.reduce((sum, count) => sum + count, 0)).toBe(1_200)
  expect((await expectRollupsToEqualRecords(workspaceId)).requests).toBe('1200')
})

test('cost moves from leased to spent in the statement that inserts the record, once', async () => {
  const workspaceId = await addWorkspace(pool)
  await pool.query(
    `insert into ledger.budget_period (workspace_id, budget_id, period_start, period_end, cap, leased) values ($1, 'bud', '2026-01-01', '2026-02-01', 1000, 100)`,
    [workspaceId],
  )
  const lease = newId('lse')
  await pool.query(`insert into ledger.budget_lease values ($1, $2, 'bud', '', '2026-01-01', 'hld', 100)`, [
    lease,
    workspaceId,
  ])
  const inserter = createInserter(pool, {
    holder: newId('hld'),
    rejectedFile: join(spoolFolder(), 'rejected'),
    logger: silentLogger,
  })
  const frames = Array.from({ length: 3 }, () => frameOf(workspaceId, 40, [{ lease, units: '40' }]))
  await inserter.insert(frames.slice(0, 2), { segment: 1, byte: 1 })
  await inserter.insert(frames, { segment: 1, byte: 2 })
  const { rows } = await pool.query(
    `select spent, leased, amount from ledger.budget_period p join ledger.budget_lease l using (workspace_id, budget_id, subject, period_start) where workspace_id = $1`,
    [workspaceId],
  )
  // The third call cost more than was left of the lease: an overrun, spent all the same.
  expect(rows).toEqual([{ spent: '120', leased: '0', amount: '0' }])
})

test('segments go once their records are written, and calls under way are carried into the next', async () => {
  const workspaceId = await addWorkspace(pool)
  const { ledger, meter, dir } = till({ spool: { segmentBytes: 4_096 } })
  const asked = someCall(workspaceId)
  const long = await meter.admit(asked)
  if (!long.ok) throw new Error('refused')
  long.ticket.begin()
  for (let round = 0; round < 200; round++) call(meter, workspaceId)
  await ledger.flush()
  const segments = readdirSync(join(dir, ledger.holderId)).filter((name) => name.endsWith('.spool'))
  expect(segments.length).toBeLessThanOrEqual(2)
  const last = segments.map((name) => readFileSync(join(dir, ledger.holderId, name), 'latin1')).join('')
  expect(last).toContain(asked.requestId)
  long.ticket.settle(someEnd())
  await ledger.stop()
  expect((await recordsOf(workspaceId)).length).toBe(201)
  expect(existsSync(join(dir, ledger.holderId))).toBe(false)
  expect((await pool.query('select from ledger.spool_position where holder = $1', [ledger.holderId])).rowCount).toBe(0)
})

test('Postgres away: calls go on, the spool keeps them, and all arrive when it is back', async () => {
  const workspaceId = await addWorkspace(pool)
  let away = true
  const flaky = {
    query: (...given: Parameters<typeof pool.query>) =>
      away ? Promise.reject(new Error('connect ECONNREFUSED')) : pool.query(...given),
  } as unknown as typeof pool
  const { ledger, meter } = till({ pool: flaky, writer: { everyMs: 1 } })
  for (let round = 0; round < 100; round++) call(meter, workspaceId)
  const written = ledger.flush()
  expect(ledger.depth()).toMatchObject({ records: 100, hasRoom: true })
  away = false
  await written
  expect(ledger.depth().records).toBe(0)
  expect((await expectRollupsToEqualRecords(workspaceId)).requests).toBe('100')
})

test('a spool that reached its bound refuses new calls with 503 and still ends those under way', async () => {
  const workspaceId = await addWorkspace(pool)
  const { ledger, meter } = till({ spool: { bytesMax: 2_000, segmentBytes: 500 }, writer: { everyMs: 600_000 } })
  const tickets = []
  for (;;) {
    const admission = await meter.admit(someCall(workspaceId))
    if (!admission.ok) {
      expect(admission.refusal).toMatchObject({ status: 503, code: 'ledger_unavailable' })
      break
    }
    expect(admission.ticket.begin()).toBeNull()
    tickets.push(admission.ticket)
  }
  for (const ticket of tickets) ticket.settle(someEnd())
  await ledger.flush()
  expect((await recordsOf(workspaceId)).length).toBe(tickets.length)
})

test('a full disk refuses new calls with 503; what could not be written is kept and written later', async () => {
  const workspaceId = await addWorkspace(pool)
  let full = false
  const { writeSync } = await import('node:fs')
  const write = (fd: number, bytes: Buffer, offset: number, length: number, position: number) => {
    // The disk takes a part of the frame, then no more.
    if (full) {
      if (offset === 0) return writeSync(fd, bytes, offset, Math.min(length, 20), position)
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    }
    return writeSync(fd, bytes, offset, length, position)
  }
  const { ledger, meter } = till({ spool: { write } })
  const under = await meter.admit(someCall(workspaceId))
  const late = await meter.admit(someCall(workspaceId))
  if (!under.ok || !late.ok) throw new Error('refused')
  under.ticket.begin()
  expect(under.ticket.commit()).toBeNull()
  full = true
  expect(late.ticket.begin()).toBeNull()
  expect(late.ticket.commit()).toMatchObject({ status: 503 })
  expect(late.ticket.settle(someEnd())).toMatchObject({ costNanoUsd: 0n })
  under.ticket.settle(someEnd())
  await meter.written()
  expect(await meter.admit(someCall(workspaceId))).toMatchObject({ ok: false, refusal: { status: 503 } })
  expect(ledger.depth()).toMatchObject({ held: 1, hasRoom: false })
  full = false
  await expect.poll(() => ledger.depth().held, { timeout: 5_000 }).toBe(0)
  call(meter, workspaceId)
  await ledger.flush()
  expect((await recordsOf(workspaceId)).map((row) => row.outcome)).toEqual(['ok', 'ok'])
})

test('days follow the zone of the workspace, also after it changed', async () => {
  const workspaceId = await addWorkspace(pool, 'Asia/Kathmandu')
  const { ledger, meter } = till()
  // 18:10 and 18:20 UTC are 23:55 and 00:05 in Kathmandu.
  for (const minute of [10, 20]) call(meter, workspaceId, { atMs: Date.UTC(2026, 2, 3, 18, minute) })
  await ledger.flush()
  const days = async () =>
    (
      await pool.query(`select day::text, requests from ledger.usage_day where workspace_id = $1 order by 1`, [
        workspaceId,
      ])
    ).rows
  expect(await days()).toEqual([
    { day: '2026-03-03', requests: '1' },
    { day: '2026-03-04', requests: '1' },
  ])
  await pool.query(`update workspaces set time_zone = 'UTC' where id = $1`, [workspaceId])
  expect(await days()).toEqual([{ day: '2026-03-03', requests: '2' }])
  await expectRollupsToEqualRecords(workspaceId)
  await expect(
    pool.query(`update workspaces set time_zone = 'Mars/Olympus' where id = $1`, [workspaceId]),
  ).rejects.toThrow()
})

test('the last use of a key is written at most once a minute', async () => {
  const workspaceId = await addWorkspace(pool)
  const { ledger, meter } = till()
  const atMs = Date.UTC(2026, 0, 1, 12)
  const lastUse = async () =>
    (
      await pool.query('select last_used_at from ledger.key_use where workspace_id = $1', [workspaceId])
    ).rows[0]?.last_used_at.getTime()
  for (const [later, expected] of [
    [0, 0],
    [59_000, 0],
    [60_000, 60_000],
    [1_000, 60_000],
  ] as const) {
    call(meter, workspaceId, { atMs: atMs + later })
    await ledger.flush()
    expect(await lastUse()).toBe(atMs + expected)
  }
})

test('the last use of an address is that of a call that found a model, checks left out', async () => {
  const workspaceId = await addWorkspace(pool)
  const { ledger, meter } = till()
  const atMs = Date.UTC(2026, 0, 1, 12)
  call(meter, workspaceId, { atMs, address: 'a' })
  call(meter, workspaceId, { atMs: atMs + 60_000, address: 'a', source: 'validation' })
  call(meter, workspaceId, { atMs: atMs + 60_000, address: 'no-such-model', modelId: '' })
  await ledger.flush()
  const { rows } = await pool.query('select address, last_used_at from ledger.address_use where workspace_id = $1', [
    workspaceId,
  ])
  expect(rows).toEqual([{ address: 'a', last_used_at: new Date(atMs) }])
})

test('a workspace sees its own records and rollups alone', async () => {
  const [mine, other] = [await addWorkspace(pool), await addWorkspace(pool)]
  const { ledger, meter } = till()
  call(meter, mine)
  call(meter, other)
  await ledger.flush()
  for (const table of [
    'records',
    'usage_quarter',
    'usage_day',
    'latency_hour',
    'latency_day',
    'key_use',
    'address_use',
  ]) {
    const seen = await database.app.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`select set_config('app.workspace_id', $1, true)`, mine)
      return tx.$queryRawUnsafe<{ workspace_id: string }[]>(`select distinct workspace_id from ledger.${table}`)
    })
    expect(seen).toEqual([{ workspace_id: mine }])
    const unset = await database.app.$queryRawUnsafe<unknown[]>(`select from ledger.${table}`)
    expect(unset).toEqual([])
  }
})

let serial = 0
function frameOf(workspaceId: string, cost: number, charges?: { lease: string; units: string }[]): Buffer {
  const timeMs = Date.UTC(2026, 0, 1) + (serial++ % 96) * 15 * 60_000
  return Buffer.from(
    JSON.stringify({
      id: newId('req', timeMs),
      started_at: new Date(timeMs).toISOString(),
      workspace_id: workspaceId,
      source: 'gateway',
      actor_kind: 'key',
      actor_id: `key_${serial % 3}`,
      key_id: `key_${serial % 3}`,
      model_id: `mdl_${serial % 5}`,
      endpoint: 'chat/completions',
      outcome: 'ok',
      status: 200,
      input_tokens: '100',
      usage_source: 'provider',
      priced: true,
      cost_nano_usd: String(cost),
      latency_ms: serial % 500,
      charges,
    }),
  )
}
