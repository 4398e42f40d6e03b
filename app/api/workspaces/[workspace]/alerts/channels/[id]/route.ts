import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRuntime().alerts.getChannel(scope, { id: params.id! }))

/** All of it, with the `version` that was read. */
export const PUT = route(({ scope, params, input }) =>
  getRuntime().alerts.updateChannel(scope, { ...input, id: params.id! } as never),
)

export const DELETE = route(({ scope, params }) => getRuntime().alerts.deleteChannel(scope, { id: params.id! }))
