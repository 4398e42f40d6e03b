import { getRuntime } from '#lib/runtime.ts'
import { eventStream, route } from '#lib/web/index.ts'

/** The run whenever it moved, until it is over. */
export const GET = route(async ({ scope, params }) => {
  const runs = await getRuntime().experiments.followRun(scope, { id: params.id! })
  return eventStream(
    (async function* () {
      for await (const run of runs) yield { data: run }
    })(),
  )
})
