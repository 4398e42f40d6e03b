import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) =>
  getRuntime().deployments.getVersion(scope, { id: decodeURIComponent(params.id!), version: params.version! }),
)
