import { type Facts, mentions, numberFor, textFor } from './facts.ts'
import { sampleFromPattern } from './pattern-sample.ts'

type Schema = Readonly<Record<string, unknown>>

interface Position {
  root: unknown
  facts: Facts
  /** The name of the nearest property. */
  field: string
  depth: number
  /** Which of several: the item of an array, the call of several calls. */
  turn: number
  /** True for an item itself, false for what is inside it. */
  isItem: boolean
  budget: { nodes: number }
}

const briefDepth = 5
const depthMax = 40
const nodesMax = 2_000
const arrayLengthMax = 1_000
const enumSearchMax = 200

const formats: Record<string, string> = {
  date: '2030-01-15',
  'date-time': '2030-01-15T09:30:00Z',
  time: '09:30:00Z',
  duration: 'PT30M',
  email: 'someone@example.com',
  uuid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  'uri-reference': '/path',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
}

/**
 * A value that satisfies a JSON schema, made of the words and numbers of the prompt where they fit. Understands `$ref` into the schema
 * itself, `const`, `enum`, `anyOf`, `oneOf`, `allOf`, type lists, and the bounds of objects, arrays, numbers and strings.
 */
export function sampleFromSchema(schema: unknown, facts: Facts, turn = 0): unknown {
  return sample(schema, { root: schema, facts, field: '', depth: 0, turn, isItem: false, budget: { nodes: 0 } })
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sample(schema: unknown, at: Position): unknown {
  at.budget.nodes += 1
  if (!isSchema(schema)) return schema === false ? null : textFor(at.field, at.facts, at.turn)
  if (at.depth > depthMax) return null
  const inside = { ...at, depth: at.depth + 1 }
  if (typeof schema.$ref === 'string')
    return sample({ ...schema, $ref: undefined, ...asSchema(resolve(schema.$ref, at.root)) }, inside)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return pickEnum(schema.enum, at)
  if (Array.isArray(schema.allOf)) {
    const merged = schema.allOf.reduce(
      (whole: Schema, part) =>
        merge(whole, isSchema(part) && typeof part.$ref === 'string' ? resolve(part.$ref, at.root) : part),
      { ...schema, allOf: undefined },
    )
    return sample(merged, inside)
  }
  const alternatives = Array.isArray(schema.anyOf)
    ? schema.anyOf
    : Array.isArray(schema.oneOf)
      ? schema.oneOf
      : undefined
  if (alternatives && alternatives.length > 0) {
    return sample(merge({ ...schema, anyOf: undefined, oneOf: undefined }, pickAlternative(alternatives, at)), inside)
  }
  switch (typeOf(schema)) {
    case 'object':
      return sampleObject(schema, inside)
    case 'array':
      return sampleArray(schema, inside)
    case 'integer':
      return sampleNumber(schema, at, true)
    case 'number':
      return sampleNumber(schema, at, false)
    case 'boolean':
      return !/\bnot?\b|\bfalse\b|n't\b/.test(at.facts.text.toLowerCase())
    case 'null':
      return null
    default:
      return sampleString(schema, at)
  }
}

function isBrief(at: Position): boolean {
  return at.depth > briefDepth || at.budget.nodes > nodesMax
}

function asSchema(value: unknown): Schema {
  return isSchema(value) ? value : {}
}

function typeOf(schema: Schema): unknown {
  if (Array.isArray(schema.type)) return schema.type.find((type) => type !== 'null') ?? 'null'
  if (schema.type !== undefined) return schema.type
  if (schema.properties || schema.required || schema.additionalProperties) return 'object'
  if (schema.items || schema.prefixItems || schema.minItems) return 'array'
  if (schema.minimum !== undefined || schema.maximum !== undefined || schema.multipleOf !== undefined) return 'number'
  return 'string'
}

/** `#`, `#/$defs/name` and every other JSON pointer into the schema. */
function resolve(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#')) return {}
  let found: unknown = root
  for (const part of reference.slice(1).split('/').slice(1)) {
    const name = part.replace(/~1/g, '/').replace(/~0/g, '~')
    found =
      (isSchema(found) || Array.isArray(found)) && Object.hasOwn(found, name) ? (found as Schema)[name] : undefined
  }
  return found ?? {}
}

function merge(one: Schema, other: unknown): Schema {
  if (!isSchema(other)) return one
  const required = [
    ...(Array.isArray(one.required) ? one.required : []),
    ...(Array.isArray(other.required) ? other.required : []),
  ]
  const properties = { ...asSchema(one.properties), ...asSchema(other.properties) }
  return {
    ...one,
    ...other,
    ...(required.length > 0 ? { required } : {}),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
  }
}

function pickEnum(values: readonly unknown[], at: Position): unknown {
  // The second item of a list takes the second value: lists of unique values need that.
  const first = at.isItem ? at.turn % Math.max(1, values.length) : 0
  const free = first > 0 ? [...values.slice(first), ...values.slice(0, first)] : values
  const seen = `${at.facts.text}\n${at.facts.answer}`
  if (first === 0) {
    // The longest that is mentioned: "dark red" before "red".
    const named = values
      .slice(0, enumSearchMax)
      .filter((value): value is string => typeof value === 'string' && mentions(seen, value))
      .sort((one, other) => other.length - one.length)
    if (named[0] !== undefined) return named[0]
  }
  return free.find((value) => value !== null) ?? null
}

function pickAlternative(alternatives: readonly unknown[], at: Position): unknown {
  const resolved = alternatives.map((one) =>
    isSchema(one) && typeof one.$ref === 'string' ? { ...asSchema(resolve(one.$ref, at.root)) } : one,
  )
  const isLeaf = (one: unknown) =>
    isSchema(one) && !one.properties && !one.items && !one.anyOf && !one.oneOf && !one.$ref
  // Deep inside a schema that holds itself the shortest way out is taken.
  if (isBrief(at))
    return resolved.find((one) => isSchema(one) && one.type === 'null') ?? resolved.find(isLeaf) ?? resolved[0]
  return resolved.find((one) => isSchema(one) && one.type !== 'null') ?? resolved[0]
}

function sampleObject(schema: Schema, at: Position): Record<string, unknown> {
  const properties = asSchema(schema.properties)
  const required = new Set(
    Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === 'string') : [],
  )
  const made: [string, unknown][] = []
  const most = numberOf(schema.maxProperties) ?? Number.POSITIVE_INFINITY
  for (const [name, property] of Object.entries(properties)) {
    if (!required.has(name) && (isBrief(at) || property === false || required.size + made.length >= most)) continue
    made.push([name, sample(property, { ...at, field: name, isItem: false })])
  }
  // Names that are required but not described, and as many more as the least number asks for.
  const extra = isSchema(schema.additionalProperties) ? schema.additionalProperties : true
  for (const name of required)
    if (!Object.hasOwn(properties, name)) made.push([name, sample(extra, { ...at, field: name, isItem: false })])
  const least = Math.min(numberOf(schema.minProperties) ?? 0, 100)
  for (let index = made.length; index < least; index++)
    made.push([`key${index + 1}`, sample(extra, { ...at, field: `key${index + 1}` })])
  return Object.fromEntries(made)
}

