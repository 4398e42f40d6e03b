import { overview } from '#lib/analytics/index.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, input }) => overview(scope, input))
