/** The work grows with the product of both lengths. */
export const levenshteinCharactersMax = 8_000

/**
 * The least number of characters (code points) that are put in, taken out or exchanged to make one text of the other. Both
 * at most `levenshteinCharactersMax` code points long.
 */
export function levenshteinDistance(one: readonly string[], other: readonly string[]): number {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one]
  let before = Uint16Array.from({ length: short.length + 1 }, (_, at) => at)
  let row = new Uint16Array(short.length + 1)
  for (let y = 1; y <= long.length; y++) {
    row[0] = y
    const char = long[y - 1]
    for (let x = 1; x <= short.length; x++) {
      const exchanged = before[x - 1]! + (short[x - 1] === char ? 0 : 1)
      const moved = Math.min(before[x]!, row[x - 1]!) + 1
      row[x] = Math.min(exchanged, moved)
    }
    ;[before, row] = [row, before]
  }
  return before[short.length]!
}

/** 1 for equal texts, 0 for texts that have nothing in common. */
export function levenshteinSimilarity(one: readonly string[], other: readonly string[]): number {
  const longest = Math.max(one.length, other.length)
  return longest === 0 ? 1 : 1 - levenshteinDistance(one, other) / longest
}
