import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

const placeOf = (params: Record<string, string>) => ({
  id: decodeURIComponent(params.id!),
  environment: params.environment!,
})

/** Sends a part of the calls to a second version. */
export const PUT = route(({ scope, params, input }) =>
  getRuntime().deployments.setCanary(scope, { ...input, ...placeOf(params) } as never),
)

export const DELETE = route(({ scope, params }) => getRuntime().deployments.stopCanary(scope, placeOf(params)))
