import type { Operations } from '#lib/core/operation.ts'
import * as datasets from './datasets/operations.ts'

/** Schemas that have a name in the document. */
export const named = { ...datasets.named }

/** What the room's routes promise. */
export const operations: Operations = { ...datasets.operations }
