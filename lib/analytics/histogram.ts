import type { LatencyView } from './schema.ts'

const growth = 1.04

/** Count by bucket: bucket b holds durations from 1.04^b up to 1.04^(b+1) ms. */
export type Histogram = Map<number, number>

/** Adds counts of one bucket. */
export function addToHistogram(histogram: Histogram, bucket: number, count: number): void {
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + count)
}

/** The duration in whole milliseconds below which `share` (0 to 1) of them lie, within 2 % or half a millisecond; null where there are none. */
export function percentile(histogram: Histogram, share: number): number | null {
  const buckets = [...histogram].filter(([, count]) => count > 0).sort(([one], [other]) => one - other)
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  let left = Math.max(1, Math.ceil(share * total))
  for (const [bucket, count] of buckets) {
    left -= count
    if (left <= 0) return Math.round(growth ** (bucket + 0.5))
  }
  return null
}

export function toLatencyView(histogram: Histogram | undefined): LatencyView | null {
  if (!histogram) return null
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => percentile(histogram, share))
  return p50Ms == null || p95Ms == null || p99Ms == null ? null : { p50Ms, p95Ms, p99Ms }
}
