import { expect, test } from 'vitest'
import { type CostFacts, toCostLines, withCosts } from './cost-lines.ts'

const attempt = { startedAtMs: 0, status: 200, totalMs: 1 }
const failed = { ...attempt, modelId: 'mdl_a', code: 'upstream_bad_answer', inputTokens: 7, costNanoUsd: '700' }
const answered = { ...attempt, modelId: 'mdl_b', code: '' }
const row: CostFacts & { cost: string; priced: boolean } = {
  ...{ input_tokens: 17, cached_tokens: 0, output_tokens: 0, images: 0, cost: '1700', priced: true },
  ...{ attempt_list: [failed, answered], model_id: 'mdl_b', recost_id: null },
  ...{ input_price: '100000', output_price: '0', cached_price: null, image_price: null },
}
const costs = (given: Partial<typeof row>) => withCosts({ ...row, ...given }).map(({ costNanoUsd }) => costNanoUsd)

test('the attempt that answered cost what those that failed did not', () => {
  expect(costs({})).toEqual(['700', '1000'])
  expect(toCostLines(row).map(({ usd }) => usd)).toEqual(['0.0000007', '0.000001'])
})

test('without a price it has no cost, and what was passed over has none', () => {
  expect(costs({ priced: false })).toEqual(['700', undefined])
  expect(costs({ attempt_list: [{ ...answered, skipped: true }, answered] })).toEqual([undefined, '1700'])
})

test('a corrected price takes in the attempts of its own model that failed', () => {
  expect(costs({ recost_id: 'rec_1', attempt_list: [{ ...failed, modelId: 'mdl_b' }, answered] })).toEqual([
    undefined,
    '1700',
  ])
})
