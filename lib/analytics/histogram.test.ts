import { expect, test } from 'vitest'
import { addCounts, emptyHistogram, percentile, toLatencyView } from './histogram.ts'

const bucketOf = (ms: number) => Math.floor(Math.log(Math.max(ms, 1)) / Math.log(1.04))

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const shapes: Record<string, (next: () => number) => number> = {
  even: (next) => 1 + next() * 60_000,
  'long tail': (next) => 20 / (1 - next()) ** 0.8,
  'two humps': (next) => (next() < 0.9 ? 80 + next() * 40 : 5_000 + next() * 4_000),
  'all the same': () => 812,
}

test.each(Object.entries(shapes))(
  'percentiles of merged histograms are within 4 %% of the exact ones: %s',
  (_, shape) => {
    const next = random(11)
    const parts = Array.from({ length: 24 }, () => emptyHistogram())
    const exact: number[] = []
    for (let index = 0; index < 20_000; index++) {
      const ms = Math.round(shape(next))
      exact.push(ms)
      addCounts(parts[index % 24]!, bucketOf(ms), [1])
    }
    exact.sort((one, other) => one - other)
    const merged = emptyHistogram()
    for (const part of parts) addCounts(merged, 100, [...part.subarray(100)])
    for (const part of parts) addCounts(merged, 0, [...part.subarray(0, 100)])
    for (const share of [0.5, 0.95, 0.99]) {
      const truth = exact[Math.ceil(share * exact.length) - 1]!
      expect(Math.abs(percentile(merged, share)! - truth) / truth).toBeLessThan(0.04)
    }
  },
)

test('no durations, no percentiles', () => {
  expect(percentile(emptyHistogram(), 0.5)).toBeNull()
  expect(toLatencyView(undefined)).toBeNull()
})

test('the longest duration that a record can hold has its bucket', () => {
  const longest = emptyHistogram()
  addCounts(longest, bucketOf(2 ** 31 - 1), [1])
  expect(percentile(longest, 0.5)).toBeGreaterThan(2 ** 31 * 0.98)
})

test('whole small milliseconds come back as they are', () => {
  for (const ms of [1, 2, 3, 5, 8, 10, 12]) {
    const one = emptyHistogram()
    addCounts(one, bucketOf(ms), [1])
    expect(percentile(one, 0.95)).toBe(ms)
  }
})
