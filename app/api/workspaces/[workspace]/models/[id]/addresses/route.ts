import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** Every address of a model, with its last use. */
export const GET = route(async ({ scope, params }) => ({
  items: await getRuntime().models.listAddresses(scope, { id: decodeURIComponent(params.id!) }),
}))

/** Lets an alias or a former address go. */
export const DELETE = route(({ scope, params, input }) =>
  getRuntime().models.releaseAddress(scope, { ...input, id: decodeURIComponent(params.id!) } as never),
)
