/**
 * How well a command fits what is typed, 0 to 1. Every typed word must occur; the beginning of the name counts most,
 * then the beginning of a word, then anywhere. `label` is the name, `others` what else it is found by.
 */
export function matchCommand(query: string, label: string, others: readonly string[]): number {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const name = label.toLowerCase()
  const all = [name, ...others.map((other) => other.toLowerCase())].join(' ')
  let score = 1
  for (const word of words) {
    const rank = name.startsWith(word)
      ? 1
      : beginsWord(name, word)
        ? 0.9
        : beginsWord(all, word)
          ? 0.7
          : all.includes(word)
            ? 0.4
            : 0
    score = Math.min(score, rank)
  }
  return score
}

function beginsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (at === 0 || /[^\p{L}\p{N}]/u.test(text.charAt(at - 1))) return true
  }
  return false
}
