import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** One action on many models, each by itself. */
export const POST = route(async ({ scope, input }) => ({
  items: await getRuntime().models.bulkModels(scope, input as never),
}))
