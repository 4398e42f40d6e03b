import type { JsonSchema, OperationObject } from '#lib/reference/schema.ts'

export type Schemas = Readonly<Record<string, JsonSchema>>

/** The name of what a schema refers to. */
export function refName({ $ref }: JsonSchema): string | undefined {
  return $ref?.slice($ref.lastIndexOf('/') + 1)
}

/** What stands behind a reference, with the words said beside it. */
export function resolve(schema: JsonSchema, schemas: Schemas): JsonSchema {
  const name = refName(schema)
  if (name === undefined) return schema
  const { $ref: _, ...own } = schema
  return { ...schemas[name], ...own }
}

/** Its own choices without *null*, which is told apart. */
function choicesOf({ anyOf, oneOf }: JsonSchema): JsonSchema[] | undefined {
  return (anyOf ?? oneOf)?.filter(({ type }) => type !== 'null')
}

/** `string`, `list of string or number`, `ModelView`, `object`. */
export function typeWords(schema: JsonSchema): string {
  const name = refName(schema)
  if (name !== undefined) return name
  const choices = choicesOf(schema)
  if (choices) return [...new Set(choices.map(typeWords))].join(' or ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null')
  if (types[0] === 'array') return `list of ${schema.items ? typeWords(schema.items) : 'anything'}`
  if (types[0] === 'integer') return 'whole number'
  if (types[0] === 'object' && !schema.properties && typeof schema.additionalProperties === 'object')
    return `map of ${typeWords(schema.additionalProperties)}`
  if (schema.format === 'date-time') return 'instant'
  return types.join(' or ') || 'anything'
}

export function mayBeNull({ type, anyOf, oneOf }: JsonSchema): boolean {
  return [type ?? []].flat().includes('null') || Boolean((anyOf ?? oneOf)?.some((each) => each.type === 'null'))
}

/** Words that may stand, those of choices and of items too. */
export function allowedWords(schema: JsonSchema): string[] {
  const inside = [...(choicesOf(schema) ?? []), ...(schema.items ? [schema.items] : [])]
  return [...new Set([...(schema.enum ?? []).map(String), ...inside.flatMap(allowedWords)])]
}

const number = (value: number) => value.toLocaleString('en')

function isEmpty(value: unknown): boolean {
  return value === '' || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** `1 to 200`, `at most 64 characters`, `default 50`. */
export function boundWords(schema: JsonSchema): string[] {
  const words: string[] = []
  const { minimum, maximum, exclusiveMinimum, minLength, maxLength, minItems, maxItems } = schema
  const least = minimum ?? (exclusiveMinimum === undefined ? undefined : exclusiveMinimum + 1)
  if (least !== undefined && maximum !== undefined) words.push(`${number(least)} to ${number(maximum)}`)
  else if (maximum !== undefined) words.push(`at most ${number(maximum)}`)
  else if (least !== undefined && least > 0) words.push(`at least ${number(least)}`)
  if (minLength !== undefined && minLength > 1) words.push(`at least ${number(minLength)} characters`)
  if (maxLength !== undefined) words.push(`at most ${number(maxLength)} characters`)
  if (minItems !== undefined && minItems > 0) words.push(`at least ${number(minItems)}`)
  if (maxItems !== undefined) words.push(`at most ${number(maxItems)} of them`)
  if (schema.default !== undefined && !isEmpty(schema.default)) words.push(`default ${JSON.stringify(schema.default)}`)
  const inner = (choicesOf(schema) ?? []).flatMap(boundWords)
  return [...new Set([...words, ...inner])]
}

/** The fields below a field: its own, or those of its choices, items and values. */
export function fieldsBelow(
  schema: JsonSchema,
  schemas: Schemas,
): { properties: Record<string, JsonSchema>; required: readonly string[] } {
  const whole = resolve(schema, schemas)
  const below = [
    ...(choicesOf(whole) ?? []),
    ...(whole.items ? [whole.items] : []),
    ...(typeof whole.additionalProperties === 'object' ? [whole.additionalProperties] : []),
  ].map((each) => fieldsBelow(each, schemas))
  return {
    properties: Object.assign({}, ...below.map(({ properties }) => properties), whole.properties),
    // Of several choices a field is needed where all of them need it.
    required:
      whole.required ??
      (below.length === 0
        ? []
        : below.map(({ required }) => required).reduce((a, b) => a.filter((x) => b.includes(x)))),
  }
}

/** Who may call: `A key with the scope read, or a session of a viewer or above.` */
export function accessWords(security: OperationObject['security']): string {
  if (security.length === 0) return 'Everybody.'
  const ways = security.flatMap((each) =>
    Object.entries(each).map(([scheme, [name]]) => {
      if (scheme === 'key') return `a key with the scope ${name}`
      if (name === undefined) return 'a session'
      if (name === 'operator') return 'a session of an operator'
      return `a session of ${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}${name === 'owner' ? '' : ' or above'}`
    }),
  )
  const text = `${ways.join(', or ')}.`
  return text[0]!.toUpperCase() + text.slice(1)
}
