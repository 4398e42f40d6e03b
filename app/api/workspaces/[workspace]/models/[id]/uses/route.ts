import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope, params }) => ({
  items: await getRuntime().models.listUses(scope, { id: decodeURIComponent(params.id!) }),
}))

/** Points uses to other models; answers what is left. */
export const PATCH = route(async ({ scope, params, input }) => ({
  items: await getRuntime().models.repointUses(scope, { ...input, id: decodeURIComponent(params.id!) } as never),
}))
