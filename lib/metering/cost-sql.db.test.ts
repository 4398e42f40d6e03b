import { expect, test } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { someUsage } from '#lib/testing/ledger.ts'
import { costOf } from './cost.ts'
import { costSql } from './cost-sql.ts'

const { database } = await testDatabase()

let state = 23
const random = (below: number) => {
  state = (state * 48_271) % 2_147_483_647
  return state % below
}
const oneOf = <Item>(...items: Item[]): Item => items[random(items.length)]!

test('SQL and TypeScript agree on the cost of 5,000 calls, halves of a nano-dollar and missing prices among them', async () => {
  const cases = Array.from({ length: 5_000 }, () => {
    const price = () => oneOf(null, 0n, 500n, 1_500n, BigInt(random(2_000_000)), 1_000_000_000_000n)
    const tokens = () => oneOf(0, 1, 3, random(100_000), 1_000_000_000)
    return {
      usage: someUsage({
        inputTokens: tokens(),
        cachedInputTokens: tokens(),
        outputTokens: tokens(),
        images: oneOf(0, 0, random(9)),
      }),
      price: {
        ...{ id: '', inputPicoUsdPerToken: price(), outputPicoUsdPerToken: price() },
        ...{ cachedInputPicoUsdPerToken: price(), imageNanoUsd: oneOf(null, 0n, 40_000_001n) },
      },
    }
  }).filter(({ usage, price }) => costOf(usage, price).costNanoUsd < 2n ** 63n)
  expect(cases.length).toBeGreaterThan(4_000)
  const rows = cases.map(({ usage, price }) => ({
    ...{ input: usage.inputTokens, cached: usage.cachedInputTokens, output: usage.outputTokens, images: usage.images },
    ...{
      p_input: price.inputPicoUsdPerToken?.toString() ?? null,
      p_output: price.outputPicoUsdPerToken?.toString() ?? null,
    },
    ...{
      p_cached: price.cachedInputPicoUsdPerToken?.toString() ?? null,
      p_image: price.imageNanoUsd?.toString() ?? null,
    },
  }))
  const sql = costSql(
    { input: 'input', cached: 'cached', output: 'output', images: 'images' },
    { input: 'p_input', output: 'p_output', cached: 'p_cached', image: 'p_image' },
  )
  const found = await database.pool.query<{ cost: string; priced: boolean }>(
    `select ${sql} from rows from (jsonb_to_recordset($1::jsonb) as (input bigint, cached bigint, output bigint, images int, p_input bigint, p_output bigint, p_cached bigint, p_image bigint)) with ordinality as r order by ordinality`,
    [JSON.stringify(rows)],
  )
  const wanted = cases.map(({ usage, price }) => costOf(usage, price))
  expect(found.rows.map(({ cost, priced }) => ({ costNanoUsd: BigInt(cost), priced }))).toEqual(wanted)
})
