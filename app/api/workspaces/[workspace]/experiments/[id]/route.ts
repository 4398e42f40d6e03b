import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRuntime().experiments.getExperiment(scope, { id: params.id! }))

/** With the `version` that was read. */
export const PATCH = route(({ scope, params, input }) =>
  getRuntime().experiments.updateExperiment(scope, { ...input, id: params.id! } as never),
)

export const DELETE = route(({ scope, params }) => getRuntime().experiments.deleteExperiment(scope, { id: params.id! }))
