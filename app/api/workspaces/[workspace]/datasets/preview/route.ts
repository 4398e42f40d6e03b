import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** What the beginning of a file would become. */
export const POST = route(({ scope, input }) => getRuntime().datasets.previewFile(scope, input as never), {
  bodyBytesMax: 4_000_000,
})
