import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) =>
  getRuntime().datasets.getImport(scope, { id: params.id!, importId: params.importId! }),
)

/** Takes its rows out again. */
export const DELETE = route(({ scope, params }) =>
  getRuntime().datasets.undoImport(scope, { id: params.id!, importId: params.importId! }),
)
