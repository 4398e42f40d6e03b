import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, input }) => getRuntime().alerts.listDeliveries(scope, input))
