import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** What an import would do; nothing is stored or called. */
export const POST = route(({ scope, input }) => getRuntime().models.previewIntake(scope, input as never), {
  bodyBytesMax: 4_500_000,
})
