import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope, params }) => ({
  items: await getRuntime().models.listUses(scope, { id: decodeURIComponent(params.id!) }),
}))
