import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRuntime().models.getValidation(scope, { id: params.id! }))

export const DELETE = route(({ scope, params }) => getRuntime().models.cancelValidation(scope, { id: params.id! }))
