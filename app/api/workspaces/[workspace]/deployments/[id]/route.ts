import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

const idOf = (params: Record<string, string>) => decodeURIComponent(params.id!)

export const GET = route(({ scope, params }) => getRuntime().deployments.getDeployment(scope, { id: idOf(params) }))

export const PATCH = route(({ scope, params, input }) =>
  getRuntime().deployments.updateDeployment(scope, { ...input, id: idOf(params) } as never),
)

/** With its key as `confirmation`. */
export const DELETE = route(({ scope, params, input }) =>
  getRuntime().deployments.deleteDeployment(scope, { ...input, id: idOf(params) } as never),
)
