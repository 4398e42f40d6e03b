/** A range of byte offsets, end exclusive. */
export type Range = readonly [start: number, end: number]

/**
 * The elements of the JSON array at `start` (its `[`). The scanner has checked the structure, so this walk only counts
 * brackets and skips strings. `text` is the latin1 view of the bytes.
 */
export function elementsOf(text: string, start: number, end: number): Range[] {
  const elements: Range[] = []
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
      if (from >= 0) elements.push([from, last])
      break
    }
    if (code === 0x2c && depth === 1) {
      if (from >= 0) elements.push([from, last])
      from = -1
      continue
    }
    if (depth === 1 && from < 0) from = at
    last = at + 1
  }
  return elements
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
