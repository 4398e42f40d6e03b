import { reconcile } from '#lib/analytics/index.ts'
import { route } from '#lib/web/index.ts'

/** Compared and forgotten: nothing of what is sent is kept. */
export const POST = route(({ scope, input }) => reconcile(scope, input), { bodyBytesMax: 9_000_000 })
