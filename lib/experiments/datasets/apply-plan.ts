import { CsvReader, type FileRecord, type RecordReader } from '#lib/core/csv-records.ts'
import type { RowErrorView } from './answers.ts'
import type { DatasetColumn, DatasetMessage } from './columns.ts'
import { JsonLinesReader, JsonListReader } from './json-records.ts'
import type { FilePlan } from './plan.ts'
import { type RowContent, type RowShape, readRow } from './row-content.ts'

export function openReader(plan: Pick<FilePlan, 'format' | 'delimiter' | 'header'>): RecordReader {
  if (plan.format === 'csv') return new CsvReader(plan)
  return plan.format === 'jsonl' ? new JsonLinesReader() : new JsonListReader()
}

/** The columns and types that a plan makes. */
export function shapeOfPlan(plan: FilePlan): RowShape {
  const columns: DatasetColumn[] = plan.fields.flatMap(({ to, name, type }) => (to === 'input' ? [{ name, type }] : []))
  return { columns, expectedType: plan.fields.find(({ to }) => to === 'expected')?.type ?? 'text' }
}

/** What a field of a record holds; `inputs.question` also stands for `question` of an object `inputs`. */
export function valueAt(values: Readonly<Record<string, unknown>>, source: string): unknown {
  if (Object.hasOwn(values, source)) return values[source]
  const dot = source.indexOf('.')
  const inside = dot > 0 && Object.hasOwn(values, source.slice(0, dot)) ? values[source.slice(0, dot)] : undefined
  if (typeof inside !== 'object' || inside === null) return undefined
  const name = source.slice(dot + 1)
  return Object.hasOwn(inside, name) ? (inside as Record<string, unknown>)[name] : undefined
}

/** A record of a file as a row of this shape, or what is wrong with it. */
export function toContent(
  shape: RowShape,
  plan: FilePlan,
  record: FileRecord,
): { content: RowContent } | { errors: RowErrorView[] } {
  if ('problem' in record) return { errors: [{ line: record.line, field: '', message: record.problem }] }
  const inputs: Record<string, unknown> = {}
  const sources = new Map<string, string>()
  let messages: unknown
  let expected: unknown
  for (const { source, to, name } of plan.fields) {
    const value = valueAt(record.values, source)
    if (to === 'input') {
      inputs[name] = value
      sources.set(`inputs.${name}`, source)
    } else if (to === 'messages') messages = value
    else if (to === 'expected') expected = value
    if (to === 'messages' || to === 'expected') sources.set(to, source)
  }
  const read = readRow(shape, { inputs, messages, expected }, true)
  if ('problems' in read) {
    const { line } = record
    return { errors: read.problems.map(({ field, message }) => ({ line, field: sources.get(field) ?? '', message })) }
  }
  return { content: plan.takeLast ? withLastExpected(read.content) : read.content }
}

/** The assistant's last message becomes what is expected, unless something is already. */
function withLastExpected(content: RowContent): RowContent {
  const last: DatasetMessage | undefined = content.messages.at(-1)
  if (content.expected !== null || last?.role !== 'assistant' || typeof last.content !== 'string') return content
  return { ...content, messages: content.messages.slice(0, -1), expected: last.content }
}
