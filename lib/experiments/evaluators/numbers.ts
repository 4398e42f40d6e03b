const numbers = /[-+\u2212]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d{1,3})?|[-+\u2212]?\.\d+/gi

/** The numbers of a text, with points for decimals and commas for thousands: `$1,234.50`. */
export function numbersIn(text: string): number[] {
  return [...text.matchAll(numbers)].map((match) => {
    const found = match[0].replaceAll(',', '').replace('\u2212', '-')
    // After a letter or a digit it is a dash: `2020-21`, `A-5`.
    const isDash = /^[-+]/.test(found) && /[\p{L}\p{N}]/u.test(text[match.index - 1] ?? '')
    return Number(isDash ? found.slice(1) : found)
  })
}

export function isWithin(value: number, expected: number, tolerance: number, relative: boolean): boolean {
  const allowed = relative ? tolerance * Math.abs(expected) : tolerance
  // Decimals that people write are not exact here: 0.3 is within 0.1 of 0.2.
  return Math.abs(value - expected) <= allowed + 4 * Number.EPSILON * Math.max(Math.abs(value), Math.abs(expected))
}
