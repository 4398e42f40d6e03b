import { deploymentFigures } from '#lib/analytics/index.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params, input }) =>
  deploymentFigures(scope, { ...input, id: decodeURIComponent(params.id!) }),
)
