import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const POST = route(({ scope, params }) =>
  getRuntime().datasets.restoreSnapshot(scope, { id: params.id!, number: params.number! }),
)
