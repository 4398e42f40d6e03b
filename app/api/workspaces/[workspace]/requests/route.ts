import { listRequests } from '#lib/analytics/index.ts'
import { route } from '#lib/web/index.ts'

/** A page of requests, newest first; `cursor` of the page before goes on. */
export const GET = route(({ scope, input }) => listRequests(scope, input))
