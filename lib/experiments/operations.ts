import type { Operations } from '#lib/core/operation.ts'
import * as datasets from './datasets/operations.ts'
import * as evaluators from './evaluators/operations.ts'
import * as runs from './runs/operations.ts'

/** Schemas that have a name in the document. */
export const named = { ...datasets.named, ...evaluators.named, ...runs.named }

/** What the room's routes promise. */
export const operations: Operations = { ...datasets.operations, ...evaluators.operations, ...runs.operations }
