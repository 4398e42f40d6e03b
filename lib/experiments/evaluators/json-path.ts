/** A name of a member, or the place in a list; below zero from its end. */
export type PathStep = string | number

/**
 * A singular query of RFC 9535 (section 2.3.5.1): `$` and then any number of `.name`, `['name']`, `["name"]` or `[0]`.
 * Null where it is none.
 */
export function parseJsonPath(text: string): PathStep[] | null {
  if (!text.startsWith('$')) return null
  const steps: PathStep[] = []
  let rest = text.slice(1)
  while (rest !== '') {
    const match = segment.exec(rest)
    if (!match) return null
    const { name, quoted, index } = match.groups!
    if (name !== undefined) steps.push(name)
    else if (index !== undefined) steps.push(Number(index))
    else {
      const read = unquote(quoted!)
      if (read === null) return null
      steps.push(read)
    }
    rest = rest.slice(match[0].length)
  }
  return steps
}

const segment =
  /^(?:\s*\.(?<name>[A-Za-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)|\s*\[\s*(?:(?<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<index>0|-?[1-9]\d{0,14}))\s*\])/u

/** The escapes are those of JSON; in single quotes also that of the quote itself. */
function unquote(quoted: string): string | null {
  const inner = quoted.slice(1, -1)
  const json = quoted.startsWith('"') ? inner : inner.replace(/\\'|"/g, (found) => (found === '"' ? '\\"' : "'"))
  try {
    return JSON.parse(`"${json}"`) as string
  } catch {
    return null
  }
}

/** What stands at a path; undefined where nothing does. */
export function jsonAt(value: unknown, path: readonly PathStep[]): unknown {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined
    if (typeof step === 'number') at = Array.isArray(at) ? at.at(step) : undefined
    else at = !Array.isArray(at) && Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined
  }
  return at
}

/** Equal as JSON: the order of members says nothing. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every(
    (key) =>
      Object.hasOwn(other, key) &&
      isSameJson((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
  )
}
