import { expect, test } from 'vitest'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf, somePrice } from '#lib/testing/ledger.ts'
import { type WrittenCall, writeCalls } from '#lib/testing/records.ts'
import { usage } from '../usage.ts'
import { reconcile } from './reconcile.ts'
import type { ReconcileView } from './schema.ts'

const { database } = await testDatabase()
const { pool } = database
const now = Date.UTC(2026, 10, 20, 12)
const clock = testClock(now)
const hourMs = 3_600_000

/** Calls of $0.001 each, every hour, in a zone that is hours away from UTC. */
async function office() {
  const workspaceId = await addWorkspace(pool, 'America/Los_Angeles')
  const scope = await scopeOf(database, clock, workspaceId)
  const price = somePrice({ inputPicoUsdPerToken: 10_000_000n, outputPicoUsdPerToken: 0n })
  const add = async (modelId: string) => {
    const made = await addModel(pool, workspaceId, { price: { ...price, id: `prc_${workspaceId}_${modelId}` } })
    await pool.query('update models set model_id = $2 where id = $1', [made.modelId, modelId])
    return made
  }
  const [one, other] = [await add('gpt-4o'), await add('gpt-4o-mini')]
  const calls: WrittenCall[] = Array.from({ length: 120 }, (_, hour) => ({
    ...{ atMs: Date.UTC(2026, 10, 11) + hour * hourMs, modelId: one.modelId, price: one.price, tokens: [100, 20] },
    ...(hour % 24 === 3 && { price: null }),
    ...(hour % 24 === 5 && { source: 'validation' as const }),
    ...(hour % 24 === 7 && { estimated: true }),
    ...(hour % 24 === 9 && { modelId: other.modelId, price: other.price }),
  }))
  await writeCalls(pool, workspaceId, calls)
  return { scope, one, other }
}
const days = ['2026-11-11', '2026-11-12', '2026-11-13', '2026-11-14', '2026-11-15']
const file = (perDay: [model: string, cost: string][]) =>
  [
    'date,model,cost,requests',
    ...days.flatMap((day) => perDay.map(([model, cost]) => `${day},${model},${cost},1`)),
  ].join('\n')

function addsUp(view: ReconcileView): void {
  const sum = (rows: readonly ReconcileView['total'][], read: (row: ReconcileView['total']) => string | undefined) =>
    rows.reduce((all, row) => all + BigInt(read(row) ?? '0'), 0n).toString()
  for (const read of [
    (row: ReconcileView['total']) => row.ours?.cost.nanoUsd,
    (row: ReconcileView['total']) => row.theirs?.cost?.nanoUsd,
    (row: ReconcileView['total']) => row.difference?.nanoUsd,
  ])
    for (const rows of [view.byModel, view.byDay, view.cells]) expect(sum(rows, read)).toBe(read(view.total))
}

test('a bill stands beside the records by model and by day of UTC, adds up, and says what explains the rest', async () => {
  const { scope, one } = await office()
  const view = await reconcile(scope, {
    text: file([
      ['openai/gpt-4o-2024-08-06', '0.023'],
      ['nobody', '0.5'],
    ]),
  })
  addsUp(view)
  expect(view).toMatchObject({ format: 'plain', timeZone: 'UTC', from: days[0], through: days[4], problemCount: 0 })
  const [nobody, mine, mini] = ['nobody', 'openai/gpt-4o-2024-08-06'].map((name) =>
    view.byModel.find((row) => row.name === name),
  )
  expect(mini).toBeUndefined()
  expect(nobody).toMatchObject({ ours: null, difference: { nanoUsd: '-2500000000' }, models: [] })
  // 24 a day less one of the other model; one of them unpriced.
  expect(mine?.models.map(({ id }) => id)).toEqual([one.modelId])
  expect(mine?.ours).toMatchObject({
    requests: 115,
    unpriced: 5,
    estimated: 5,
    probes: 5,
    cost: { nanoUsd: '110000000' },
  })
  expect(mine?.ours?.probeCost.nanoUsd).toBe('5000000')
  expect(mine?.difference?.nanoUsd).toBe('-5000000')
  // Of the same server, and not on its bill.
  const extra = view.byModel.find(({ theirs }) => theirs === null)
  expect(extra?.ours).toMatchObject({ requests: 5, cost: { nanoUsd: '5000000' } })
  expect(view.byDay.map(({ day }) => day)).toEqual(days)
  expect(new Set(view.byDay.map(({ ours }) => ours?.cost.nanoUsd))).toEqual(new Set(['23000000']))
})

test('a file whose days are of another zone is told so, and that zone makes it fit', async () => {
  const { scope } = await office()
  const { rows } = await usage(scope, { from: '2026-11-10', to: '2026-11-17', groupBy: 'day' })
  const text = ['date,cost', ...rows.map(({ key, cost }) => `${key},${cost.usd}`)].join('\n')
  const wrong = await reconcile(scope, { text })
  expect(wrong.fitsBetter).toBe('America/Los_Angeles')
  const right = await reconcile(scope, { text, timeZone: 'America/Los_Angeles' })
  addsUp(right)
  expect(right.fitsBetter).toBeNull()
  expect(right.byDay.every(({ difference }) => difference?.nanoUsd === '0')).toBe(true)
  expect(right.byModel).toHaveLength(1)
})

test("an invoice's total stands beside the days that it is for", async () => {
  const { scope } = await office()
  const view = await reconcile(scope, { total: '1.00', from: '2026-11-01', through: '2026-11-30' })
  expect(view).toMatchObject({ format: 'total', timeZone: 'America/Los_Angeles', hosts: ['server.example'] })
  expect(view.total).toMatchObject({ ours: { cost: { nanoUsd: '115000000' } }, difference: { nanoUsd: '-885000000' } })
  const elsewhere = await reconcile(scope, {
    total: '1',
    from: '2026-11-01',
    through: '2026-11-30',
    host: 'else.example',
  })
  expect(elsewhere.total.ours).toBeNull()
  for (const wrong of [
    { total: '1' },
    { total: 'one', from: '2026-11-01', through: '2026-11-02' },
    { total: '1', from: '2026-11-02', through: '2026-11-01' },
    { text: 'date,cost\n', total: '1' },
    { text: 'date,cost\n' },
    { text: 'date,cost\n2026-11-01,1', timeZone: 'Nowhere/At_All' },
    { text: 'date,cost\n2020-11-01,1\n2026-11-01,1' },
  ])
    await expect(reconcile(scope, wrong)).rejects.toMatchObject({ kind: 'invalid_input' })
})

test("another workspace's models are nobody's here", async () => {
  const [mine] = [await office(), await office()]
  const view = await reconcile(mine.scope, { text: file([['gpt-4o', '1']]) })
  expect(view.total.ours?.requests).toBe(120)
})
