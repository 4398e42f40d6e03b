import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const POST = route(({ scope, params, input }) =>
  getRuntime().deployments.rollback(scope, { ...input, id: decodeURIComponent(params.id!) } as never),
)
