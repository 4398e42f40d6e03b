import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** One's own words, in place of those before. */
export const PUT = route(({ scope, params: { id, rowId, candidate }, input }) =>
  getRuntime().experiments.reviewCell(scope, { ...input, id: id!, rowId: rowId!, candidate: candidate! }),
)

export const DELETE = route(({ scope, params: { id, rowId, candidate } }) =>
  getRuntime().experiments.deleteReview(scope, { id: id!, rowId: rowId!, candidate: candidate! }),
)
