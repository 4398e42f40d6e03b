import { deleteLink, getLink } from '#lib/playground/index.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getLink(scope, { id: params.id! }))

export const DELETE = route(({ scope, params }) => deleteLink(scope, { id: params.id! }))
