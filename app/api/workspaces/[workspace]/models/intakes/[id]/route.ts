import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRuntime().models.getIntake(scope, { id: params.id! }))

/** Stops it; what was added stays. */
export const DELETE = route(({ scope, params }) => getRuntime().models.stopIntake(scope, { id: params.id! }))
