import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const POST = route(
  ({ scope, params, input }) => getRuntime().experiments.addRequestRows(scope, { ...input, id: params.id! } as never),
  { status: 201 },
)
