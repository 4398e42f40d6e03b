import { valueAt } from './apply-plan.ts'
import { type ColumnType, columnsMax, DatasetMessages } from './columns.ts'
import { type FieldPlan, fieldsMax, type ImportFormat } from './plan.ts'
import { parseJson, type RowShape } from './row-content.ts'

type Values = Readonly<Record<string, unknown>>

const expectedNames =
  /^(expected|expected[ _-]?(output|answer|response)|output|answer|label|target|reference|ideal|completion|ground[ _-]?truth)$/i
const messagesNames = /^(messages|conversation|chat|prompt|input)$/i
/** Objects whose members are columns of their own. */
const nested = /^(inputs?|variables)$/i

/** What is in a file: the fields of its records, in the order in which they come. */
export function fieldsOf(records: readonly Values[], names: readonly string[] | null): string[] {
  if (names) return names.slice(0, fieldsMax)
  const found = new Set<string>()
  for (const values of records) {
    for (const [key, value] of Object.entries(values)) {
      const isNested = nested.test(key) && typeof value === 'object' && value !== null && !Array.isArray(value)
      for (const name of isNested ? Object.keys(value).map((inner) => `${key}.${inner}`) : [key])
        if (name.length <= 256) found.add(name)
      if (found.size >= fieldsMax) return [...found].slice(0, fieldsMax)
    }
  }
  return [...found]
}

/** How a file is most likely meant, by its names and by what stands in the records; a dataset's own columns come first. */
export function guessFields(
  records: readonly Values[],
  sources: readonly string[],
  shape: RowShape | undefined,
): { fields: FieldPlan[]; takeLast: boolean } {
  const columns = new Map(shape?.columns.map((column) => [column.name.toLowerCase(), column]))
  const samplesOf = (source: string) =>
    records
      .map((values) => valueAt(values, source))
      .filter((value) => value !== undefined && value !== null && value !== '' && !isEmptyList(value))
  const isOurs = sources.includes('id') && samplesOf('id').every((id) => /^row_[0-9a-z]{24}$/.test(String(id)))
  const taken = new Set<string>()
  let expected = false
  let messages = false
  let takeLast = false
  const fields = sources.map((source): FieldPlan => {
    const samples = samplesOf(source)
    const plain = source.slice(source.indexOf('.') + 1).trim()
    const field = (to: FieldPlan['to'], type: ColumnType, name = '') => ({ source, to, name, type })
    if (isOurs && ['id', 'position', 'request_id'].includes(source)) return field('skip', 'text')
    const own = columns.get(plain.toLowerCase())
    if (own && !taken.has(own.name)) {
      taken.add(own.name)
      return field('input', own.type, own.name)
    }
    const conversations = messagesNames.test(plain) && !messages ? samples.map(readConversation) : [null]
    if (conversations.length > 0 && !conversations.includes(null)) {
      messages = true
      takeLast = conversations.every((each) => each!.length > 1 && each!.at(-1)!.role === 'assistant')
      return field('messages', 'json')
    }
    if (expectedNames.test(plain) && !expected) {
      expected = true
      return field('expected', shape?.expectedType ?? guessType(samples))
    }
    if (taken.size >= columnsMax) return field('skip', 'text')
    const name = freeName(plain, taken)
    taken.add(name)
    return field('input', guessType(samples), name)
  })
  return { fields, takeLast: takeLast && !expected }
}

/** The format by the name of a file, else by how its text begins. */
export function guessFormat(fileName: string, text: string): ImportFormat {
  const end = /\.(csv|tsv|txt|jsonl|ndjson|json)$/i.exec(fileName)?.[1]?.toLowerCase()
  if (end === 'jsonl' || end === 'ndjson') return 'jsonl'
  if (end === 'csv' || end === 'tsv') return 'csv'
  const start = text.trimStart()
  if (start.startsWith('[')) return 'json'
  return start.startsWith('{') ? 'jsonl' : 'csv'
}

function readConversation(value: unknown): { role: string }[] | null {
  const parsed = DatasetMessages.min(1).safeParse(typeof value === 'string' ? parseJson(value) : value)
  return parsed.success ? parsed.data : null
}

function guessType(samples: readonly unknown[]): ColumnType {
  if (samples.length === 0) return 'text'
  if (samples.every((value) => typeof value === 'number' || (typeof value === 'string' && isPlainNumber(value))))
    return 'number'
  if (
    samples.every((value) => typeof value === 'boolean' || (typeof value === 'string' && /^(true|false)$/i.test(value)))
  )
    return 'boolean'
  return samples.every(isStructure) ? 'json' : 'text'
}

/** Not `007` and no telephone number: what would not come back as it was. */
function isPlainNumber(text: string): boolean {
  return text.length <= 15 && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)
}

function isEmptyList(value: unknown): boolean {
  return value === '[]' || (Array.isArray(value) && value.length === 0)
}

function isStructure(value: unknown): boolean {
  const parsed = typeof value === 'string' && /^\s*[[{]/.test(value) ? parseJson(value) : value
  return typeof parsed === 'object' && parsed !== null
}

function freeName(source: string, taken: ReadonlySet<string>): string {
  const plain = source
    .trim()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^[^A-Za-z_]+/, '')
    .replace(/_+$/, '')
    .slice(0, 60)
  const base = plain === '' || plain === '__proto__' ? 'column' : plain
  let name = base
  for (let times = 2; taken.has(name); times++) name = `${base}_${times}`
  return name
}
