import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** A window of the grid. */
export const GET = route(({ scope, params, input }) =>
  getRuntime().experiments.listCells(scope, { ...input, id: params.id! }),
)
