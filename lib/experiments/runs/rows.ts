import type { DatasetMessage } from '../datasets/columns.ts'
import type { RunRow } from './compose.ts'

export interface StoredRunRow {
  row_id: string
  position: number
  inputs: Record<string, unknown>
  messages: DatasetMessage[]
  expected: unknown
  request_id: string
}

export function toRunRow(row: StoredRunRow): RunRow {
  const { inputs, messages, expected, position } = row
  return { rowId: row.row_id, position, inputs, messages, expected, requestId: row.request_id }
}
