import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRuntime().experiments.getRun(scope, { id: params.id! }))

export const DELETE = route(({ scope, params }) => getRuntime().experiments.deleteRun(scope, { id: params.id! }))
