import { describe, expect, test } from 'vitest'
import { pairedBootstrap, quantile, seededIndexes } from './bootstrap.ts'

/** Every resample there is, each as likely as any other: the distribution that a bootstrap only samples. */
function exactInterval(differences: readonly number[]): { low: number; high: number } {
  const size = differences.length
  const means: number[] = []
  for (let code = 0; code < size ** size; code++) {
    let sum = 0
    for (let rest = code, drawn = 0; drawn < size; drawn++, rest = Math.floor(rest / size))
      sum += differences[rest % size]!
    means.push(sum / size)
  }
  const sorted = Float64Array.from(means).sort()
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}

describe('the interval agrees with the one of all resamples there are', () => {
  test.each([[[0.2, -0.1, 0.4, 0.3, 0.05, 0.6]], [[1, 0, 0, 1, -1, 0]], [[3, 3.5, 2, 4, -8, 10]], [[5]]])(
    '%j',
    (differences) => {
      const exact = exactInterval(differences)
      const { low, high } = pairedBootstrap(differences, 'a seed', 200_000)
      const spread = Math.max(...differences) - Math.min(...differences)
      // Means of few values lie apart: the quantile of a sample may be the neighbour's.
      expect(Math.abs(low - exact.low)).toBeLessThanOrEqual(0.02 * spread)
      expect(Math.abs(high - exact.high)).toBeLessThanOrEqual(0.02 * spread)
    },
  )
})

test('of many pairs it agrees with the normal distribution of their mean', () => {
  const draw = seededIndexes('data')
  const differences = Array.from({ length: 4_000 }, () => draw(1_000) / 1_000 - 0.45)
  const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length
  const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / differences.length
  const margin = 1.959964 * Math.sqrt(variance / differences.length)
  const interval = pairedBootstrap(differences, 'seed')
  expect(interval.mean).toBeCloseTo(mean, 12)
  expect(interval.low).toBeCloseTo(mean - margin, 2.5)
  expect(interval.high).toBeCloseTo(mean + margin, 2.5)
})

test('a 95 % interval holds the truth in some 95 of 100 samples', () => {
  const draw = seededIndexes('coverage')
  let held = 0
  for (let trial = 0; trial < 400; trial++) {
    // Of a candidate that wins 30 % and loses 20 % of its rows.
    const differences = Array.from({ length: 200 }, () => {
      const at = draw(100)
      return at < 30 ? 1 : at < 50 ? -1 : 0
    })
    const { low, high } = pairedBootstrap(differences, `trial ${trial}`, 500)
    if (low <= 0.1 && high >= 0.1) held++
  }
  expect(held / 400).toBeGreaterThan(0.92)
  expect(held / 400).toBeLessThan(0.98)
})

test('the same seed gives the same interval, another one another', () => {
  const differences = [0.1, 0.5, -0.2, 0.3, 0.9, -0.4]
  const one = pairedBootstrap(differences, 'one')
  expect(pairedBootstrap(differences, 'one')).toEqual(one)
  expect(pairedBootstrap(differences, 'two')).not.toEqual(one)
})

test('the numbers are spread evenly', () => {
  const draw = seededIndexes('even')
  const counts = new Array(10).fill(0)
  for (let at = 0; at < 100_000; at++) counts[draw(10)]++
  // Chi square with 9 degrees of freedom: above 27.9 once in a thousand seeds.
  expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9)
})
