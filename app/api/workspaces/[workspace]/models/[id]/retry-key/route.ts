import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** Tries a key again that the server refused. */
export const POST = route(({ scope, params }) =>
  getRuntime().models.retryKey(scope, { id: decodeURIComponent(params.id!) }),
)
