import { z } from 'zod'
import { PageInput } from '#lib/core/page.ts'
import { ColumnName, ColumnType, DatasetColumn, DatasetColumns, DatasetMessages } from './columns.ts'
import { CsvDelimiter, FilePlan, ImportFormat } from './plan.ts'

const Id = z.string().min(1).max(64)
const Version = z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647)
const Name = z
  .string({ error: 'Enter a name.' })
  .trim()
  .min(1, 'Enter a name.')
  .max(80, 'At most 80 characters.')
  .refine((text) => !/\p{Cc}/u.test(text), 'Control characters are not allowed.')
const Description = z.string().trim().max(2_000, 'At most 2,000 characters.')
const Snapshot = z.coerce.number().int().min(1).max(2_147_483_647)
const Search = z.string().max(200)

export const DatasetRef = z.strictObject({ id: Id })
export type DatasetRef = z.input<typeof DatasetRef>

export const ListDatasetsInput = PageInput.extend({
  /** In name or description. */
  search: Search.optional(),
  sort: z.enum(['name', '-name', 'updatedAt', '-updatedAt']).default('-updatedAt'),
})
export type ListDatasetsInput = z.input<typeof ListDatasetsInput>

export const CreateDatasetInput = z.strictObject({
  name: Name,
  description: Description.default(''),
  columns: DatasetColumns.default([]),
  expectedType: ColumnType.default('text'),
})
export type CreateDatasetInput = z.input<typeof CreateDatasetInput>

export const UpdateDatasetInput = z.strictObject({
  id: Id,
  version: Version,
  name: Name.optional(),
  description: Description.optional(),
  /** All of them, in their order. `was`: the column's name before. */
  columns: z
    .array(DatasetColumn.extend({ was: ColumnName.optional() }))
    .max(50)
    .refine((columns) => DatasetColumns.safeParse(columns.map(({ was, ...column }) => column)).success, {
      error: 'Two columns have one name.',
    })
    .optional(),
  expectedType: ColumnType.optional(),
})
export type UpdateDatasetInput = z.input<typeof UpdateDatasetInput>

/** A row as it is sent; its values are checked against the dataset's columns. */
export const DatasetRowInput = z.strictObject({
  inputs: z.record(z.string().max(64), z.unknown()).optional(),
  messages: DatasetMessages.optional(),
  expected: z.unknown().optional(),
})
export type DatasetRowInput = z.input<typeof DatasetRowInput>

export const ListRowsInput = PageInput.extend({
  id: Id,
  /** Of this snapshot; without it as the dataset stands. */
  snapshot: Snapshot.optional(),
  /** In inputs, messages or expected. */
  search: Search.optional(),
  order: z.enum(['asc', 'desc']).default('asc'),
})
export type ListRowsInput = z.input<typeof ListRowsInput>

export const RowRef = z.strictObject({ id: Id, rowId: Id })
export type RowRef = z.input<typeof RowRef>

export const rowsAddedMax = 500
export const AddRowsInput = z.strictObject({
  id: Id,
  rows: z.array(DatasetRowInput).min(1, 'Send at least one row.').max(rowsAddedMax, `At most ${rowsAddedMax} rows.`),
})
export type AddRowsInput = z.input<typeof AddRowsInput>

export const requestRowsMax = 200
/** Requests whose prompts and answers are kept. */
export const AddRequestRowsInput = z.strictObject({
  id: Id,
  requestIds: z
    .array(Id)
    .min(1, 'Name at least one request.')
    .max(requestRowsMax, `At most ${requestRowsMax} requests.`),
  /** By request: what it should have answered, in place of what it did. */
  corrections: z.record(Id, z.string().max(200_000, 'At most 200,000 characters.')).default({}),
})
export type AddRequestRowsInput = z.input<typeof AddRequestRowsInput>

export const UpdateRowInput = DatasetRowInput.extend({ id: Id, rowId: Id, version: Version })
export type UpdateRowInput = z.input<typeof UpdateRowInput>

const RowIds = z.array(Id).min(1, 'Name at least one row.').max(1_000, 'At most 1,000 rows by name.')
/** Some by their ids; or `all`, those that a search finds, or every one. */
export const DeleteRowsBody = z
  .strictObject({ rowIds: RowIds.optional(), all: z.literal(true).optional(), search: Search.optional() })
  .refine(({ rowIds, all }) => (rowIds === undefined) !== (all === undefined), 'Send rowIds, or all: true.')
export type DeleteRowsInput = z.input<typeof DeleteRowsBody> & DatasetRef

export const RestoreRowsInput = z.strictObject({ id: Id, undo: z.iso.datetime('Send what the deletion answered.') })
export type RestoreRowsInput = z.input<typeof RestoreRowsInput>

export const CreateSnapshotInput = z.strictObject({ id: Id, label: z.string().trim().max(80).default('') })
export type CreateSnapshotInput = z.input<typeof CreateSnapshotInput>

export const SnapshotRef = z.strictObject({ id: Id, number: Snapshot })
export type SnapshotRef = z.input<typeof SnapshotRef>

export const ListSnapshotsInput = PageInput.extend({ id: Id })
export type ListSnapshotsInput = z.input<typeof ListSnapshotsInput>

/** Of a file's beginning. */
export const previewCharactersMax = 500_000
export const PreviewFileInput = z.strictObject({
  text: z.string().min(1, 'The file is empty.').max(previewCharactersMax, 'Send the beginning of the file alone.'),
  /** The file goes on: its last line may be cut. */
  partial: z.boolean().default(false),
  fileName: z.string().max(255).default(''),
  format: ImportFormat.optional(),
  /** Of CSV, in place of the guess. */
  delimiter: CsvDelimiter.optional(),
  header: z.boolean().optional(),
  /** A plan in place of the guess. */
  plan: FilePlan.optional(),
  /** The dataset that takes it in: its columns are looked for first. */
  datasetId: Id.optional(),
})
export type PreviewFileInput = z.input<typeof PreviewFileInput>

export const StartImportInput = z.strictObject({
  id: Id,
  fileName: z.string().trim().max(255).default(''),
  plan: FilePlan,
  /** What becomes of the rest when a row is wrong. */
  onError: z.enum(['skip', 'stop']).default('skip'),
})
export type StartImportInput = z.input<typeof StartImportInput>

export const ImportRef = z.strictObject({ id: Id, importId: Id })
export type ImportRef = z.input<typeof ImportRef>

export const ListImportsInput = PageInput.extend({ id: Id })
export type ListImportsInput = z.input<typeof ListImportsInput>

export const ExportDatasetInput = z.strictObject({
  id: Id,
  format: z.enum(['csv', 'jsonl']).default('csv'),
  snapshot: Snapshot.optional(),
  search: Search.optional(),
})
export type ExportDatasetInput = z.input<typeof ExportDatasetInput>
