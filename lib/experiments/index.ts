import { createDataset, deleteDataset, getDataset, listDatasets, updateDataset } from './datasets/datasets.ts'
import { exportDataset } from './datasets/export.ts'
import { getImport, listImports, startImport, undoImport } from './datasets/import.ts'
import { previewFile } from './datasets/preview.ts'
import { readImport } from './datasets/read-import.ts'
import { addRows, deleteRows, getRow, listRows, restoreRows, updateRow } from './datasets/rows.ts'
import { createSnapshot, deleteSnapshot, listSnapshots, restoreSnapshot } from './datasets/snapshots.ts'

/** Datasets: examples in rows, with snapshots. Verbs are `(scope, input) -> result`. */
export const datasets = {
  listDatasets,
  getDataset,
  createDataset,
  updateDataset,
  deleteDataset,
  listRows,
  getRow,
  addRows,
  updateRow,
  deleteRows,
  restoreRows,
  listSnapshots,
  createSnapshot,
  deleteSnapshot,
  restoreSnapshot,
  previewFile,
  listImports,
  getImport,
  startImport,
  readImport,
  undoImport,
  exportDataset,
}
