import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** With the `undo` that a deletion answered. */
export const POST = route(({ scope, params, input }) =>
  getRuntime().datasets.restoreRows(scope, { ...input, id: params.id! } as never),
)
