import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params, input }) =>
  getRuntime().datasets.listRows(scope, { ...input, id: params.id! }),
)

export const POST = route(
  ({ scope, params, input }) => getRuntime().datasets.addRows(scope, { ...input, id: params.id! } as never),
  { status: 201, bodyBytesMax: 8_000_000 },
)
