import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

const idOf = (params: Record<string, string>) => decodeURIComponent(params.id!)

export const GET = route(({ scope, params }) => getRuntime().deployments.getDraft(scope, { id: idOf(params) }))

/** The whole draft, with the `version` that was read. */
export const PUT = route(({ scope, params, input }) =>
  getRuntime().deployments.saveDraft(scope, { ...input, id: idOf(params) } as never),
)
