import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** What a server lists, for choosing a Model ID. */
export const POST = route(({ scope, input }) => getRuntime().models.offeredModels(scope, input as never))
