import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const POST = route(({ scope, params, input }) =>
  getRuntime().alerts.muteRule(scope, { ...input, id: params.id! } as never),
)
