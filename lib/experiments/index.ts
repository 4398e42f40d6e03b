import type { Scope } from '#lib/tenancy/index.ts'
import { createDataset, deleteDataset, getDataset, listDatasets, updateDataset } from './datasets/datasets.ts'
import { exportDataset } from './datasets/export.ts'
import { addRequestRows } from './datasets/from-requests.ts'
import { getImport, listImports, startImport, undoImport } from './datasets/import.ts'
import type { AddRequestRowsInput } from './datasets/input.ts'
import { previewFile } from './datasets/preview.ts'
import { readImport } from './datasets/read-import.ts'
import { addRows, deleteRows, getRow, listRows, restoreRows, updateRow } from './datasets/rows.ts'
import { createSnapshot, deleteSnapshot, listSnapshots, restoreSnapshot } from './datasets/snapshots.ts'
import type { ModelPorts } from './evaluators/by-model.ts'
import { createEvaluator, deleteEvaluator, updateEvaluator } from './evaluators/commands.ts'
import type { TryEvaluatorInput } from './evaluators/input.ts'
import { getEvaluator, listEvaluators, listEvaluatorVersions } from './evaluators/queries.ts'
import { tryEvaluator } from './evaluators/try.ts'
import { compareRun } from './runs/compare.ts'
import { cancelRun, deleteRun, getRun, listRuns, pauseRun, resumeRun, retryRun } from './runs/control.ts'
import { followRun } from './runs/events.ts'
import { executeRun } from './runs/execute.ts'
import {
  createExperiment,
  deleteExperiment,
  getExperiment,
  listExperiments,
  updateExperiment,
} from './runs/experiments.ts'
import { exportRun } from './runs/export.ts'
import { getCell, listCells } from './runs/grid.ts'
import type { House, RunJob } from './runs/house.ts'
import { replayRequests } from './runs/replay.ts'
import { deleteReview, reviewCell } from './runs/review.ts'
import { settleRun } from './runs/settle.ts'
import { checkExperiment, startRun } from './runs/start.ts'
import { requireRun } from './runs/stored.ts'

export { repointEvaluator } from './evaluators/commands.ts'
export { createGuardrails } from './evaluators/guardrails.ts'
export { repointExperiment } from './runs/experiments.ts'
export { type RunJob, runQueue } from './runs/house.ts'
export { watchRuns } from './runs/watch.ts'

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

type WithoutHouse<Verb> = Verb extends (house: House, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never

/** Experiments: a dataset x candidates x evaluators, and their runs. */
export function createExperiments(house: House) {
  const at = <Verb extends (house: House, ...rest: never[]) => unknown>(verb: Verb) =>
    ((...rest: never[]) => verb(house, ...rest)) as WithoutHouse<Verb>
  const leaving = new AbortController()
  const executing = new Set<Promise<void>>()

  return {
    listExperiments,
    getExperiment,
    createExperiment,
    updateExperiment,
    deleteExperiment,
    checkExperiment: at(checkExperiment),
    startRun: at(startRun),
    listRuns,
    getRun,
    pauseRun,
    resumeRun: at(resumeRun),
    cancelRun,
    retryRun: at(retryRun),
    deleteRun,
    followRun,
    // Out of recorded requests.
    addRequestRows: (scope: Scope, input: AddRequestRowsInput) => addRequestRows(house.payloads, scope, input),
    replayRequests: at(replayRequests),
    // What came of it.
    listCells,
    getCell,
    reviewCell,
    deleteReview,
    compareRun,
    exportRun,
    /** Of whoever works runs off: resolves when this one is over, paused, or left to somebody else. */
    async executeRun(scope: Scope, { runId }: RunJob, signal: AbortSignal): Promise<void> {
      const work = executeRun(house, scope, runId, AbortSignal.any([signal, leaving.signal]))
      executing.add(work)
      await work.finally(() => executing.delete(work))
    },
    /** Gives a run that is over the ledger's word again: records of a dead process come late. */
    async settleRun(scope: Scope, { runId }: RunJob): Promise<void> {
      await settleRun(scope, await scope.tx((tx) => requireRun(tx, scope, runId)))
    },
    /** Lets go of the runs that this process executes, with what is under way finished. */
    async close(): Promise<void> {
      leaving.abort()
      await Promise.allSettled(executing)
    },
  }
}

export type Experiments = ReturnType<typeof createExperiments>
