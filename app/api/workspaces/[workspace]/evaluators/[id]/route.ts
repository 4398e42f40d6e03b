import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params, input }) =>
  getRuntime().evaluators.getEvaluator(scope, { ...input, id: params.id! }),
)

/** With the `version` that was read. */
export const PATCH = route(({ scope, params, input }) =>
  getRuntime().evaluators.updateEvaluator(scope, { ...input, id: params.id! } as never),
)

export const DELETE = route(({ scope, params }) => getRuntime().evaluators.deleteEvaluator(scope, { id: params.id! }))
