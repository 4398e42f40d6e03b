import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) =>
  getRuntime().datasets.getRow(scope, { id: params.id!, rowId: params.rowId! }),
)

/** With the `version` that was read. */
export const PATCH = route(({ scope, params, input }) =>
  getRuntime().datasets.updateRow(scope, { ...input, id: params.id!, rowId: params.rowId! } as never),
)
