// One piece is up to six letters, up to three digits or one other character, with the white space before it.
const piece = /\s*(?:[\p{L}\p{M}]{1,6}|\p{N}{1,3}|[^\s\p{L}\p{M}\p{N}])|\s+/gu

/** The tokens of a text; joined they are the text again. A token is at least one byte. */
export function splitTokens(text: string): string[] {
  return text.match(piece) ?? []
}

const countedCharactersMax = 200_000

/** How many tokens a text has. Very long texts are counted at their beginning and estimated beyond it, to keep the loop free. */
export function countTokens(text: string): number {
  if (text === '') return 0
  if (text.length <= countedCharactersMax) return splitTokens(text).length
  return splitTokens(text.slice(0, countedCharactersMax)).length + Math.ceil((text.length - countedCharactersMax) / 4)
}
