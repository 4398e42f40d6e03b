/** A sequence of whole numbers from 0 up to, and not, `below`: the same for the same seed (xoshiro128**, seeded by FNV-1a and SplitMix32). */
export function seededIndexes(seed: string): (below: number) => number {
  let hash = 0x811c9dc5
  for (let at = 0; at < seed.length; at++) hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193)
  const state = Array.from({ length: 4 }, () => {
    hash = (hash + 0x9e3779b9) | 0
    let mixed = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  })
  let [a, b, c, d] = state as [number, number, number, number]
  return (below) => {
    const five = Math.imul(b, 5)
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return Math.floor((result / 4_294_967_296) * below)
  }
}

export interface Interval {
  mean: number
  low: number
  high: number
}

/** Numbers drawn for one interval at most: beyond it there are fewer resamples. */
const drawsMax = 20_000_000
const resamplesMax = 2_000
const resamplesMin = 200

/**
 * The mean of paired differences with its 95 % interval by the percentile bootstrap: resamples of the pairs, of the same
 * size, with replacement. The same differences and seed give the same interval. At least one difference.
 */
export function pairedBootstrap(differences: readonly number[], seed: string, resamples?: number): Interval {
  const size = differences.length
  const count = resamples ?? Math.max(resamplesMin, Math.min(resamplesMax, Math.floor(drawsMax / size)))
  const values = Float64Array.from(differences)
  const draw = seededIndexes(seed)
  const means = new Float64Array(count)
  for (let at = 0; at < count; at++) {
    let sum = 0
    for (let each = 0; each < size; each++) sum += values[draw(size)]!
    means[at] = sum / size
  }
  means.sort()
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / size,
    low: quantile(means, 0.025),
    high: quantile(means, 0.975),
  }
}

/** Of sorted values, with linear interpolation between two of them. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share
  const below = Math.floor(place)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (high - low) * (place - below)
}
