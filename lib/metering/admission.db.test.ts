import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { createSnapshotFeed } from '#lib/platform/snapshot.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addWorkspace, silentLogger, someCall, someEnd, someUsage, spoolFolder } from '#lib/testing/ledger.ts'
import { type AdmissionDeps, createAdmission } from './admission.ts'
import { createLedger, createMeter, type Ledger, type Meter } from './index.ts'
import type { CallToAdmit, Refusal } from './schema.ts'

const { database, url } = await testDatabase()
const { pool } = database

/** What of a process matters here: a ledger, leases and a meter of its own. */
interface Till {
  ledger: Ledger
  meter: Meter
  refresh(): Promise<void>
  /** Reserved and never ended: what a process that is killed leaves behind. */
  die(): void
  stop(): Promise<void>
}

/** Postgres itself refuses whatever would pass a cap while `work` runs. */
async function whileChecked(work: () => Promise<void>): Promise<void> {
  const owner = new pg.Client({ connectionString: url })
  await owner.connect()
  try {
    await owner.query(
      'alter table ledger.budget_period add constraint never_over check (spent + leased <= cap) not valid',
    )
    await work()
  } finally {
    await owner.query('alter table ledger.budget_period drop constraint if exists never_over')
    await owner.end()
  }
}

const tills: Till[] = []
afterEach(async () => {
  await Promise.all(tills.splice(0).map((till) => till.stop()))
})

const dir = spoolFolder()
async function till(over: Partial<AdmissionDeps> = {}): Promise<Till> {
  const clock = over.clock ?? systemClock
  const feed = createSnapshotFeed({ pool, listen: database.listen, clock: systemClock, logger: silentLogger })
  const ledger = createLedger({
    pool: over.pool ?? pool,
    dir,
    process: 'test',
    clock,
    logger: silentLogger,
    recoverEveryMs: 0,
    writer: { everyMs: 5 },
  })
  await ledger.beat()
  const parts = { pool, feed, listen: database.listen, ledger, clock, logger: silentLogger }
  const admission = await createAdmission({ ...parts, ...over })
  const made: Till = {
    ledger,
    meter: createMeter({ clock, spool: ledger.spool, logger: silentLogger, reserve: admission.reserve }),
    refresh: feed.refresh,
    die: () => void tills.splice(tills.indexOf(made), 1),
    async stop() {
      await admission.close()
      await feed.close()
      await ledger.stop()
    },
  }
  tills.push(made)
  return made
}

interface BudgetRow {
  scope?: string
  scopeId?: string
  unit?: string
  amount: number | bigint
  window?: string
}
async function addBudget(workspaceId: string, row: BudgetRow): Promise<string> {
  const { scope = 'workspace', scopeId = '', unit = 'usd', amount, window = 'total' } = row
  const id = newId('bud')
  await pool.query(
    'insert into budgets (id, workspace_id, scope, scope_id, unit, amount, "window") values ($1, $2, $3, $4, $5, $6, $7)',
    [id, workspaceId, scope, scopeId, unit, amount, window],
  )
  return id
}
async function addLimit(workspaceId: string, kind: string, amount: number): Promise<string> {
  const id = newId('lim')
  await pool.query(`insert into limits (id, workspace_id, scope, kind, amount) values ($1, $2, 'workspace', $3, $4)`, [
    id,
    workspaceId,
    kind,
    amount,
  ])
  return id
}

const free = {
  id: newId('prc'),
  inputPicoUsdPerToken: 1_000n,
  outputPicoUsdPerToken: 1_000n,
  cachedInputPicoUsdPerToken: null,
  imageNanoUsd: null,
}
/** A token costs a nano-dollar. */
const callOf = (workspaceId: string, over: Partial<CallToAdmit> = {}) =>
  someCall(workspaceId, { price: free, boundNanoUsd: 10n, boundTokens: 10, inputEstimateTokens: 5, ...over })
const endOf = (tokens: number) => someEnd({ usage: someUsage({ inputTokens: tokens }) })

/** Null where the call was let in and settled. */
async function call({ meter }: Till, asked: CallToAdmit, tokens = 10, during = () => Promise.resolve()) {
  const admission = await meter.admit(asked)
  if (!admission.ok) return admission.refusal
  expect(admission.ticket.begin()).toBeNull()
  await during()
  admission.ticket.settle(endOf(tokens))
  return null
}

