import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRuntime().budgets.getLimit(scope, { id: params.id! }))

/** Another amount, with the `version` that was read. */
export const PATCH = route(({ scope, params, input }) =>
  getRuntime().budgets.updateLimit(scope, { ...input, id: params.id! } as never),
)

export const DELETE = route(({ scope, params }) => getRuntime().budgets.deleteLimit(scope, { id: params.id! }))
