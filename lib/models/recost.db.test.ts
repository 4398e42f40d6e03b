import { expect, test } from 'vitest'
import { getRequest, usage } from '#lib/analytics/index.ts'
import { newId } from '#lib/core/ids.ts'
import { runRecost, verifyRollups } from '#lib/metering/index.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf } from '#lib/testing/ledger.ts'
import { type WrittenCall, writeCalls } from '#lib/testing/records.ts'
import { setPrice } from './commands.ts'
import type { House } from './house.ts'
import { listRecosts, previewRecost, startRecost, stopRecost } from './recost.ts'

const { database } = await testDatabase()
const { pool } = database
const now = Date.UTC(2026, 10, 20, 12)
const clock = testClock(now)
const hourMs = 3_600_000
const house = { queue: { enqueue: async () => 'job' } } as unknown as House
const go = (id: string) => runRecost(pool, id, new AbortController().signal)

let state = 11
const random = (below: number) => {
  state = (state * 48_271) % 2_147_483_647
  return state % below
}

async function office() {
  // Days off from UTC's by a quarter of an hour among others.
  const workspaceId = await addWorkspace(pool, 'Asia/Kathmandu')
  const scope = await scopeOf(database, clock, workspaceId, { role: 'admin' })
  const [one, other] = [await addModel(pool, workspaceId), await addModel(pool, workspaceId)]
  const calls: WrittenCall[] = Array.from({ length: 600 }, (_, index) => {
    const { modelId, price } = index % 3 === 0 ? other : one
    return {
      atMs: now - random(14 * 24) * hourMs - random(hourMs),
      modelId,
      price: random(10) === 0 ? null : price,
      tokens: [random(5_000), random(900)],
      estimated: random(20) === 0,
      ...(random(12) === 0 && {
        failed: [
          {
            modelId: other.modelId,
            startedAtMs: now,
            status: 500,
            code: 'x',
            totalMs: 1,
            inputTokens: 7,
            outputTokens: 1,
            costNanoUsd: '31',
          },
        ],
      }),
    }
  })
  const ids = await writeCalls(pool, workspaceId, calls)
  return { workspaceId, scope, one, other, ids }
}

const scan = async (workspaceId: string) =>
  (
    await pool.query(
      `select model_id, sum(cost_nano_usd)::text as cost, count(*) filter (where not priced)::int as unpriced from ledger.records where workspace_id = $1 group by 1 order by 1`,
      [workspaceId],
    )
  ).rows
async function isClean(workspaceId: string) {
  const span = { workspaceId, fromDay: '0001-01-01', toDay: '9999-12-31' }
  for await (const { differences } of verifyRollups(pool, span)) expect(differences).toEqual([])
}

test('a price that changes later moves nothing that was counted', async () => {
  const { workspaceId, scope, one } = await office()
  const before = await scan(workspaceId)
  await setPrice(scope, { id: one.modelId, inputPrice: '100', outputPrice: '100' })
  const week = await scopeOf(database, testClock(now + 7 * 24 * hourMs), workspaceId, { role: 'admin' })
  expect(await scan(workspaceId)).toEqual(before)
  const sum = before.reduce((all, { cost }) => all + BigInt(cost), 0n)
  const { total } = await usage(week, { range: '30d' })
  expect(total.cost.nanoUsd).toBe(sum.toString())
})

test('the preview says what the re-cost then does, day by day; sums equal the records; the old figures stay; it goes back', async () => {
  const { workspaceId, scope, one, other, ids } = await office()
  const before = await scan(workspaceId)
  const asked = { id: one.modelId, from: '2026-11-10', to: '2026-11-17', inputPrice: '3', outputPrice: '12.5' }
  const preview = await previewRecost(scope, asked)
  expect(preview.days.map(({ day }) => day)).toEqual(Array.from({ length: 7 }, (_, day) => `2026-11-${10 + day}`))
  expect(await scan(workspaceId)).toEqual(before)
  const ofSpan = { from: asked.from, to: asked.to, modelId: [one.modelId], groupBy: 'day' as const }
  const was = await usage(scope, ofSpan)
  expect(preview.cost).toEqual(was.total.cost)
  expect(preview.requests).toBe(was.total.requests)

  const started = await startRecost(house, scope, asked)
  await expect(startRecost(house, scope, asked)).rejects.toMatchObject({ code: 'recost_running' })
  await go(started.id)
  await isClean(workspaceId)
  const is = await usage(scope, ofSpan)
  expect(is.total.cost).toEqual(preview.newCost)
  expect(is.total.unpriced).toBe(preview.newUnpriced)
  expect(is.rows.map(({ key, cost }) => [key, cost.nanoUsd])).toEqual(
    preview.days.map(({ day, newCost }) => [day, newCost.nanoUsd]),
  )
  expect((await scan(workspaceId)).find(({ model_id }) => model_id === other.modelId)).toEqual(
    before.find(({ model_id }) => model_id === other.modelId),
  )
  const [done] = await listRecosts(scope, { id: one.modelId })
  expect(done).toMatchObject({ state: 'done', share: 1, requests: preview.moved, createdBy: 'someone@example.test' })
  expect(BigInt(done!.newCost.nanoUsd) - BigInt(done!.cost.nanoUsd)).toBe(
    BigInt(preview.newCost.nanoUsd) - BigInt(preview.cost.nanoUsd),
  )

  const details: Awaited<ReturnType<typeof getRequest>>[] = []
  // One after the other: hundreds at once wait for a connection longer than a transaction may.
  for (const id of ids) details.push(await getRequest(scope, id))
  const moved = details.filter(({ recost }) => recost)
  expect(moved).toHaveLength(preview.moved)
  for (const { costLines, cost, recost, ranCost } of moved.filter(({ priced }) => priced)) {
    expect(costLines.some(({ unitPrice }) => unitPrice === '3' || unitPrice === '12.5')).toBe(true)
    expect(recost?.ranCost === null ? '0' : recost?.ranCost.usd).toBe(ranCost?.usd)
    const lines = costLines.reduce((sum, { usd }) => sum + Number(usd), 0)
    expect(Math.abs(lines - Number(cost.usd))).toBeLessThan(1e-9)
  }

  // Once more, at another price, over a part of it; then all of it back.
  await go((await startRecost(house, scope, { ...asked, from: '2026-11-12T10:07:00Z', inputPrice: null })).id)
  await isClean(workspaceId)
  await go((await startRecost(house, scope, { id: one.modelId, from: '2026-11-01', mode: 'ran' })).id)
  await isClean(workspaceId)
  expect(await scan(workspaceId)).toEqual(before)
  expect((await usage(scope, ofSpan)).total.cost).toEqual(was.total.cost)
})

