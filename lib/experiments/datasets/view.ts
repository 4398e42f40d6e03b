import type { Dataset, DatasetImport, DatasetSnapshot } from '#lib/platform/generated/prisma/client.ts'
import type { DatasetImportView, DatasetRowView, DatasetSnapshotView, DatasetView, RowErrorView } from './answers.ts'
import type { ColumnType, DatasetColumn, DatasetMessage } from './columns.ts'
import type { FilePlan } from './plan.ts'
import type { RowShape } from './row-content.ts'

/** An import that says it runs, and has not moved for this long, was left by a process that is gone. */
const lostAfterMs = 180_000

export function shapeOf(row: Pick<Dataset | DatasetSnapshot, 'columns' | 'expectedType'>): RowShape {
  return { columns: row.columns as DatasetColumn[], expectedType: row.expectedType as ColumnType }
}

export function toDatasetView(row: Dataset, snapshots: { count: number; newest: number }): DatasetView {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    columns: row.columns as DatasetColumn[],
    expectedType: row.expectedType as ColumnType,
    rowCount: row.rowCount,
    changed: row.changed || snapshots.count === 0,
    snapshots: snapshots.count,
    newestSnapshot: snapshots.newest,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** A row as raw SQL reads it. */
export interface StoredRow {
  row_id: string
  position: number
  inputs: Record<string, unknown>
  messages: DatasetMessage[]
  expected: unknown
  request_id: string
  version: number
  updated_at: Date
}

export const rowColumns = 'row_id, position, inputs, messages, expected, request_id, version, updated_at'

export function toRowView(row: StoredRow, { columns }: RowShape): DatasetRowView {
  const named = columns.flatMap(({ name }) => (Object.hasOwn(row.inputs, name) ? [[name, row.inputs[name]]] : []))
  return {
    id: row.row_id,
    position: row.position,
    // Values of a column that was taken away stay in the row, unseen.
    inputs: Object.fromEntries(named),
    messages: row.messages,
    expected: row.expected,
    requestId: row.request_id || null,
    version: row.version,
    updatedAt: row.updated_at.toISOString(),
  }
}

export function toSnapshotView(row: DatasetSnapshot): DatasetSnapshotView {
  return {
    number: row.number,
    label: row.label,
    columns: row.columns as DatasetColumn[],
    expectedType: row.expectedType as ColumnType,
    rowCount: row.rowCount,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
  }
}

export function toImportView(row: DatasetImport, nowMs: number): DatasetImportView {
  const isLost = row.status === 'running' && nowMs - row.updatedAt.getTime() > lostAfterMs
  return {
    id: row.id,
    fileName: row.fileName,
    format: (row.plan as FilePlan).format,
    status: isLost ? 'lost' : (row.status as DatasetImportView['status']),
    bytesRead: Number(row.bytesRead),
    saved: row.saved,
    failed: row.failed,
    errors: row.errors as RowErrorView[],
    problem: row.problem,
    createdBy: row.actorLabel,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}
