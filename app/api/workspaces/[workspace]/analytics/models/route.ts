import { modelStats } from '#lib/analytics/index.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope, input }) => ({
  items: await modelStats(scope, { ...input, modelIds: [input.modelIds ?? []].flat() }),
}))
