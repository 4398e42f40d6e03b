import { CsvReader, type FileRecord, guessDelimiter, UnreadableFile } from '#lib/core/csv-records.ts'
import { invalidInput } from '#lib/core/errors.ts'
import { parseInput, requireRole, type Scope } from '#lib/tenancy/index.ts'
import type { FilePreviewView, RowErrorView } from './answers.ts'
import { openReader, shapeOfPlan, toContent, valueAt } from './apply-plan.ts'
import { requireDataset } from './find.ts'
import { fieldsOf, guessFields, guessFormat } from './guess-plan.ts'
import { PreviewFileInput } from './input.ts'
import type { FilePlan } from './plan.ts'
import type { RowShape } from './row-content.ts'
import { shapeOf } from './view.ts'

const rowsShown = 20
const errorsShown = 100
const samplesShown = 3
const sampleCharactersMax = 200
/** Enough to tell a column's type. */
const recordsLookedAt = 500

/**
 * What a file's beginning would become: its fields with a guess at what they are, the first rows, and what is wrong with
 * them. Nothing is stored. Developers and above. Throws `unreadable_file`.
 */
export async function previewFile(scope: Scope, input: PreviewFileInput): Promise<FilePreviewView> {
  requireRole(scope, 'developer')
  const { text, partial, fileName, datasetId, ...given } = parseInput(PreviewFileInput, input)
  const shape = datasetId && (await scope.tx(async (tx) => shapeOf(await requireDataset(tx, scope, datasetId))))
  const plain = text.replace(/^\u{feff}/u, '')
  const format = given.plan?.format ?? given.format ?? guessFormat(fileName, plain)
  const { delimiter, header } = given.plan ?? {
    delimiter: given.delimiter ?? guessDelimiter(plain),
    header: given.header ?? true,
  }
  const { records, names } = readAll(plain, { format, delimiter, header }, partial)
  const values = records.slice(0, recordsLookedAt).flatMap((record) => ('values' in record ? [record.values] : []))
  const sources = fieldsOf(values, names)
  const guessed = given.plan ?? { format, delimiter, header, ...guessFields(values, sources, shape || undefined) }
  return { ...toPreview(guessed, shape || undefined, records), fields: withSamples(guessed, values) }
}

function readAll(
  text: string,
  plan: Pick<FilePlan, 'format' | 'delimiter' | 'header'>,
  partial: boolean,
): { records: FileRecord[]; names: readonly string[] | null } {
  const reader = openReader(plan)
  try {
    // The last line of a part may be cut.
    const records = reader.push(text)
    if (!partial) records.push(...reader.end())
    return { records, names: reader instanceof CsvReader ? reader.names : null }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    throw invalidInput(error.message, { text: error.message }, 'unreadable_file')
  }
}

function toPreview(
  plan: FilePlan,
  dataset: RowShape | undefined,
  records: FileRecord[],
): Omit<FilePreviewView, 'fields'> {
  const own = shapeOfPlan(plan)
  const types = new Map(dataset?.columns.map(({ name, type }) => [name, type]))
  const columns = own.columns.map(({ name, type }) => ({ name, type: types.get(name) ?? type }))
  const shape = { columns, expectedType: own.expectedType }
  const rows: FilePreviewView['rows'] = []
  const errors: RowErrorView[] = []
  let failed = 0
  for (const record of records) {
    const read = toContent(shape, plan, record)
    if ('content' in read) {
      if (rows.length < rowsShown) rows.push({ line: record.line, ...read.content })
      continue
    }
    failed++
    errors.push(...read.errors.slice(0, errorsShown - errors.length))
  }
  const { format, delimiter, header, takeLast } = plan
  return { format, delimiter, header, takeLast, rows, errors, failed, rowsSeen: records.length }
}

function withSamples(plan: FilePlan, records: readonly Record<string, unknown>[]): FilePreviewView['fields'] {
  return plan.fields.map((field) => {
    const samples: string[] = []
    for (const values of records) {
      const value = valueAt(values, field.source)
      if (value === undefined || value === null || value === '') continue
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      samples.push(text.length > sampleCharactersMax ? `${text.slice(0, sampleCharactersMax - 1)}…` : text)
      if (samples.length === samplesShown) break
    }
    return { ...field, samples }
  })
}
