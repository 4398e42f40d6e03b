import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params, input }) =>
  getRuntime().datasets.listSnapshots(scope, { ...input, id: params.id! }),
)

export const POST = route(
  ({ scope, params, input }) => getRuntime().datasets.createSnapshot(scope, { ...input, id: params.id! }),
  { status: 201 },
)
