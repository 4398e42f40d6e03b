import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** What traffic tells of some models. */
export const GET = route(async ({ scope, input }) => ({
  items: await getRuntime().models.modelHealth(scope, { modelIds: (input.modelIds ?? []) as string[] }),
}))
