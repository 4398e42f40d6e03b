import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const POST = route(({ scope, params }) => getRuntime().alerts.testChannel(scope, { id: params.id! }), {
  status: 202,
})
