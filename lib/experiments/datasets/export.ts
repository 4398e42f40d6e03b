import { csvLine } from '#lib/core/csv.ts'
import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { requireDataset, shapeAt } from './find.ts'
import { ExportDatasetInput } from './input.ts'
import type { RowShape } from './row-content.ts'
import { readRows } from './rows.ts'
import { type StoredRow, toRowView } from './view.ts'

const pageRows = 1_000
const ownNames: readonly string[] = ['id', 'position', 'messages', 'expected', 'request_id']

/**
 * The rows of a dataset, or of a snapshot of it, as lines of CSV or JSON: a transaction a page, nothing held in memory. The
 * import reads both as they were. Developers and above.
 */
export async function* exportDataset(scope: Scope, input: ExportDatasetInput): AsyncGenerator<string> {
  requireRead(scope, 'developer')
  const { id, format, snapshot, search } = parseInput(ExportDatasetInput, input)
  const shape = await scope.tx(async (tx) => shapeAt(tx, scope, await requireDataset(tx, scope, id), snapshot))
  if (format === 'csv') yield csvLine(headerOf(shape))
  for (let after: number | undefined; ; ) {
    const rows = await scope.tx((tx) =>
      readRows(tx, scope, id, { snapshot, search, order: 'asc', after, limit: pageRows }),
    )
    if (rows.length > 0)
      yield rows.map((row) => (format === 'csv' ? toCsv(row, shape) : toJsonLine(row, shape))).join('')
    const last = rows.at(-1)
    if (!last || rows.length < pageRows) return
    after = last.position
  }
}

function headerOf({ columns }: RowShape): string[] {
  // A column that is called like one of ours says that it is an input.
  const names = columns.map(({ name }) => (ownNames.includes(name) ? `inputs.${name}` : name))
  return ['id', 'position', ...names, 'messages', 'expected', 'request_id']
}

function toCsv(row: StoredRow, shape: RowShape): string {
  const { inputs, messages, expected, requestId } = toRowView(row, shape)
  const cells = shape.columns.map(({ name, type }) => toCell(inputs[name], type === 'json'))
  return csvLine([
    ...[row.row_id, row.position, ...cells],
    messages.length === 0 ? '' : JSON.stringify(messages),
    toCell(expected, shape.expectedType === 'json'),
    requestId ?? '',
  ])
}

function toCell(value: unknown, isJson: boolean): string | number {
  if (value === undefined || value === null) return ''
  if (isJson) return JSON.stringify(value)
  return typeof value === 'number' || typeof value === 'string' ? value : String(value)
}

function toJsonLine(row: StoredRow, shape: RowShape): string {
  const { id, position, inputs, messages, expected, requestId } = toRowView(row, shape)
  const line = { id, position, inputs, messages, expected, ...(requestId && { request_id: requestId }) }
  return `${JSON.stringify(line)}\n`
}
