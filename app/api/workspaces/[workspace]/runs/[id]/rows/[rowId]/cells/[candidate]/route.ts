import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) =>
  getRuntime().experiments.getCell(scope, { id: params.id!, rowId: params.rowId!, candidate: params.candidate! }),
)
