/**
 * A place from 0 up to, and not, 10,000 for a text: the same one in every process and release, spread evenly. FNV-1a over
 * UTF-16 units with the finaliser of MurmurHash3, without which alike texts would lie together.
 */
export function placeOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  hash ^= hash >>> 16
  return Math.floor(((hash >>> 0) / 0x1_0000_0000) * 10_000)
}

/** Percent with two decimals as parts of 10,000. */
export const toParts = (percent: number): number => Math.round(percent * 100)
