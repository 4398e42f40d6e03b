import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const POST = route(({ scope, params }) =>
  getRuntime().models.stopRecost(scope, { id: params.id ?? '', recostId: params.recostId ?? '' }),
)
