import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** All models as a file without secrets, or those whose `ids` are given. */
export const GET = route(async ({ scope, input }) => {
  const file = await getRuntime().models.exportModels(scope, input)
  const name = `patchbay-models-${file.exportedAt.slice(0, 10)}.json`
  return new Response(JSON.stringify(file, null, 2), {
    headers: { 'content-type': 'application/json', 'content-disposition': `attachment; filename="${name}"` },
  })
})
