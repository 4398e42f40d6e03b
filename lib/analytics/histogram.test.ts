import { expect, test } from 'vitest'
import { addToHistogram, type Histogram, percentile, toLatencyView } from './histogram.ts'

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
    const parts: Histogram[] = Array.from({ length: 24 }, () => new Map())
    const exact: number[] = []
    for (let index = 0; index < 20_000; index++) {
      const ms = Math.round(shape(next))
      exact.push(ms)
      addToHistogram(parts[index % 24]!, bucketOf(ms), 1)
    }
    exact.sort((one, other) => one - other)
    const merged: Histogram = new Map()
    for (const part of parts) for (const [bucket, count] of part) addToHistogram(merged, bucket, count)
    for (const share of [0.5, 0.95, 0.99]) {
      const truth = exact[Math.ceil(share * exact.length) - 1]!
      expect(Math.abs(percentile(merged, share)! - truth) / truth).toBeLessThan(0.04)
    }
  },
)

test('no durations, no percentiles', () => {
  expect(percentile(new Map(), 0.5)).toBeNull()
  expect(toLatencyView(undefined)).toBeNull()
})

test('whole small milliseconds come back as they are', () => {
  for (const ms of [1, 2, 3, 5, 8, 10, 12]) expect(percentile(new Map([[bucketOf(ms), 1]]), 0.95)).toBe(ms)
})
