import { setFeedback } from '#lib/metering/index.ts'
import { route } from '#lib/web/index.ts'

/** One's own words, in place of those before; 204 once nothing is left of them. */
export const PUT = route(
  async ({ scope, params, input }) => (await setFeedback(scope, { ...input, id: params.id ?? '' })) ?? undefined,
)
