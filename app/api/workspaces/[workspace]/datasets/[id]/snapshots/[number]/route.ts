import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const DELETE = route(({ scope, params }) =>
  getRuntime().datasets.deleteSnapshot(scope, { id: params.id!, number: params.number! }),
)
