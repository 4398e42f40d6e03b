import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** More until the reset. */
export const POST = route(({ scope, params, input }) =>
  getRuntime().budgets.raiseBudget(scope, { ...input, id: params.id! } as never),
)
