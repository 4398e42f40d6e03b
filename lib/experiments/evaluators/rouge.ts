/** The work grows with the product of both lengths. */
export const rougeWordsMax = 6_000

const words =
  /[[\p{L}\p{M}\p{N}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]]+|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gv

/** Lower-case runs of letters and digits, as the reference implementation takes them; of Chinese and Japanese, characters. */
export function rougeWords(text: string): string[] {
  return text.toLowerCase().match(words) ?? []
}

export interface RougeL {
  precision: number
  recall: number
  /** The harmonic mean of both. */
  f: number
}

/**
 * ROUGE-L of one answer against one reference (Lin 2004, section 3): the longest sequence of words that stands in both in
 * the same order, not necessarily next to each other, as a share of either.
 */
export function rougeL(reference: readonly string[], answer: readonly string[]): RougeL {
  if (reference.length === 0 || answer.length === 0) return { precision: 0, recall: 0, f: 0 }
  const common = commonLength(reference, answer)
  const precision = common / answer.length
  const recall = common / reference.length
  return { precision, recall, f: common === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}

function commonLength(one: readonly string[], other: readonly string[]): number {
  let before = new Uint16Array(other.length + 1)
  let row = new Uint16Array(other.length + 1)
  for (const word of one) {
    for (let at = 1; at <= other.length; at++)
      row[at] = word === other[at - 1] ? before[at - 1]! + 1 : Math.max(before[at]!, row[at - 1]!)
    ;[before, row] = [row, before]
  }
  return before[other.length]!
}
