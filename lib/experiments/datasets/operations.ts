import { z } from 'zod'
import { type Operations, pageOf } from '#lib/core/operation.ts'
import * as answers from './answers.ts'
import {
  AddRequestRowsInput,
  AddRowsInput,
  CreateDatasetInput,
  CreateSnapshotInput,
  type DatasetRowInput,
  DeleteRowsBody,
  ExportDatasetInput,
  ListDatasetsInput,
  ListImportsInput,
  ListRowsInput,
  ListSnapshotsInput,
  PreviewFileInput,
  RestoreRowsInput,
  StartImportInput,
  UpdateDatasetInput,
  UpdateRowInput,
} from './input.ts'

const api = '/api/workspaces/[workspace]/datasets'
const group = 'Datasets'
const dataset = { id: 'Of the dataset.' }
const row = { ...dataset, rowId: 'Of the row.' }
const snapshot = { ...dataset, number: 'Of the snapshot.' }
const fileImport = { ...dataset, importId: 'Of the import.' }
const page = { cursor: 'Of the page before; opaque.', limit: 'Of one page.' }
const version = 'As it was read; a stale one is 409 with the object as it stands.'
const search = 'Found in inputs, messages or what is expected, whatever the case.'
const ofSnapshot = 'Number of a snapshot; without it the dataset as it stands.'
const reads = { group, access: 'read', least: 'developer' } as const
const writes = { group, access: 'write', least: 'developer' } as const
const Deleted = z.object({
  deleted: z.int().min(0).describe('Rows.'),
  undo: z.iso.datetime().describe('Brings them back at `rows/restore`, until the next snapshot.'),
})
const fields = [
  { source: 'question', to: 'input', name: 'question', type: 'text' },
  { source: 'expected', to: 'expected', type: 'text' },
]

/** Schemas that have a name in the document. */
export const named = {
  DatasetView: answers.DatasetView,
  DatasetRowView: answers.DatasetRowView,
  DatasetSnapshotView: answers.DatasetSnapshotView,
  DatasetImportView: answers.DatasetImportView,
  FilePreviewView: answers.FilePreviewView,
  RowErrorView: answers.RowErrorView,
}

