import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** The models that share the key. */
export const GET = route(async ({ scope, params }) => ({
  items: await getRuntime().models.rotationGroup(scope, { id: decodeURIComponent(params.id!) }),
}))

export const POST = route(async ({ scope, params, input }) => ({
  items: await getRuntime().models.rotateKey(scope, { ...input, id: decodeURIComponent(params.id!) } as never),
}))
