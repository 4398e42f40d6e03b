import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, input }) => getRuntime().evaluators.listEvaluators(scope, input))

export const POST = route(({ scope, input }) => getRuntime().evaluators.createEvaluator(scope, input as never), {
  status: 201,
})
