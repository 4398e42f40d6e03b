/** Addresses: what callers put in `model`. */

export const slugPattern = /^[a-z0-9][a-z0-9.-]{0,62}$/
export const slugMessage = 'A slug has 1 to 63 of a-z, 0-9, “.” and “-”, and begins with a letter or digit.'
export const aliasMessages = {
  empty: 'An alias is not empty.',
  tooLong: 'An alias has at most 256 characters.',
  characters: 'An alias has no spaces at its ends and no control characters.',
  reserved: 'This form of address is Patchbay’s own.',
} as const

/** `Custom Groq Llama 3.3` -> `custom-groq-llama-3-3`. From the Model ID where the name has nothing to offer. */
export function slugFromName(name: string, modelId = ''): string {
  return toSlug(name) || toSlug(modelId) || 'model'
}

function toSlug(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '')
}

/** The slug itself, else with `-2`, `-3`, ... until `isTaken` says no. */
export function freeSlug(slug: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(slug)) return slug
  for (let count = 2; ; count++) {
    const ending = `-${count}`
    const candidate = slug.slice(0, 63 - ending.length).replace(/[.-]+$/, '') + ending
    if (!isTaken(candidate)) return candidate
  }
}

/** What is wrong with an alias, or null. Aliases are opaque: slashes, colons and dots are theirs. */
export function aliasProblem(alias: string): string | null {
  if (alias.trim() === '') return aliasMessages.empty
  if (alias.length > 256) return aliasMessages.tooLong
  if (alias !== alias.trim() || /[\p{Cc}\p{Cf}\p{Cs}]/u.test(alias)) return aliasMessages.characters
  if (alias.startsWith('deployment/') || alias.includes('@openai-compatible/')) return aliasMessages.reserved
  return null
}