async function periodsOf(workspaceId: string) {
  const { rows } = await pool.query<{
    budget_id: string
    subject: string
    cap: string
    spent: string
    leased: string
    period_start: Date
    period_end: Date
  }>('select * from ledger.budget_period where workspace_id = $1 order by budget_id, period_start, subject', [
    workspaceId,
  ])
  return rows.map(({ budget_id, subject, cap, spent, leased, period_start, period_end }) => ({
    id: budget_id,
    subject,
    cap: Number(cap),
    spent: Number(spent),
    leased: Number(leased),
    start: period_start.toISOString(),
    end: period_end.toISOString(),
  }))
}
async function recordedCost(workspaceId: string): Promise<number> {
  const { rows } = await pool.query(
    'select sum(cost_nano_usd)::float8 as cost from ledger.records where workspace_id = $1',
    [workspaceId],
  )
  return rows[0].cost ?? 0
}
const statusOf = (refusal: Refusal | null) => refusal?.status ?? 200

test('calls are let in up to the cap and then refused with scope and reset, and what was spent equals the records', async () => {
  const workspaceId = await addWorkspace(pool, 'Europe/Berlin')
  const budget = await addBudget(workspaceId, { amount: 55, window: 'day' })
  const one = await till()
  const refusals: (Refusal | null)[] = []
  for (let index = 0; index < 8; index++) {
    refusals.push(await call(one, callOf(workspaceId)))
    await one.ledger.flush()
  }
  expect(refusals.map(statusOf)).toEqual([200, 200, 200, 200, 200, 402, 402, 402])
  expect(refusals[5]).toMatchObject({ code: 'budget_exceeded' })
  expect(refusals[5]!.message).toMatch(
    /^The daily budget of the workspace does not allow this call any more\. It resets on .+, 00:00 Europe\/Berlin/,
  )
  expect(await periodsOf(workspaceId)).toMatchObject([{ cap: 55, spent: 50 }])
  expect(await recordedCost(workspaceId)).toBe(50)
  const { rows: kept } = await pool.query(
    `select charges from ledger.records where workspace_id = $1 and outcome = 'refused'`,
    [workspaceId],
  )
  expect(kept.map(({ charges }) => charges)).toEqual(Array(3).fill([{ rule: budget, units: '0' }]))
  // A smaller call still fits.
  expect(await call(one, callOf(workspaceId, { boundNanoUsd: 5n }), 5)).toBeNull()
  await one.stop()
  tills.splice(0)
  expect(await periodsOf(workspaceId)).toMatchObject([{ cap: 55, spent: 55, leased: 0 }])
})

test('the record names every budget and limit that its call had to fit in, with what it used of each', async () => {
  const workspaceId = await addWorkspace(pool)
  const budget = await addBudget(workspaceId, { amount: 1_000 })
  const perMinute = await addLimit(workspaceId, 'requests_per_minute', 100)
  const tokens = await addLimit(workspaceId, 'tokens_per_minute', 1_000)
  const atOnce = await addLimit(workspaceId, 'concurrency', 10)
  const { meter, ledger } = await till()
  const asked = callOf(workspaceId)
  const admission = await meter.admit(asked)
  if (!admission.ok) throw new Error(admission.refusal.message)
  const { ticket } = admission
  ticket.begin()
  // The first attempt is billed, the second gives nothing, the third answers.
  ticket.charge(someUsage({ inputTokens: 4 }))
  expect(await ticket.attempt(asked)).toBeNull()
  ticket.charge(null)
  expect(await ticket.attempt(asked)).toBeNull()
  ticket.settle(endOf(7))
  await ledger.flush()
  const { rows } = await pool.query('select charges from ledger.records where id = $1', [asked.requestId])
  const used = new Map<string, number>()
  for (const { rule, units } of rows[0].charges) used.set(rule, (used.get(rule) ?? 0) + Number(units))
  expect(Object.fromEntries(used)).toEqual({ [budget]: 11, [perMinute]: 1, [tokens]: 11, [atOnce]: 0 })
  expect(rows[0].charges.filter(({ lease }: { lease?: string }) => lease)).toHaveLength(1)
  expect(await periodsOf(workspaceId)).toMatchObject([
    { id: budget, spent: 11 },
    { id: atOnce, spent: 0 },
  ])
})

