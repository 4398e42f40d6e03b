import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** The groups that a model is in, with its share of their calls. */
export const GET = route(async ({ scope, params }) => ({
  items: await getRuntime().models.listModelGroups(scope, { id: decodeURIComponent(params.id!) }),
}))