test('the price that was in force moves nothing, and what another model was paid for within a call stays', async () => {
  const { scope, one } = await office()
  const { inputPicoUsdPerToken, outputPicoUsdPerToken } = one.price
  const usd = (pico: bigint | null) => String(Number(pico) / 1e6)
  const preview = await previewRecost(scope, {
    ...{ id: one.modelId, from: '2026-11-01' },
    ...{ inputPrice: usd(inputPicoUsdPerToken), outputPrice: usd(outputPicoUsdPerToken) },
  })
  // Those that were unpriced get a price, and nothing else is another figure.
  expect(preview.newUnpriced).toBe(0)
  expect(preview.moved).toBeGreaterThan(0)
  const free = await previewRecost(scope, { id: one.modelId, from: '2026-11-01', inputPrice: 0, outputPrice: 0 })
  expect(BigInt(free.newCost.nanoUsd) % 31n).toBe(0n)
})

test('one that is stopped, or whose process died, stands at a whole day with its sums right, and goes on', async () => {
  const { workspaceId, scope, one } = await office()
  const asked = { id: one.modelId, from: '2026-11-07', inputPrice: '1', outputPrice: '1' }
  const { id } = await startRecost(house, scope, asked)
  const dying = new AbortController()
  const stopAfter = {
    get aborted() {
      return dying.signal.aborted || turns++ > 3
    },
  } as AbortSignal
  let turns = 0
  await runRecost(pool, id, stopAfter)
  await isClean(workspaceId)
  const [half] = await listRecosts(scope, { id: one.modelId })
  expect(half!.state).toBe('running')
  expect(half!.share).toBeGreaterThan(0.1)
  expect(half!.share).toBeLessThan(0.6)
  await Promise.all([go(id), go(id)])
  expect((await listRecosts(scope, { id: one.modelId }))[0]).toMatchObject({ state: 'done', share: 1 })
  await isClean(workspaceId)
  const second = await startRecost(house, scope, { ...asked, inputPrice: '2' })
  expect(await stopRecost(scope, { id: one.modelId, recostId: second.id })).toMatchObject({
    state: 'stopped',
    share: 0,
  })
  await go(second.id)
  expect((await listRecosts(scope, { id: one.modelId }))[0]).toMatchObject({ state: 'stopped', requests: 0 })
})

test('a model of another workspace is not found, and a span must be one', async () => {
  const [mine, theirs] = [await office(), await office()]
  const asked = { from: '2026-11-01', inputPrice: '1' }
  for (const id of [theirs.one.modelId, newId('mdl')]) {
    await expect(previewRecost(mine.scope, { id, ...asked })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(startRecost(house, mine.scope, { id, ...asked })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(listRecosts(mine.scope, { id })).rejects.toMatchObject({ kind: 'not_found' })
  }
  const { id: running } = await startRecost(house, theirs.scope, { id: theirs.one.modelId, ...asked })
  await expect(stopRecost(mine.scope, { id: mine.one.modelId, recostId: running })).rejects.toMatchObject({
    kind: 'not_found',
  })
  for (const wrong of [{ from: '2027-01-01' }, { from: '2020-01-01' }, { from: 'then' }, { inputPrice: '-1' }])
    await expect(previewRecost(mine.scope, { id: mine.one.modelId, ...asked, ...wrong })).rejects.toMatchObject({
      kind: 'invalid_input',
    })
})
