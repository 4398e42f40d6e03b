import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, input }) => getRuntime().deployments.listDeployments(scope, input as never))

export const POST = route(({ scope, input }) => getRuntime().deployments.createDeployment(scope, input as never), {
  status: 201,
})