test('after the first call of a budget no call waits for Postgres', async () => {
  const workspaceId = await addWorkspace(pool)
  await addBudget(workspaceId, { amount: 1_000_000 })
  await addLimit(workspaceId, 'requests_per_minute', 100_000)
  await addLimit(workspaceId, 'concurrency', 1_000)
  const one = await till()
  expect(one.meter.admit(callOf(workspaceId))).toBeInstanceOf(Promise)
  await call(one, callOf(workspaceId))
  let waited = 0
  for (let index = 0; index < 100; index++) {
    const admission = one.meter.admit(callOf(workspaceId))
    if (admission instanceof Promise) waited++
    const known = await admission
    if (known.ok) known.ticket.settle(endOf(10))
  }
  expect(waited).toBeLessThan(10)
})

test('200 parallel callers on two processes: spent + leased never passes the cap, which Postgres itself checks', async () => {
  const workspaceId = await addWorkspace(pool)
  await addBudget(workspaceId, { amount: 200 })
  await whileChecked(async () => {
    const both = [await till(), await till()]
    const refusals = await Promise.all(
      Array.from({ length: 200 }, (_, index) => call(both[index % 2]!, callOf(workspaceId), 1 + (index % 10))),
    )
    expect(new Set(refusals.map(statusOf))).toEqual(
      new Set([200, 402, 429].filter((status) => refusals.map(statusOf).includes(status))),
    )
    // What calls under way had reserved and not used is there for others.
    let round = 0
    const statusOfNext = async () => {
      const refusal = await call(both[round++ % 2]!, callOf(workspaceId))
      await both[round % 2]!.ledger.flush()
      return statusOf(refusal)
    }
    await expect.poll(statusOfNext, { timeout: 10_000, interval: 50 }).toBe(402)
    await Promise.all(both.map(({ ledger }) => ledger.flush()))
    const [period] = await periodsOf(workspaceId)
    expect(period!.spent).toBe(await recordedCost(workspaceId))
    expect(period!.spent).toBeGreaterThan(190)
    await Promise.all(tills.splice(0).map((one) => one.stop()))
    expect(await periodsOf(workspaceId)).toMatchObject([{ leased: 0, spent: period!.spent }])
  })
})

test('several budgets that overlap, dollars and tokens, held at once by three processes: each ends at the sum of its records', async () => {
  const workspaceId = await addWorkspace(pool)
  const all = await addBudget(workspaceId, { amount: 100_000 })
  const tokens = await addBudget(workspaceId, { amount: 50_000, unit: 'tokens', window: 'month' })
  const byKey = await addBudget(workspaceId, { amount: 30_000, scope: 'key', scopeId: 'key_a' })
  const byModel = await addBudget(workspaceId, { amount: 30_000, scope: 'model', scopeId: 'mdl_a', unit: 'tokens' })
  const byIdentity = await addBudget(workspaceId, { amount: 9_000, scope: 'identity', scopeId: '*' })
  await whileChecked(async () => {
    const three = [await till(), await till(), await till()]
    const keys = ['key_a', 'key_b']
    const models = ['mdl_a', 'mdl_b']
    const identities = ['ann', 'bob', undefined]
    await Promise.all(
      Array.from({ length: 30 }, async (_, lane) => {
        for (let round = 0; round < 30; round++) {
          const at = lane * 31 + round * 7
          const over = {
            keyId: keys[at % 2]!,
            modelId: models[(at >> 1) % 2]!,
            identity: identities[at % 3],
            boundNanoUsd: 50n,
            boundTokens: 50,
          }
          await call(three[(lane + round) % 3]!, callOf(workspaceId, over), at % 50)
        }
      }),
    )
    await Promise.all(three.map(({ ledger }) => ledger.flush()))
    const sum = async (where: string) =>
      Number(
        (
          await pool.query(
            `select coalesce(sum(cost_nano_usd), 0) as sum from ledger.records where workspace_id = $1 and ${where}`,
            [workspaceId],
          )
        ).rows[0].sum,
      )
    // A token costs a nano-dollar: both units have one sum.
    const [ann, bob] = [await sum(`identity = 'ann'`), await sum(`identity = 'bob'`)]
    const expected = {
      [`${all} `]: await sum('true'),
      [`${tokens} `]: await sum('true'),
      [`${byKey} `]: await sum(`key_id = 'key_a'`),
      [`${byModel} `]: await sum(`model_id = 'mdl_a'`),
      [`${byIdentity} ann`]: ann,
      [`${byIdentity} bob`]: bob,
    }
    const spent = (await periodsOf(workspaceId)).map((period) => [`${period.id} ${period.subject}`, period.spent])
    expect(Object.fromEntries(spent)).toEqual(expected)
    expect(ann).toBeLessThanOrEqual(9_000)
    await Promise.all(tills.splice(0).map((one) => one.stop()))
    expect((await periodsOf(workspaceId)).map(({ leased }) => leased)).toEqual([0, 0, 0, 0, 0, 0])
  })
})

