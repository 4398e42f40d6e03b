import { getRequest } from '#lib/analytics/index.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRequest(scope, params.id ?? ''))
