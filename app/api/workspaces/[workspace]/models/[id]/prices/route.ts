import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope, params }) => ({
  items: await getRuntime().models.listPrices(scope, { id: decodeURIComponent(params.id!) }),
}))

export const POST = route(
  async ({ scope, params, input }) => ({
    items: await getRuntime().models.setPrice(scope, { ...input, id: decodeURIComponent(params.id!) } as never),
  }),
  { status: 201 },
)
