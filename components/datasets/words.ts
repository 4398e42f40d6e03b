import type { ColumnType, DatasetImportView } from '#lib/experiments/schema.ts'

export const typeWords: Record<ColumnType, string> = {
  text: 'Text',
  number: 'Number',
  boolean: 'Yes or no',
  json: 'JSON',
}

export const typeOptions = Object.entries(typeWords).map(([value, label]) => ({ value, label }))

export const importWords: Record<DatasetImportView['status'], string> = {
  waiting: 'Waiting for the file',
  running: 'Reading',
  finished: 'Finished',
  stopped: 'Stopped',
  undone: 'Taken out again',
  lost: 'Broken off',
}
