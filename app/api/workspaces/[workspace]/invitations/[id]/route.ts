import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const DELETE = route(({ scope, params }) => getRuntime().tenancy.revokeInvitation(scope, { id: params.id! }))
