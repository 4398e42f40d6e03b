/** The room's shared door, browser-safe: vocabulary and inputs. */
export type {
  DatasetImportView,
  DatasetRowView,
  DatasetSnapshotView,
  DatasetView,
  FilePreviewView,
  RequestRowsView,
  RowErrorView,
} from './datasets/answers.ts'
export * from './datasets/columns.ts'
export * from './datasets/input.ts'
export * from './datasets/plan.ts'
export type { EvaluatorVersionView, EvaluatorView, JudgementView, Score } from './evaluators/answers.ts'
export * from './evaluators/config.ts'
export * from './evaluators/input.ts'
export type * from './runs/answers.ts'
export type * from './runs/grid-answers.ts'
export * from './runs/grid-input.ts'
export * from './runs/input.ts'
export * from './runs/setup.ts'
