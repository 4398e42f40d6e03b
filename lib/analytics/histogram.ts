import type { LatencyView } from './schema.ts'

const growth = 1.04
/** One more than the bucket of the longest duration that a record can hold. */
const bucketsMax = 549

/** Counts by bucket: bucket b holds durations from 1.04^b up to 1.04^(b+1) ms. */
export type Histogram = Float64Array<ArrayBuffer>

export function emptyHistogram(): Histogram {
  return new Float64Array(bucketsMax)
}

/** Adds counts of the buckets from `first` on, as the rollups hold them. */
export function addCounts(histogram: Histogram, first: number, counts: readonly number[]): void {
  for (let index = 0; index < counts.length; index++) histogram[first + index]! += counts[index]!
}

/** The duration in whole milliseconds below which `share` (0 to 1) of them lie, within 2 % or half a millisecond; null where there are none. */
export function percentile(histogram: Histogram, share: number): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let left = Math.max(1, Math.ceil(share * total))
  const bucket = histogram.findIndex((count) => {
    left -= count
    return left <= 0
  })
  return Math.round(growth ** (bucket + 0.5))
}

export function toLatencyView(histogram: Histogram | undefined): LatencyView | null {
  if (!histogram) return null
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => percentile(histogram, share))
  return p50Ms == null || p95Ms == null || p99Ms == null ? null : { p50Ms, p95Ms, p99Ms }
}
