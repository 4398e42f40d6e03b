import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRuntime().alerts.getRule(scope, { id: params.id! }))

/** All of it, with the `version` that was read. */
export const PUT = route(({ scope, params, input }) =>
  getRuntime().alerts.updateRule(scope, { ...input, id: params.id! } as never),
)

export const DELETE = route(({ scope, params }) => getRuntime().alerts.deleteRule(scope, { id: params.id! }))