test('only reservations in the way: 429 with the time to come back, and another process gives back what it does not need', async () => {
  const workspaceId = await addWorkspace(pool)
  await addBudget(workspaceId, { amount: 100 })
  const [one, two] = [await till({ spread: 1 }), await till()]
  // One takes everything that is left.
  expect(await call(one, callOf(workspaceId), 0)).toBeNull()
  expect(await periodsOf(workspaceId)).toMatchObject([{ leased: 100 }])
  // In time for the call, or for the next one where the machine is slow.
  await expect.poll(() => call(two, callOf(workspaceId)), { timeout: 5_000 }).toBeNull()
  // Now calls under way hold all of it.
  const open: (() => void)[] = []
  const running = Array.from({ length: 9 }, () =>
    call(one, callOf(workspaceId), 0, () => new Promise<void>((resolve) => open.push(resolve))),
  )
  await expect.poll(() => open.length).toBe(9)
  await two.ledger.flush()
  expect(await call(two, callOf(workspaceId))).toMatchObject({
    status: 429,
    code: 'budget_reserved',
    retryAfterMs: 1_000,
  })
  for (const end of open) end()
  expect(await Promise.all(running)).toEqual(Array(9).fill(null))
})

test('a lowered cap holds at once, and a raised one lets calls in again', async () => {
  const workspaceId = await addWorkspace(pool)
  const id = await addBudget(workspaceId, { amount: 10_000 })
  const one = await till()
  expect(await call(one, callOf(workspaceId))).toBeNull()
  await one.ledger.flush()
  await pool.query('update budgets set amount = 15, version = version + 1 where id = $1', [id])
  await one.refresh()
  await expect.poll(async () => (await periodsOf(workspaceId))[0]!.leased).toBe(0)
  expect(await call(one, callOf(workspaceId))).toMatchObject({ status: 402 })
  await pool.query(`update budgets set raise = 100, raised_until = '9999-12-31', version = version + 1 where id = $1`, [
    id,
  ])
  await one.refresh()
  expect(await call(one, callOf(workspaceId))).toBeNull()
  await pool.query('delete from budgets where id = $1', [id])
  await one.refresh()
  expect(await call(one, callOf(workspaceId, { boundNanoUsd: 1_000_000n }))).toBeNull()
})

test('what costs more than its bound is counted, also while its lease is topped up, and the next calls are refused for it', async () => {
  // Settlement and top-up meet in Postgres in some of the rounds.
  for (let round = 0; round < 40; round++) {
    const workspaceId = await addWorkspace(pool)
    await addBudget(workspaceId, { amount: 100 })
    const one = await till()
    expect(await call(one, callOf(workspaceId), 95)).toBeNull()
    await one.ledger.flush()
    expect(one.ledger.depth().rejected).toBe(0)
    expect(await call(one, callOf(workspaceId))).toMatchObject({ status: 402 })
    expect(await periodsOf(workspaceId)).toMatchObject([{ spent: 95 }])
    await one.stop()
    tills.splice(0)
  }
})

