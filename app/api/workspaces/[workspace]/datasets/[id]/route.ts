import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRuntime().datasets.getDataset(scope, { id: params.id! }))

/** With the `version` that was read. */
export const PATCH = route(({ scope, params, input }) =>
  getRuntime().datasets.updateDataset(scope, { ...input, id: params.id! } as never),
)

export const DELETE = route(({ scope, params }) => getRuntime().datasets.deleteDataset(scope, { id: params.id! }))
