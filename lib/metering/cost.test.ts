import { expect, test } from 'vitest'
import type { Usage } from '#lib/openai/wire/usage.ts'
import { costOf, estimateTokens } from './cost.ts'
import type { Price } from './schema.ts'

const price = (over: Partial<Price> = {}): Price => ({
  id: 'prc_1',
  inputPicoUsdPerToken: 590_000n,
  outputPicoUsdPerToken: 790_000n,
  cachedInputPicoUsdPerToken: null,
  imageNanoUsd: null,
  ...over,
})
const usage = (over: Partial<Usage> = {}): Usage => ({
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  images: 0,
  flags: [],
  ...over,
})

test('1,000 tokens in and 1,000 out at 0.59 and 0.79 cost $0.00138', () => {
  expect(costOf(usage({ inputTokens: 1_000, outputTokens: 1_000 }), price())).toEqual({
    costNanoUsd: 1_380_000n,
    priced: true,
  })
})

test('cached tokens cost the input price unless they have their own', () => {
  const used = usage({ inputTokens: 1_000, cachedInputTokens: 400 })
  expect(costOf(used, price()).costNanoUsd).toBe(590_000n)
  expect(costOf(used, price({ cachedInputPicoUsdPerToken: 100_000n })).costNanoUsd).toBe(354_000n + 40_000n)
  expect(costOf(used, price({ cachedInputPicoUsdPerToken: 0n })).costNanoUsd).toBe(354_000n)
})

test('images have their own price, to the nano-dollar', () => {
  expect(costOf(usage({ images: 3 }), price({ imageNanoUsd: 40_000_001n }))).toEqual({
    costNanoUsd: 120_000_003n,
    priced: true,
  })
})

test('where pictures have a price, tokens without one are part of it', () => {
  const told = usage({ images: 1, inputTokens: 20, outputTokens: 1_000 })
  const perPicture = { imageNanoUsd: 40_000_000n, inputPicoUsdPerToken: null, outputPicoUsdPerToken: null }
  expect(costOf(told, price(perPicture))).toEqual({ costNanoUsd: 40_000_000n, priced: true })
  expect(costOf({ ...told, images: 0 }, price(perPicture)).priced).toBe(false)
})

test.each([
  [1, 500n, 0n],
  [1, 501n, 1n],
  [3, 500n, 2n],
  [1, 1_500n, 2n],
  [1, 2_500n, 2n],
])('%i tokens at %i pico-dollars round half to even, once: %i', (inputTokens, inputPicoUsdPerToken, expected) => {
  expect(costOf(usage({ inputTokens }), price({ inputPicoUsdPerToken })).costNanoUsd).toBe(expected)
})

test('the sum is rounded, not its parts', () => {
  const half = price({ inputPicoUsdPerToken: 500n, outputPicoUsdPerToken: 500n })
  expect(costOf(usage({ inputTokens: 1, outputTokens: 1 }), half).costNanoUsd).toBe(1n)
})

test.each([
  ['no price at all', usage({ inputTokens: 1 }), null, false],
  [
    'a needed price is missing',
    usage({ inputTokens: 1, outputTokens: 1 }),
    price({ outputPicoUsdPerToken: null }),
    false,
  ],
  ['a price that is not needed is missing', usage({ inputTokens: 1 }), price({ outputPicoUsdPerToken: null }), true],
  ['images without a price', usage({ images: 1 }), price(), false],
  ['nothing was used', usage(), null, true],
  ['free', usage({ inputTokens: 9 }), price({ inputPicoUsdPerToken: 0n }), true],
] as const)('priced or unpriced: %s', (_, used, at, priced) => {
  const cost = costOf(used, at)
  expect(cost.priced).toBe(priced)
  if (!priced) expect(cost.costNanoUsd).toBe(0n)
})

test('a cost never sinks when more is used, and two calls cost within a nano-dollar what one of both does', () => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let round = 0; round < 2_000; round++) {
    const at = price({
      inputPicoUsdPerToken: BigInt(random(10_000_000)),
      outputPicoUsdPerToken: BigInt(random(10_000_000)),
      cachedInputPicoUsdPerToken: random(2) === 0 ? null : BigInt(random(1_000_000)),
    })
    const some = () => {
      const inputTokens = random(100_000)
      return usage({ inputTokens, cachedInputTokens: random(inputTokens + 1), outputTokens: random(10_000) })
    }
    const [one, two] = [some(), some()]
    const both = usage({
      inputTokens: one.inputTokens + two.inputTokens,
      cachedInputTokens: one.cachedInputTokens + two.cachedInputTokens,
      outputTokens: one.outputTokens + two.outputTokens,
    })
    const parts = costOf(one, at).costNanoUsd + costOf(two, at).costNanoUsd
    const difference = costOf(both, at).costNanoUsd - parts
    expect(difference >= -1n && difference <= 1n).toBe(true)
    expect(costOf(both, at).costNanoUsd).toBeGreaterThanOrEqual(costOf(one, at).costNanoUsd)
  }
})

test('the largest call fits into a bigint column', () => {
  const dear = price({ inputPicoUsdPerToken: 10n ** 12n, outputPicoUsdPerToken: 10n ** 12n })
  expect(costOf(usage({ inputTokens: 1e9, outputTokens: 1e9 }), dear).costNanoUsd).toBeLessThan(2n ** 63n)
})

test.each([
  [0, 0],
  [1, 0],
  [2, 1],
  [4, 1],
  [5, 1],
  [6, 2],
])('%i bytes are estimated as %i tokens', (bytes, tokens) => {
  expect(estimateTokens(bytes)).toBe(tokens)
})
