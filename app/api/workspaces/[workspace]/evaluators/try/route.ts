import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** The test bench. */
export const POST = route(({ scope, input }) => getRuntime().evaluators.tryEvaluator(scope, input as never))
