import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params, input }) =>
  getRuntime().deployments.diffDeployment(scope, { ...input, id: decodeURIComponent(params.id!) } as never),
)
