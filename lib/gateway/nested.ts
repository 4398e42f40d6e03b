/** A range of byte offsets, end exclusive. */
export type Range = readonly [start: number, end: number]

/**
 * The elements of the JSON array at `start` (its `[`), one at a time: an array of many millions fits into a body, its
 * ranges would not fit into memory. The scanner has checked the structure, so this walk only counts brackets and skips
 * strings. `text` is the latin1 view of the bytes.
 */
export function* elementsOf(text: string, start: number, end: number): Generator<Range, void, undefined> {
  let depth = 0
  let from = -1
  let last = -1
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code <= 0x20) continue
    if (code === 0x22) {
      if (depth === 1 && from < 0) from = at
      at = stringEnd(text, at) - 1
      last = at + 1
      continue
    }
    if (code === 0x5b || code === 0x7b) {
      depth++
      if (depth === 2 && from < 0) from = at
      if (depth > 1) last = at + 1
      continue
    }
    if (code === 0x5d || code === 0x7d) {
      depth--
      if (depth > 0) {
        last = at + 1
        continue
      }
      if (from >= 0) yield [from, last]
      return
    }
    if (code === 0x2c && depth === 1) {
      if (from >= 0) yield [from, last]
      from = -1
      continue
    }
    if (depth === 1 && from < 0) from = at
    last = at + 1
  }
}

/** How many elements the array at `start` has; `max` stands for that many or more. */
export function countElements(text: string, start: number, end: number, max: number): number {
  let count = 0
  for (const _ of elementsOf(text, start, end)) if (++count === max) break
  return count
}

function stringEnd(text: string, from: number): number {
  for (let at = from + 1; ; ) {
    const end = text.indexOf('"', at)
    if (end < 0) return text.length
    let slash = end - 1
    while (text.charCodeAt(slash) === 0x5c) slash--
    if ((end - 1 - slash) % 2 === 0) return end + 1
    at = end + 1
  }
}
