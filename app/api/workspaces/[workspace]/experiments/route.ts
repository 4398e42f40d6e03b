import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, input }) => getRuntime().experiments.listExperiments(scope, input))

export const POST = route(({ scope, input }) => getRuntime().experiments.createExperiment(scope, input as never), {
  status: 201,
})