test('a call settles into the period that let it in, and the next day begins with nothing spent, across both changes of the clocks', async () => {
  for (const [zone, begins, midnight] of [
    ['Europe/Berlin', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['America/New_York', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
  ] as const) {
    const workspaceId = await addWorkspace(pool, zone)
    await addBudget(workspaceId, { amount: 10, window: 'day' })
    const clock = testClock(Date.parse(midnight) - 60_000)
    const one = await till({ clock })
    const late = await one.meter.admit(callOf(workspaceId))
    if (!late.ok) throw new Error(late.refusal.message)
    expect(late.ticket.begin()).toBeNull()
    clock.advance(60_000 - 1)
    expect(await call(one, callOf(workspaceId))).toMatchObject({ status: 429, code: 'budget_reserved' })
    clock.advance(1)
    expect(await call(one, callOf(workspaceId))).toBeNull()
    late.ticket.settle(endOf(7))
    await one.ledger.flush()
    expect(await call(one, callOf(workspaceId))).toMatchObject({ status: 402, code: 'budget_exceeded' })
    expect(await periodsOf(workspaceId)).toMatchObject([
      { spent: 7, start: begins, end: midnight },
      { spent: 10, start: midnight },
    ])
    // 23 and 25 hours.
    expect((Date.parse(midnight) - Date.parse(begins)) / 3_600_000).toBe(zone === 'Europe/Berlin' ? 23 : 25)
  }
})

test('a process that Postgres has not heard of for too long uses its leases no more, and knows what it holds when it is back', async () => {
  const workspaceId = await addWorkspace(pool)
  await addBudget(workspaceId, { amount: 100 })
  const clock = testClock(Date.now())
  const one = await till({ clock, trustMs: 120_000, spread: 1 })
  expect(await call(one, callOf(workspaceId))).toBeNull()
  clock.advance(119_000)
  const last = one.meter.admit(callOf(workspaceId))
  if (last instanceof Promise || !last.ok) throw new Error('not let in at once')
  last.ticket.settle(endOf(0))
  // Others released what it held: most of it was spent by them.
  await one.ledger.flush()
  await pool.query('select ledger.forget_holder($1)', [one.ledger.holderId])
  const two = await till()
  for (let index = 0; index < 8; index++) expect(await call(two, callOf(workspaceId))).toBeNull()
  await two.ledger.flush()
  clock.advance(2_000)
  const again = async () => {
    const refusal = await call(one, callOf(workspaceId))
    if (refusal) clock.advance(1_000)
    return refusal
  }
  await expect.poll(again, { timeout: 5_000 }).toBeNull()
  await one.ledger.flush()
  expect(await call(one, callOf(workspaceId))).toMatchObject({ status: 402 })
  expect((await periodsOf(workspaceId))[0]!.spent).toBe(100)
})

test('no more calls at once than the limit says, over two processes; slots of a dead one are free again', async () => {
  const workspaceId = await addWorkspace(pool)
  await addLimit(workspaceId, 'concurrency', 5)
  const both = [await till(), await till()]
  // Whoever is let in stays until everybody has heard.
  const open: (() => void)[] = []
  let refused = 0
  const calls = Array.from({ length: 60 }, async (_, index) => {
    const refusal = await call(
      both[index % 2]!,
      callOf(workspaceId),
      1,
      () => new Promise<void>((end) => open.push(end)),
    )
    if (refusal) {
      refused++
      expect(refusal).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    }
  })
  await expect.poll(() => open.length + refused, { timeout: 10_000 }).toBe(60)
  expect(open.length).toBeGreaterThan(0)
  expect(open.length).toBeLessThanOrEqual(5)
  for (const end of open) end()
  await Promise.all(calls)

  for (let index = 0; index < 5; index++)
    await expect
      .poll(async () => (await both[0]!.meter.admit(callOf(workspaceId))).ok, { timeout: 3_000, interval: 100 })
      .toBe(true)
  expect(await call(both[1]!, callOf(workspaceId))).toMatchObject({ status: 429 })
  await pool.query('select ledger.forget_holder($1)', [both[0]!.ledger.holderId])
  await expect
    .poll(async () => statusOf(await call(both[1]!, callOf(workspaceId))), { timeout: 3_000, interval: 100 })
    .toBe(200)
})

test('no window of a minute holds more calls than the limit, over two processes in a flood', {
  timeout: 30_000,
}, async () => {
  const workspaceId = await addWorkspace(pool)
  const minuteMs = 1_500
  await addLimit(workspaceId, 'requests_per_minute', 40)
  const both = [await till({ minuteMs }), await till({ minuteMs })]
  const admitted: number[] = []
  const untilMs = performance.now() + 6_000
  await Promise.all(
    Array.from({ length: 8 }, async (_, lane) => {
      while (performance.now() < untilMs) {
        const admission = await both[lane % 2]!.meter.admit(callOf(workspaceId))
        if (admission.ok) {
          admitted.push(performance.now())
          admission.ticket.settle(endOf(1))
        } else await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }),
  )
  admitted.sort((one, other) => one - other)
  for (const [index, at] of admitted.entries()) {
    const inWindow = admitted.slice(index).findIndex((other) => other >= at + minuteMs)
    expect(inWindow < 0 ? admitted.length - index : inWindow).toBeLessThanOrEqual(40)
  }
  // And it is not far below: four windows.
  expect(admitted.length).toBeGreaterThan(100)
})

test('tokens a minute: what a call did not use is there for the next', async () => {
  const workspaceId = await addWorkspace(pool)
  await addLimit(workspaceId, 'tokens_per_minute', 100)
  const one = await till()
  for (let index = 0; index < 20; index++)
    expect(await call(one, callOf(workspaceId, { boundTokens: 60 }), 2)).toBeNull()
  expect(await call(one, callOf(workspaceId, { boundTokens: 61 }))).toMatchObject({
    status: 429,
    code: 'rate_limit_exceeded',
  })
})

test('a call knows what is left of the tightest limit a minute', async () => {
  const workspaceId = await addWorkspace(pool)
  await addLimit(workspaceId, 'requests_per_minute', 10)
  await addLimit(workspaceId, 'tokens_per_minute', 1_000)
  const one = await till()
  for (let index = 0; index < 3; index++) await call(one, callOf(workspaceId))
  const admission = await one.meter.admit(callOf(workspaceId))
  if (!admission.ok) throw new Error(admission.refusal.message)
  expect(admission.ticket.rates()).toMatchObject({
    requests: { limit: 10, remaining: 6 },
    tokens: { limit: 1_000, remaining: 960 },
  })
  admission.ticket.settle(endOf(1))
})

test('Postgres away: calls go on out of leases while they are trusted, then 503; a limit goes by this process alone', async () => {
  const [byBudget, byLimit] = [await addWorkspace(pool), await addWorkspace(pool)]
  await addBudget(byBudget, { amount: 1_000 })
  await addLimit(byLimit, 'requests_per_minute', 20)
  let away = false
  const flaky = new Proxy(pool, {
    get(target, name) {
      if (name === 'query' && away) return () => Promise.reject(new Error('connect ECONNREFUSED'))
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const clock = testClock(Date.now())
  const one = await till({ clock, pool: flaky })
  expect(await call(one, callOf(byBudget))).toBeNull()
  expect(await call(one, callOf(byLimit))).toBeNull()
  away = true
  clock.advance(100_000)
  expect(await call(one, callOf(byBudget))).toBeNull()
  const limited: number[] = []
  for (let index = 0; index < 30; index++) limited.push(statusOf(await call(one, callOf(byLimit))))
  const admitted = limited.filter((status) => status === 200).length
  expect(admitted).toBeGreaterThan(0)
  expect(admitted).toBeLessThanOrEqual(20)
  expect(limited.at(-1)).toBe(429)
  clock.advance(21_000)
  expect(await call(one, callOf(byBudget))).toMatchObject({
    status: 503,
    code: 'budget_unavailable',
    retryAfterMs: 1_000,
  })
  away = false
  clock.advance(2_000)
  expect(await call(one, callOf(byBudget))).toBeNull()
})

test('Postgres away under steady traffic: what is held lasts a minute', async () => {
  const workspaceId = await addWorkspace(pool)
  await addBudget(workspaceId, { amount: 1_000_000_000 })
  let away = false
  const flaky = new Proxy(pool, {
    get(target, name) {
      if (name === 'query' && away) return () => Promise.reject(new Error('connect ECONNREFUSED'))
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const clock = testClock(Date.now())
  const one = await till({ clock, pool: flaky })
  const second = async () => {
    for (let index = 0; index < 20; index++) expect(await call(one, callOf(workspaceId))).toBeNull()
    clock.advance(1_000)
  }
  for (let seconds = 0; seconds < 30; seconds++) {
    await second()
    // A top-up that was asked for comes before the next second.
    await one.ledger.beat()
  }
  away = true
  for (let seconds = 0; seconds < 60; seconds++) await second()
  away = false
})

test('a clock that is set an hour on or two hours back refuses nobody, loses no record and charges each call once', async () => {
  const workspaceId = await addWorkspace(pool)
  await addBudget(workspaceId, { amount: 1_000_000, window: 'total' })
  await addLimit(workspaceId, 'requests_per_minute', 1_000)
  await addLimit(workspaceId, 'concurrency', 10)
  const startMs = Date.now()
  const clock = testClock(startMs)
  const one = await till({ clock })
  for (const stepMs of [0, 3_600_000, -7_200_000, 0]) {
    clock.setWall(startMs + stepMs)
    for (let index = 0; index < 20; index++)
      expect(
        await call(one, callOf(workspaceId), 10, () => Promise.resolve(clock.setWall(clock.nowMs() - 50))),
      ).toBeNull()
    clock.advance(5_000)
    await one.ledger.beat()
  }
  await one.ledger.flush()
  const { rows } = await pool.query(
    `select count(*)::int as records, min(latency_ms)::int >= 0 as forward from ledger.records where workspace_id = $1`,
    [workspaceId],
  )
  expect(rows).toEqual([{ records: 80, forward: true }])
  expect(await periodsOf(workspaceId)).toMatchObject([{ spent: 800 }, { spent: 0 }])
  expect(await recordedCost(workspaceId)).toBe(800)
})

test('a further attempt of a call is no further request of its caller', async () => {
  const workspaceId = await addWorkspace(pool)
  await addLimit(workspaceId, 'requests_per_minute', 1)
  const one = await till()
  const admission = await one.meter.admit(callOf(workspaceId))
  if (!admission.ok) throw new Error(admission.refusal.message)
  expect(admission.ticket.begin()).toBeNull()
  const aim = { modelId: 'mdl_2', price: free, inputEstimateTokens: 5, boundNanoUsd: 10n, boundTokens: 10 }
  expect(await admission.ticket.attempt(aim)).toBeNull()
  admission.ticket.settle(endOf(1))
  expect(await call(one, callOf(workspaceId))).toMatchObject({ status: 429 })
})

test('a call let in by its limits alone takes nothing of a budget until it asks for it', async () => {
  const workspaceId = await addWorkspace(pool)
  await addLimit(workspaceId, 'concurrency', 1)
  await addBudget(workspaceId, { amount: 15 })
  const one = await till()
  const enter = async () => {
    const admission = await one.meter.admit(callOf(workspaceId), 'limits')
    if (!admission.ok) throw new Error(admission.refusal.message)
    return admission.ticket
  }
  const spent = async () => (await periodsOf(workspaceId)).find(({ cap }) => cap === 15)?.spent ?? 0
  // Answered from the cache: nothing was reserved and nothing is charged.
  const hit = await enter()
  expect(await call(one, callOf(workspaceId))).toMatchObject({ status: 429 })
  expect(hit.settle({ ...endOf(10), cache: 'hit', usage: null, usageSource: 'none' })).toEqual({
    ...{ costNanoUsd: 0n, priced: true },
  })
  const miss = await enter()
  expect(await miss.budgets()).toBeNull()
  expect(miss.begin()).toBeNull()
  miss.settle(endOf(10))
  await one.ledger.flush()
  expect(await spent()).toBe(10)
  const poor = await enter()
  expect(await poor.budgets()).toMatchObject({ status: 402 })
  // Its place among the calls at once is free again.
  await enter()
  await one.ledger.flush()
  const { rows } = await pool.query(
    `select outcome, cache, cost_nano_usd::int as cost from ledger.records where workspace_id = $1 order by id`,
    [workspaceId],
  )
  expect(rows).toEqual([
    { outcome: 'ok', cache: 'hit', cost: 0 },
    { outcome: 'refused', cache: '', cost: 0 },
    { outcome: 'ok', cache: '', cost: 10 },
    { outcome: 'refused', cache: 'miss', cost: 0 },
  ])
})
