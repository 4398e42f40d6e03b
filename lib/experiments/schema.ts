/** The room's shared door, browser-safe: vocabulary and inputs. */
export type {
  DatasetImportView,
  DatasetRowView,
  DatasetSnapshotView,
  DatasetView,
  FilePreviewView,
  RowErrorView,
} from './datasets/answers.ts'
export * from './datasets/columns.ts'
export * from './datasets/input.ts'
export * from './datasets/plan.ts'
export * from './evaluators/config.ts'
export * from './evaluators/input.ts'
export * from './runs/grid-input.ts'
export * from './runs/input.ts'
export * from './runs/setup.ts'
