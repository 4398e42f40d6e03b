import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

const addressOf = (params: Record<string, string>) => decodeURIComponent(params.address!)

export const GET = route(({ scope, params }) => getRuntime().models.getGroup(scope, { address: addressOf(params) }))

/** All members, with the `version` that was read. */
export const PUT = route(({ scope, params, input }) =>
  getRuntime().models.updateGroup(scope, { ...input, address: addressOf(params) } as never),
)

export const DELETE = route(({ scope, params }) =>
  getRuntime().models.deleteGroup(scope, { address: addressOf(params) }),
)