function sampleArray(schema: Schema, at: Position): unknown[] {
  const heads = Array.isArray(schema.prefixItems) ? schema.prefixItems : []
  const least = Math.min(numberOf(schema.minItems) ?? 0, arrayLengthMax)
  const most = Math.min(numberOf(schema.maxItems) ?? arrayLengthMax, arrayLengthMax)
  const usual = at.facts.items.length > 0 && at.depth < 4 ? at.facts.items.length : 2
  const onlyHeads = schema.items === false
  const wanted = isBrief(at)
    ? least
    : Math.max(least, Math.min(most, onlyHeads ? heads.length : Math.max(usual, heads.length)))
  const values: unknown[] = []
  for (let index = 0; index < wanted; index++) {
    const value = sample(heads[index] ?? schema.items ?? schema.contains ?? true, { ...at, turn: index, isItem: true })
    const isTwin =
      schema.uniqueItems === true && values.some((known) => JSON.stringify(known) === JSON.stringify(value))
    if (!isTwin) values.push(value)
    else if (values.length < least) values.push(vary(value, index))
    if (at.budget.nodes > nodesMax && values.length >= least) break
  }
  return values
}

function vary(value: unknown, index: number): unknown {
  if (typeof value === 'number') return value + index
  if (typeof value === 'boolean') return !value
  return typeof value === 'string' ? `${value} ${index + 1}` : value
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function sampleNumber(schema: Schema, at: Position, whole: boolean): number {
  const step = numberOf(schema.multipleOf) ?? (whole ? 1 : undefined)
  const gap = step ?? 0.01
  const above = numberOf(schema.exclusiveMinimum)
  const below = numberOf(schema.exclusiveMaximum)
  const least = Math.max(
    numberOf(schema.minimum) ?? Number.NEGATIVE_INFINITY,
    above === undefined ? Number.NEGATIVE_INFINITY : above + gap,
  )
  const most = Math.min(
    numberOf(schema.maximum) ?? Number.POSITIVE_INFINITY,
    below === undefined ? Number.POSITIVE_INFINITY : below - gap,
  )
  const told = numberFor(at.field, at.facts, at.turn)
  const fits =
    told !== undefined && told >= least && told <= most && (step === undefined || Number.isInteger(told / step))
  if (fits) return told
  // The gap may be wider than what is between two exclusive bounds: then their middle.
  if (least > most && above !== undefined && below !== undefined) return (above + below) / 2
  const base = least <= 1 && most >= 1 ? 1 : least > 1 ? least : most
  if (step === undefined) return base
  const up = Math.ceil(base / step) * step
  return tidy(up <= most ? up : Math.floor(most / step) * step)
}

/** Without the dust of binary fractions: 0.30000000000000004 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12))
}

function sampleString(schema: Schema, at: Position): string {
  if (typeof schema.pattern === 'string') return fitLength(sampleFromPattern(schema.pattern), schema)
  if (typeof schema.format === 'string' && Object.hasOwn(formats, schema.format)) {
    // Only these are looked for in the prompt; the others have one example.
    if (schema.format === 'email' || schema.format === 'date') return textFor(schema.format, at.facts, at.turn)
    return schema.format === 'uri' || schema.format === 'url'
      ? textFor('url', at.facts, at.turn)
      : formats[schema.format]!
  }
  return fitLength(textFor(at.field, at.facts, at.turn), schema)
}

/** The bounds of a string count characters, not UTF-16 units. */
function fitLength(text: string, schema: Schema): string {
  const least = Math.min(numberOf(schema.minLength) ?? 0, 10_000)
  const most = numberOf(schema.maxLength) ?? Number.POSITIVE_INFINITY
  const characters = [...text]
  if (characters.length > most) return characters.slice(0, Math.max(0, most)).join('')
  const last = characters.at(-1) ?? 'a'
  return characters.length < least
    ? text + (typeof schema.pattern === 'string' ? last : '.').repeat(least - characters.length)
    : text
}
