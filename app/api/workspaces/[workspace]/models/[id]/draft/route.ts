import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** What a copy begins with: everything but the secrets. */
export const GET = route(({ scope, params }) =>
  getRuntime().models.duplicateDraft(scope, { id: decodeURIComponent(params.id!) }),
)
