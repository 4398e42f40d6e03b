import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const POST = route(({ scope, params }) =>
  getRuntime().deployments.promoteCanary(scope, {
    id: decodeURIComponent(params.id!),
    environment: params.environment!,
  }),
)
