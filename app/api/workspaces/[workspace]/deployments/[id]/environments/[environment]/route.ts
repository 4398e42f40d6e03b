import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const DELETE = route(({ scope, params }) =>
  getRuntime().deployments.deleteEnvironment(scope, {
    id: decodeURIComponent(params.id!),
    environment: params.environment!,
  }),
)
