import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) =>
  getRuntime().models.getProfile(scope, { id: decodeURIComponent(params.id!) }),
)

/** Fields set by hand; null gives one back to what validation learned. */
export const PATCH = route(({ scope, params, input }) =>
  getRuntime().models.updateProfile(scope, { ...input, id: decodeURIComponent(params.id!) } as never),
)
