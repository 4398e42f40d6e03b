import type { Scope } from '#lib/tenancy/index.ts'
import { createDataset, deleteDataset, getDataset, listDatasets, updateDataset } from './datasets/datasets.ts'
import { exportDataset } from './datasets/export.ts'
import { getImport, listImports, startImport, undoImport } from './datasets/import.ts'
import { previewFile } from './datasets/preview.ts'
import { readImport } from './datasets/read-import.ts'
import { addRows, deleteRows, getRow, listRows, restoreRows, updateRow } from './datasets/rows.ts'
import { createSnapshot, deleteSnapshot, listSnapshots, restoreSnapshot } from './datasets/snapshots.ts'
import type { ModelPorts } from './evaluators/by-model.ts'
import { createEvaluator, deleteEvaluator, updateEvaluator } from './evaluators/commands.ts'
import type { TryEvaluatorInput } from './evaluators/input.ts'
import { getEvaluator, listEvaluators, listEvaluatorVersions } from './evaluators/queries.ts'
import { tryEvaluator } from './evaluators/try.ts'

export { repointEvaluator } from './evaluators/commands.ts'
export { createGuardrails } from './evaluators/guardrails.ts'

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

/** Evaluators: how answers are judged, by functions, by embeddings or by a model. */
export function createEvaluators(ports: ModelPorts) {
  return {
    listEvaluators,
    getEvaluator,
    listEvaluatorVersions,
    createEvaluator,
    updateEvaluator,
    deleteEvaluator,
    tryEvaluator: (scope: Scope, input: TryEvaluatorInput) => tryEvaluator(ports, scope, input),
  }
}

export type Evaluators = ReturnType<typeof createEvaluators>
