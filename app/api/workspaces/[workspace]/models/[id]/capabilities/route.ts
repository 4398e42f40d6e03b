import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** Pins a verdict, or lets the next validation decide again. */
export const PATCH = route(({ scope, params, input }) =>
  getRuntime().models.pinCapability(scope, { ...input, id: decodeURIComponent(params.id!) } as never),
)
