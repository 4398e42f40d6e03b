import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const POST = route(({ scope, params }) => getRuntime().alerts.redeliver(scope, { id: params.id! }), {
  status: 202,
})
