import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** Some by their ids, or all that a search finds. */
export const POST = route(({ scope, params, input }) =>
  getRuntime().datasets.deleteRows(scope, { ...input, id: params.id! } as never),
)
