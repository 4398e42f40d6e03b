/** A draft larger than this is not kept. Characters of JSON. */
export const draftTextMax = 200_000

/**
 * What of a form may lie in the browser's storage: everything but the secret fields. A path names a field, `*` any
 * member: `apiKey`, `headers.*.value`.
 */
export function withoutSecrets(values: unknown, secretPaths: readonly string[]): unknown {
  return strip(
    values,
    secretPaths.map((path) => path.split('.')),
  )
}

function strip(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (value === null || typeof value !== 'object' || paths.length === 0) return value
  const next = (name: string) => {
    const inside = paths.filter(([head]) => head === name || head === '*').map(([, ...rest]) => rest)
    return { isSecret: inside.some((rest) => rest.length === 0), rest: inside }
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const { isSecret, rest } = next(String(index))
      return isSecret ? null : strip(item, rest)
    })
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => {
      const { isSecret, rest } = next(name)
      return isSecret ? [] : [[name, strip(item, rest)]]
    }),
  )
}

/** The stored text of a draft, or nothing when it is too large or cannot be written as JSON. */
export function toDraftText(values: unknown, secretPaths: readonly string[]): string | undefined {
  try {
    const text = JSON.stringify(withoutSecrets(values, secretPaths))
    return text && text.length <= draftTextMax ? text : undefined
  } catch {
    return undefined
  }
}

/**
 * A stored draft laid over a form's own values. Only members that the form knows are taken, so that a draft of an older
 * form does no harm. What is missing in the draft (secrets) stays as the form has it.
 */
export function applyDraft<Values extends object>(values: Values, draftText: string): Values {
  let draft: unknown
  try {
    draft = JSON.parse(draftText)
  } catch {
    return values
  }
  if (draft === null || typeof draft !== 'object' || Array.isArray(draft)) return values
  const stored = draft as Record<string, unknown>
  const merged = { ...values }
  for (const name of Object.keys(values) as (keyof Values & string)[]) {
    if (!Object.hasOwn(stored, name)) continue
    merged[name] = stored[name] as Values[typeof name]
  }
  return merged
}
