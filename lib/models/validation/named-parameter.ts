import type { ErrorBody } from '#lib/openai/wire/error-body.ts'

/**
 * Which of the parameters that were sent a refusal is about: the `param` it names, else the first of them that its words
 * mention. Null where it names none.
 */
export function namedParameter(error: ErrorBody | null, sent: readonly string[]): string | null {
  if (!error) return null
  const param = error.param?.replace(/^body\./, '')
  const exact = sent.find((name) => param === name || param?.startsWith(`${name}.`))
  if (exact) return exact
  let first: { name: string; at: number } | null = null
  for (const name of sent) {
    // A one-letter name must stand in quotes: "n" is in every sentence.
    const pattern = name.length === 1 ? `["'\`]${name}["'\`]` : `(?<![\\w])${name}(?![\\w])`
    const at = error.message.search(new RegExp(pattern))
    if (at >= 0 && (first === null || at < first.at)) first = { name, at }
  }
  return first?.name ?? null
}
