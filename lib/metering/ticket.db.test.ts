import { afterEach, expect, test } from 'vitest'
import { systemClock } from '#lib/platform/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import {
  addWorkspace,
  admitNow,
  silentLogger,
  someCall,
  someEnd,
  somePrice,
  someUsage,
  spoolFolder,
} from '#lib/testing/ledger.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createMeter } from './meter.ts'
import type { Aim } from './schema.ts'

// A call that is tried on several models is one record: what it cost in all, and who answered.
const { database } = await testDatabase()
const { pool } = database
const ledgers: Ledger[] = []
afterEach(async () => {
  for (const ledger of ledgers.splice(0)) await ledger.stop()
})

function till() {
  const ledger = createLedger({
    pool,
    dir: spoolFolder(),
    process: 'gateway',
    clock: systemClock,
    logger: silentLogger,
    recoverEveryMs: 0,
  })
  ledger.start()
  ledgers.push(ledger)
  return { ledger, meter: createMeter({ clock: systemClock, spool: ledger.spool, logger: silentLogger }) }
}

const even = (id: string, pico: bigint) =>
  somePrice({ id, inputPicoUsdPerToken: pico, outputPicoUsdPerToken: pico, cachedInputPicoUsdPerToken: null })
const other: Aim = {
  modelId: 'mdl_2',
  price: even('prc_2', 10_000n),
  inputEstimateTokens: 10,
  boundNanoUsd: 500n,
}

async function begun(over: object = {}) {
  const workspaceId = await addWorkspace(pool)
  const { ledger, meter } = till()
  const call = someCall(workspaceId, { price: even('prc_1', 1_000n), ...over })
  const ticket = admitNow(meter, call)
  expect(ticket.begin()).toBeNull()
  return {
    ticket,
    async record() {
      await ledger.flush()
      const { rows } = await pool.query('select * from ledger.records where workspace_id = $1', [workspaceId])
      expect(rows).toHaveLength(1)
      return rows[0]
    },
  }
}

test('the record is of the model that was aimed at last, at its price', async () => {
  const { ticket, record } = await begun()
  expect(ticket.charge(null)).toBeNull()
  expect(ticket.attempt(other)).toBeNull()
  // 120 tokens at 10 nano-dollars.
  expect(ticket.settle(someEnd())).toEqual({ costNanoUsd: 1_200n, priced: true })
  expect(await record()).toMatchObject({
    model_id: 'mdl_2',
    price_id: 'prc_2',
    cost_nano_usd: '1200',
    bound_nano_usd: '500',
    overrun_nano_usd: '700',
    input_tokens: '100',
  })
})

test('what failed attempts were charged is in the sum, each at the price of its model', async () => {
  const { ticket, record } = await begun({ boundNanoUsd: 30n })
  expect(ticket.charge(someUsage({ inputTokens: 40, outputTokens: 2 }))).toEqual({
    inputTokens: 40,
    outputTokens: 2,
    costNanoUsd: 42n,
  })
  ticket.attempt({ ...other, boundNanoUsd: 0n })
  expect(ticket.settle(someEnd()).costNanoUsd).toBe(1_242n)
  expect(await record()).toMatchObject({
    cost_nano_usd: '1242',
    overrun_nano_usd: '12',
    input_tokens: '140',
    output_tokens: '22',
    usage_source: 'provider',
  })
})

test('a call that fails in the end still costs what was charged', async () => {
  const { ticket, record } = await begun()
  ticket.charge(someUsage({ inputTokens: 5 }))
  ticket.settle(someEnd({ outcome: 'error', status: 502, usage: null }))
  expect(await record()).toMatchObject({ outcome: 'error', cost_nano_usd: '5', usage_source: 'provider' })
})

test('one attempt without a price makes the whole call unpriced', async () => {
  const { ticket, record } = await begun({ price: null })
  expect(ticket.charge(someUsage({ inputTokens: 5 }))?.costNanoUsd).toBe(0n)
  ticket.attempt(other)
  ticket.settle(someEnd())
  expect(await record()).toMatchObject({ priced: false, cost_nano_usd: '1200' })
})

test('usage that cannot be is charged to nobody', async () => {
  const { ticket } = await begun()
  expect(ticket.charge(someUsage({ inputTokens: -1 }))).toBeNull()
  expect(ticket.settle(someEnd({ outcome: 'error', status: 502, usage: null })).costNanoUsd).toBe(0n)
})

test('nothing can be tried or charged once a call is settled', async () => {
  const { ticket, record } = await begun()
  const cost = ticket.settle(someEnd())
  expect(ticket.charge(someUsage({ inputTokens: 5 }))).toBeNull()
  expect(ticket.attempt(other)).toMatchObject({ status: 503 })
  expect(ticket.settle(someEnd())).toBe(cost)
  expect(await record()).toMatchObject({ model_id: 'mdl_1' })
})

test('a record keeps each attempt, with those who were passed over', async () => {
  const { ticket, record } = await begun()
  const attempts = [
    {
      modelId: 'mdl_1',
      startedAtMs: 1,
      status: 503,
      code: 'upstream_overloaded',
      connectMs: 1.25,
      firstByteMs: 2,
      totalMs: 3,
    },
    { modelId: 'mdl_3', startedAtMs: 2, status: 0, code: 'model_disabled', totalMs: 0, skipped: true },
    {
      modelId: 'mdl_2',
      startedAtMs: 3,
      status: 200,
      code: '',
      totalMs: 4,
      inputTokens: 7,
      outputTokens: 3,
      costNanoUsd: '10',
    },
  ]
  ticket.settle(someEnd({ attempts }))
  expect((await record()).attempts).toEqual([{ ...attempts[0], connectMs: 1.3 }, attempts[1], attempts[2]])
})
