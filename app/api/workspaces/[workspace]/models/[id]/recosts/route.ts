import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope, params }) => ({
  items: await getRuntime().models.listRecosts(scope, { id: params.id ?? '' }),
}))

export const POST = route(
  ({ scope, params, input }) => getRuntime().models.startRecost(scope, { ...input, id: params.id ?? '' } as never),
  { status: 201 },
)
