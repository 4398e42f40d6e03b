import { handleFetch, wrongHostResponse } from '#lib/gateway/index.ts'
import { getRuntime } from '#lib/runtime.ts'
import { isOurHost } from '#lib/web/index.ts'

export const dynamic = 'force-dynamic'
export const runtime = 'nodejs'

/** The studio's door to the gateway: the same engine as the fast door, slower. */
async function serve(request: Request): Promise<Response> {
  const { env, gateway } = getRuntime()
  if (!isOurHost(request.headers.get('host') ?? undefined, env)) return wrongHostResponse()
  return handleFetch(gateway.handle, request)
}

export { serve as DELETE, serve as GET, serve as HEAD, serve as OPTIONS, serve as PATCH, serve as POST, serve as PUT }
