import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) =>
  getRuntime().models.getRouting(scope, { id: decodeURIComponent(params.id!) }),
)

/** Retries and fallbacks of calls that bring none of their own. */
export const PATCH = route(({ scope, params, input }) =>
  getRuntime().models.updateRouting(scope, { ...input, id: decodeURIComponent(params.id!) } as never),
)
