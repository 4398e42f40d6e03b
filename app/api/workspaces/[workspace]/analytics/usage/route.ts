import { usage } from '#lib/analytics/index.ts'
import { route } from '#lib/web/index.ts'

/** Sums by `groupBy` over `from` and `to`, or over a named `range`. */
export const GET = route(({ scope, input }) => usage(scope, input))
