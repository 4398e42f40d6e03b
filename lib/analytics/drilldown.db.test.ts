import { expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf, somePrice } from '#lib/testing/ledger.ts'
import { type WrittenCall, writeCalls } from '#lib/testing/records.ts'
import { getRequest, listRequests, overview, usage } from './index.ts'
import type { RequestView } from './schema.ts'

const { database } = await testDatabase()
const { pool } = database

let state = 5
const random = (below: number) => {
  state = (state * 48_271) % 2_147_483_647
  return state % below
}
const sum = (costs: readonly { cost: { nanoUsd: string } }[]) =>
  costs.reduce((all, { cost }) => all + BigInt(cost.nanoUsd), 0n).toString()

// The clocks change in each of these months.
test.each([
  ['Europe/Amsterdam', Date.UTC(2026, 9, 31, 20)],
  ['America/New_York', Date.UTC(2026, 10, 30, 20)],
  ['Australia/Lord_Howe', Date.UTC(2026, 9, 31, 7)],
  ['Asia/Kathmandu', Date.UTC(2026, 9, 31, 12)],
])(
  "in %s the month's total is its models, a model its days, a day its calls, a call its lines",
  async (timeZone, now) => {
    const workspaceId = await addWorkspace(pool, timeZone)
    const scope = await scopeOf(database, testClock(now), workspaceId)
    const models = await Promise.all(
      [33_333n, 590_001n, 7n].map((pico) =>
        addModel(pool, workspaceId, { price: somePrice({ id: newId('prc'), inputPicoUsdPerToken: pico }) }),
      ),
    )
    const calls: WrittenCall[] = Array.from({ length: 900 }, () => {
      const { modelId, price } = models[random(3)]!
      return {
        ...{ atMs: now - random(33 * 24 * 60) * 60_000 - random(60_000), modelId, price },
        ...{ tokens: [random(5_000), random(900)], actorId: `key_${random(2)}`, keyId: `key_${random(2)}` },
      }
    })
    await writeCalls(pool, workspaceId, calls)

    const tile = await usage(scope, { range: 'month', groupBy: 'source' })
    const month = await overview(scope, { range: 'month' })
    expect(month.total.cost).toEqual(tile.total.cost)
    expect(sum(month.byModel)).toBe(tile.total.cost.nanoUsd)

    const row = month.byModel[0]!
    const model = await overview(scope, { range: 'month', modelId: row.key })
    expect(model.total.cost).toEqual(row.cost)
    expect(sum(model.series)).toBe(row.cost.nanoUsd)
    expect(model.byKey.every(({ latency }) => latency !== null)).toBe(true)

    for (const [index, day] of model.series.entries()) {
      const to = model.series[index + 1]?.at ?? model.period.to
      const found: RequestView[] = []
      let cursor: string | undefined
      do {
        const page = await listRequests(scope, { modelId: row.key, from: day.at, to, cursor })
        found.push(...page.items)
        cursor = page.nextCursor
      } while (cursor !== undefined)
      expect(sum(found)).toBe(day.cost.nanoUsd)
      expect(found).toHaveLength(day.requests)
      const [call] = found
      if (!call || index % 10 > 0) continue
      const detail = await getRequest(scope, call.id)
      expect(detail.cost).toEqual(call.cost)
      const lines = detail.costLines.reduce((all, { usd }) => all + Number(usd), 0)
      expect(Math.abs(lines - Number(call.cost.usd))).toBeLessThan(1e-9)
    }
  },
)
