import { plainIssue } from '#lib/core/plain-issue.ts'
import { type ColumnType, type DatasetColumn, type DatasetMessage, DatasetMessages } from './columns.ts'

/** A whole row as JSON. */
export const rowBytesMax = 262_144
const depthMax = 32

/** What a row holds, checked against its dataset. Absent and null are one. */
export interface RowContent {
  inputs: Record<string, unknown>
  messages: DatasetMessage[]
  expected: unknown
}

export interface RowProblem {
  /** `inputs.question`, `messages`, `expected`; empty for the whole row. */
  field: string
  message: string
}

export interface RowShape {
  columns: readonly DatasetColumn[]
  expectedType: ColumnType
}

/**
 * A row as it is stored, or what is wrong with it. `lenient`: for files, where every value may come as text: what reads as
 * the column's type is taken for it.
 */
export function readRow(
  shape: RowShape,
  raw: { inputs?: Record<string, unknown>; messages?: unknown; expected?: unknown },
  lenient: boolean,
): { content: RowContent } | { problems: RowProblem[] } {
  const problems: RowProblem[] = []
  const take = (field: string, type: ColumnType, value: unknown): unknown => {
    const read = readValue(type, value, lenient)
    if ('message' in read) problems.push({ field, message: read.message })
    return 'message' in read ? null : read.value
  }
  const inputs: Record<string, unknown> = {}
  for (const { name, type } of shape.columns) {
    if (!raw.inputs || !Object.hasOwn(raw.inputs, name)) continue
    const value = take(`inputs.${name}`, type, raw.inputs[name])
    if (value !== null) inputs[name] = value
  }
  const known = new Set(shape.columns.map(({ name }) => name))
  for (const name of Object.keys(raw.inputs ?? {}))
    if (!known.has(name)) problems.push({ field: `inputs.${name.slice(0, 64)}`, message: 'There is no such column.' })
  const messages = readMessages(raw.messages, lenient)
  if ('message' in messages) problems.push({ field: 'messages', message: messages.message })
  const expected = take('expected', shape.expectedType, raw.expected)
  if (problems.length > 0) return { problems }
  const content: RowContent = { inputs, messages: 'message' in messages ? [] : messages.value, expected }
  if (Object.keys(inputs).length === 0 && content.messages.length === 0 && expected === null)
    return { problems: [{ field: '', message: 'The row is empty.' }] }
  if (Buffer.byteLength(JSON.stringify(content)) > rowBytesMax)
    return { problems: [{ field: '', message: `A row holds at most ${rowBytesMax / 1024} KB.` }] }
  return { content }
}

type Read<Value> = { value: Value } | { message: string }

function readValue(type: ColumnType, given: unknown, lenient: boolean): Read<unknown> {
  if (given === null || given === undefined || (lenient && given === '')) return { value: null }
  const value = lenient ? convert(type, given) : given
  if (value === undefined || (type !== 'json' && typeof value !== jsTypes[type])) return { message: wanted[type] }
  if (typeof value === 'number' && !Number.isFinite(value)) return { message: wanted.number }
  return clean(value, 0)
}

const jsTypes = { text: 'string', number: 'number', boolean: 'boolean' } as const
const wanted: Record<ColumnType, string> = {
  text: 'This must be text.',
  number: 'This must be a number.',
  boolean: 'This must be true or false.',
  json: 'This must be valid JSON.',
}

/** Undefined where it does not read as the type. */
function convert(type: ColumnType, value: unknown): unknown {
  if (type === 'text') return typeof value === 'string' ? value : JSON.stringify(value)
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (type === 'number') return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i.test(text) ? Number(text) : undefined
  if (type === 'boolean')
    return { true: true, false: false, yes: true, no: false, 1: true, 0: false }[text.toLowerCase()]
  return parseJson(text)
}

function readMessages(given: unknown, lenient: boolean): Read<DatasetMessage[]> {
  if (given === null || given === undefined || (lenient && given === '')) return { value: [] }
  const value = lenient && typeof given === 'string' ? parseJson(given) : given
  const parsed = DatasetMessages.safeParse(value, { error: plainIssue })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue!.path.length > 0 ? `${issue!.path.join('.')}: ` : ''
    return { message: where === '' ? 'This must be a list of messages with role and content.' : where + issue!.message }
  }
  const cleaned = clean(parsed.data, 0)
  return 'message' in cleaned ? cleaned : { value: cleaned.value as DatasetMessage[] }
}

/** Null where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** JSON as Postgres takes it: no NUL, no half of a surrogate pair, not too deep. */
function clean(value: unknown, depth: number): Read<unknown> {
  if (typeof value === 'string')
    return value.includes('\0') ? { message: 'Text may not hold a NUL character.' } : { value: value.toWellFormed() }
  if (typeof value !== 'object' || value === null) return { value }
  if (depth >= depthMax) return { message: `JSON may be nested ${depthMax} levels deep.` }
  const entries: [string, unknown][] = []
  for (const [key, each] of Object.entries(value)) {
    const cleaned = clean(each, depth + 1)
    if ('message' in cleaned) return cleaned
    const name = clean(key, depth)
    if ('message' in name) return name
    entries.push([name.value as string, cleaned.value])
  }
  return { value: Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries) }
}
