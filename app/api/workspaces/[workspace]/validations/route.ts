import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** Those of one `model`, or those under way. */
export const GET = route(({ scope, input }) => getRuntime().models.listValidations(scope, input))
