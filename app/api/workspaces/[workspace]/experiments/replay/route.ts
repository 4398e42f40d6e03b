import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const POST = route(({ scope, input }) => getRuntime().experiments.replayRequests(scope, input as never), {
  status: 201,
})
