import { z } from 'zod'
import { Instant } from '#lib/core/operation.ts'
import { ColumnType, DatasetColumn, DatasetMessage } from './columns.ts'
import { FieldPlan, ImportFormat } from './plan.ts'

/* What the routes of datasets answer. The exported names are those of the API's document. */

const count = z.int().min(0)
const version = z.int().min(1).describe('To be sent back with an edit.')

export const DatasetView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  columns: z.array(DatasetColumn).describe('The inputs, in their order.'),
  expectedType: ColumnType,
  rowCount: count,
  changed: z.boolean().describe('Rows were changed since the newest snapshot; true where there is none.'),
  snapshots: count,
  newestSnapshot: count.describe('Its number; 0 where there is none.'),
  version,
  createdAt: Instant,
  updatedAt: Instant,
})
export type DatasetView = z.infer<typeof DatasetView>

export const DatasetRowView = z.object({
  id: z.string(),
  position: z.int().min(1),
  inputs: z.record(z.string(), z.unknown()).describe('By column.'),
  messages: z.array(DatasetMessage),
  expected: z.unknown().describe('Null where nothing is expected.'),
  requestId: z.string().nullable().describe('The request it was made from.'),
  version,
  updatedAt: Instant,
})
export type DatasetRowView = z.infer<typeof DatasetRowView>

export const DatasetSnapshotView = z.object({
  number: z.int().min(1),
  label: z.string(),
  columns: z.array(DatasetColumn),
  expectedType: ColumnType,
  rowCount: count,
  createdBy: z.string(),
  createdAt: Instant,
})
export type DatasetSnapshotView = z.infer<typeof DatasetSnapshotView>

export const RowErrorView = z.object({
  line: z.int().min(1).describe('Of the file, from 1.'),
  field: z.string().describe('Of the file; empty for the whole row.'),
  message: z.string(),
})
export type RowErrorView = z.infer<typeof RowErrorView>

export const importStatuses = ['waiting', 'running', 'finished', 'stopped', 'undone'] as const

export const DatasetImportView = z.object({
  id: z.string(),
  fileName: z.string(),
  format: ImportFormat,
  status: z
    .enum([...importStatuses, 'lost'])
    .describe('stopped: before the end, with what was saved until then; lost: its process is gone.'),
  bytesRead: count,
  saved: count.describe('Rows.'),
  failed: count.describe('Rows left out.'),
  errors: z.array(RowErrorView).describe('The first of them.'),
  problem: z.string().describe('Why it stopped.'),
  createdBy: z.string(),
  createdAt: Instant,
  finishedAt: Instant.nullable(),
})
export type DatasetImportView = z.infer<typeof DatasetImportView>

export const FilePreviewView = z.object({
  format: ImportFormat,
  delimiter: z.string(),
  header: z.boolean().describe('The first line names the columns.'),
  takeLast: z.boolean(),
  fields: z
    .array(FieldPlan.extend({ samples: z.array(z.string()) }))
    .describe('What is in the file, and what it becomes.'),
  rows: z.array(
    z.object({
      line: z.int().min(1),
      inputs: z.record(z.string(), z.unknown()),
      messages: z.array(DatasetMessage),
      expected: z.unknown(),
    }),
  ),
  rowsSeen: count.describe('Rows of the part that was sent.'),
  errors: z.array(RowErrorView),
  failed: count,
})
export type FilePreviewView = z.infer<typeof FilePreviewView>

export const RequestRowsView = z.object({
  rowIds: z.array(z.string()),
  left: z.array(z.object({ requestId: z.string(), why: z.string() })).describe('Requests that no row was made of.'),
})
export type RequestRowsView = z.infer<typeof RequestRowsView>
