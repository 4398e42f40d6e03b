import { placeOf, toParts } from './hash.ts'
import type { Condition, Routing, RoutingRow } from './routing-schema.ts'

export type Context = Readonly<Record<string, unknown>>

/** What becomes of a call: its variant, by which row (null: none matched), and its place in the split of that row. */
export interface Routed {
  variant: string
  row: number | null
  /** Parts of 10,000; null where the row leads to one variant alone. */
  place: number | null
}

/**
 * Rows top down, the first that matches wins, its split by a stable hash of `unit` (identity or thread); else the default
 * variant. `salt`: of the deployment, so that the same people are not first everywhere.
 */
export function routeContext(routing: Routing, context: Context, unit: string, salt: string): Routed {
  for (const [row, { conditions, split }] of routing.rows.entries()) {
    if (!conditions.every((condition) => matches(condition, context))) continue
    if (split.length === 1) return { variant: split[0]!.variant, row, place: null }
    const place = placeOf(`${salt} ${row} ${unit}`)
    return { variant: pick(split, place), row, place }
  }
  return { variant: routing.default, row: null, place: null }
}

function pick(split: RoutingRow['split'], place: number): string {
  let upTo = 0
  for (const { variant, percent } of split) {
    upTo += toParts(percent)
    if (place < upTo) return variant
  }
  return split.at(-1)!.variant
}

/** An absent field or one of another type matches nothing, but `not` and `exists: false` where it is absent. */
export function matches(condition: Condition, context: Context): boolean {
  return explain(condition, context) === null
}

/** Why a condition does not hold, in words; null where it does. */
export function explain({ field, type, operator, value }: Condition, context: Context): string | null {
  const found = findField(context, field)
  const isThere = found !== undefined && found !== null
  if (operator === 'exists') {
    if (isThere === (value !== false)) return null
    return isThere ? `${field} is there.` : `${field} is not there.`
  }
  if (!isThere) return operator === 'not' ? null : `${field} is not there.`
  const actual = readAs(type, found)
  if (actual === undefined) return `${field} is ${shown(found)}, not a ${words[type]}.`
  if (holds(operator, actual, value, type)) return null
  return `${field} is ${shown(found)}.`
}

const words: Record<Condition['type'], string> = {
  string: 'text',
  number: 'number',
  boolean: 'true or false',
  date: 'date',
  list: 'list',
}

function holds(operator: Condition['operator'], actual: unknown, value: Condition['value'], type: Condition['type']) {
  const wanted = (each: unknown) => (type === 'date' ? readAs('date', each) : each)
  switch (operator) {
    case 'equals':
      return actual === wanted(value)
    case 'not':
      return actual !== wanted(value)
    case 'in':
      return Array.isArray(value) && (Array.isArray(actual) ? actual : [actual]).some((each) => value.includes(each))
    case 'contains':
      return Array.isArray(actual) ? actual.includes(value) : String(actual).includes(String(value))
    case 'greater':
      return (actual as number) > (wanted(value) as number)
    case 'less':
      return (actual as number) < (wanted(value) as number)
    default:
      return false
  }
}

/** A date as milliseconds; everything else as it is. Undefined where it is of another type. */
function readAs(type: Condition['type'], value: unknown): unknown {
  switch (type) {
    case 'date': {
      const ms = typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN
      return Number.isNaN(ms) ? undefined : ms
    }
    case 'list':
      return Array.isArray(value) ? value : undefined
    default:
      return typeof value === type ? value : undefined
  }
}

/** A name of its own first, so that a field may hold dots; else its way through objects. */
function findField(context: Context, path: string): unknown {
  if (Object.hasOwn(context, path)) return context[path]
  let value: unknown = context
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? `“${value}”` : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