/** What the routes of datasets promise. */
export const operations: Operations = {
  [`GET ${api}`]: {
    ...reads,
    least: 'viewer',
    id: 'listDatasets',
    summary: 'Datasets',
    query: ListDatasetsInput,
    fields: { search: 'Found in name or description.', sort: 'A minus turns it round.', ...page },
    answer: pageOf(answers.DatasetView).extend({ total: z.int().min(0) }),
  },
  [`POST ${api}`]: {
    ...writes,
    id: 'addDataset',
    summary: 'Make a dataset',
    body: CreateDatasetInput,
    fields: { columns: 'The inputs; what prompts call `{{question}}` is the column question.' },
    example: { name: 'Support questions', columns: [{ name: 'question', type: 'text' }] },
    status: 201,
    answer: answers.DatasetView,
    errors: { 409: ['too_many_datasets'] },
  },
  [`GET ${api}/[id]`]: {
    ...reads,
    least: 'viewer',
    id: 'getDataset',
    summary: 'One dataset',
    params: dataset,
    answer: answers.DatasetView,
  },
  [`PATCH ${api}/[id]`]: {
    ...writes,
    id: 'updateDataset',
    summary: 'Change name, description or columns',
    details:
      'Columns are sent whole. Values follow a column that is renamed by `was`; those of one that is left out stay in their rows, unseen, until a column of that name is there again.',
    params: dataset,
    body: UpdateDatasetInput.omit({ id: true }),
    fields: { version },
    example: { version: 1, columns: [{ name: 'query', type: 'text', was: 'question' }] },
    answer: answers.DatasetView,
    errors: { 409: ['stale_version', 'column_values_differ'] },
  },
  [`DELETE ${api}/[id]`]: {
    ...writes,
    id: 'deleteDataset',
    summary: 'Delete a dataset with its rows and snapshots',
    params: dataset,
    answer: null,
    errors: { 409: ['dataset_in_use'] },
  },
  [`GET ${api}/[id]/rows`]: {
    ...reads,
    id: 'listDatasetRows',
    summary: 'Rows, in their order',
    params: dataset,
    query: ListRowsInput.omit({ id: true }),
    fields: { snapshot: ofSnapshot, search, ...page },
    answer: pageOf(answers.DatasetRowView).extend({
      total: z.int().min(0).describe('Where nothing is searched for, and of no snapshot.').optional(),
    }),
  },
  [`POST ${api}/[id]/rows`]: {
    ...writes,
    id: 'addDatasetRows',
    summary: 'Add rows at the end',
    details: 'All of them or none.',
    params: dataset,
    body: AddRowsInput.omit({ id: true }),
    fields: { rows: 'With values of the types that the columns have.' },
    example: { rows: [{ inputs: { question: 'Is the shop open on Sundays?' }, expected: 'No' }] },
    status: 201,
    answer: z.object({ items: z.array(answers.DatasetRowView) }),
    errors: { 409: ['dataset_full'] },
  },
  [`POST ${api}/[id]/rows/requests`]: {
    ...writes,
    id: 'addRequestRows',
    summary: 'Make rows of recorded requests',
    details:
      'Of chats whose prompts and answers are kept: the conversation as the model got it, and what it answered as what is expected. What cannot be a row is told and left out.',
    params: dataset,
    body: AddRequestRowsInput.omit({ id: true }),
    fields: { corrections: 'By request: what it should have answered.' },
    example: { requestIds: ['req_000000000000000000000000'] },
    status: 201,
    answer: answers.RequestRowsView,
    errors: { 409: ['dataset_full'] },
  },
  [`GET ${api}/[id]/rows/[rowId]`]: {
    ...reads,
    id: 'getDatasetRow',
    summary: 'One row',
    params: row,
    answer: answers.DatasetRowView,
  },
  [`PATCH ${api}/[id]/rows/[rowId]`]: {
    ...writes,
    id: 'updateDatasetRow',
    summary: 'Change a row',
    details: 'Inputs are sent whole. Snapshots keep the row as it was.',
    params: row,
    body: UpdateRowInput.omit({ id: true, rowId: true }),
    fields: { version },
    example: { version: 1, expected: 'Yes, from 10 to 16' } satisfies DatasetRowInput & { version: number },
    answer: answers.DatasetRowView,
    errors: { 409: ['stale_version'] },
  },
  [`POST ${api}/[id]/rows/delete`]: {
    ...writes,
    id: 'deleteDatasetRows',
    summary: 'Delete rows',
    params: dataset,
    body: DeleteRowsBody,
    fields: { rowIds: 'Those to go.', search },
    example: { rowIds: ['row_0000000000000000000000'] },
    answer: Deleted,
  },
  [`POST ${api}/[id]/rows/restore`]: {
    ...writes,
    id: 'restoreDatasetRows',
    summary: 'Bring deleted rows back',
    params: dataset,
    body: RestoreRowsInput.omit({ id: true }),
    fields: { undo: 'What the deletion answered.' },
    example: { undo: '2026-11-28T12:00:00.000Z' },
    answer: z.object({ restored: z.int().min(0) }),
    errors: { 409: ['dataset_full'] },
  },
  [`GET ${api}/[id]/snapshots`]: {
    ...reads,
    least: 'viewer',
    id: 'listSnapshots',
    summary: 'Snapshots, newest first',
    params: dataset,
    query: ListSnapshotsInput.omit({ id: true }),
    fields: page,
    answer: pageOf(answers.DatasetSnapshotView),
  },
  [`POST ${api}/[id]/snapshots`]: {
    ...writes,
    id: 'addSnapshot',
    summary: 'Keep the dataset as it stands',
    details: 'Where nothing changed since the newest snapshot, that one is answered.',
    params: dataset,
    body: CreateSnapshotInput.omit({ id: true }),
    fields: { label: 'Words for it.' },
    example: { label: 'before the clean-up' },
    status: 201,
    answer: answers.DatasetSnapshotView,
    errors: { 409: ['too_many_snapshots'] },
  },
  [`DELETE ${api}/[id]/snapshots/[number]`]: {
    ...writes,
    id: 'deleteSnapshot',
    summary: 'Delete a snapshot',
    params: snapshot,
    answer: null,
    errors: { 409: ['snapshot_in_use'] },
  },
  [`POST ${api}/[id]/snapshots/[number]/restore`]: {
    ...writes,
    id: 'restoreSnapshot',
    summary: 'Make the dataset what it was',
    details: 'What stands now is kept as a snapshot first.',
    params: snapshot,
    answer: answers.DatasetView,
    errors: { 409: ['too_many_snapshots'] },
  },
  [`POST ${api}/preview`]: {
    ...writes,
    id: 'previewFile',
    summary: 'What a file would become',
    details:
      'Reads the beginning of a file of CSV, of JSON lines or of a JSON list, and guesses the plan of its import.',
    body: PreviewFileInput,
    fields: {
      text: 'The beginning of the file.',
      partial: 'The file goes on, and its last line may be cut.',
      delimiter: 'Between the columns of CSV, in place of the guess.',
      header: 'The first line of CSV names the columns; true.',
      plan: 'In place of the guess.',
      datasetId: 'Takes the file in: its columns are looked for first.',
    },
    example: { text: 'question,expected\nIs the shop open on Sundays?,No\n', fileName: 'questions.csv' },
    answer: answers.FilePreviewView,
    errors: { 400: ['unreadable_file'] },
  },
  [`GET ${api}/[id]/imports`]: {
    ...reads,
    id: 'listImports',
    summary: 'Imports, newest first',
    params: dataset,
    query: ListImportsInput.omit({ id: true }),
    fields: page,
    answer: pageOf(answers.DatasetImportView),
  },
  [`POST ${api}/[id]/imports`]: {
    ...writes,
    id: 'addImport',
    summary: 'Say how a file is to be read',
    details: 'The columns that it brings are made. Then the file itself is put at `content`.',
    params: dataset,
    body: StartImportInput.omit({ id: true }),
    fields: {
      plan: 'As the preview guessed it, or changed.',
      onError: 'What becomes of the rest when a row is wrong.',
    },
    example: { fileName: 'questions.csv', plan: { format: 'csv', fields } },
    status: 201,
    answer: answers.DatasetImportView,
  },
  [`PUT ${api}/[id]/imports/[importId]/content`]: {
    ...writes,
    id: 'putImportContent',
    summary: 'Send the file',
    details:
      'UTF-8, at most 256 MB. Read as it arrives and saved in batches; answered when it is over. `getImport` tells meanwhile how far it is.',
    params: fileImport,
    file: { type: 'text/csv', example: 'question,expected\nIs the shop open on Sundays?,No\n' },
    answer: answers.DatasetImportView,
    errors: { 409: ['import_not_waiting'] },
  },
  [`GET ${api}/[id]/imports/[importId]`]: {
    ...reads,
    id: 'getImport',
    summary: 'How far an import is',
    params: fileImport,
    answer: answers.DatasetImportView,
  },
  [`DELETE ${api}/[id]/imports/[importId]`]: {
    ...writes,
    id: 'undoImport',
    summary: 'Take the rows of an import out again',
    details: 'One that runs is stopped.',
    params: fileImport,
    answer: Deleted,
  },
  [`GET ${api}/[id]/export`]: {
    ...reads,
    id: 'exportDataset',
    summary: 'All rows as a file',
    details: 'An import reads it back as it was.',
    params: dataset,
    query: ExportDatasetInput.omit({ id: true }),
    fields: { snapshot: ofSnapshot, search },
    answer: null,
    status: 200,
    also: { 'text/csv': 'unless asked otherwise.', 'application/jsonl': 'with `format=jsonl`.' },
  },
}
