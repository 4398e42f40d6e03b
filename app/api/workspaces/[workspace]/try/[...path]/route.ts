import { AppError } from '#lib/core/errors.ts'
import { handleFetch, TryQuery } from '#lib/gateway/index.ts'
import { getRuntime } from '#lib/runtime.ts'
import { parseInput, requireRole } from '#lib/tenancy/index.ts'
import { rawRoute } from '#lib/web/index.ts'

/** *Try it* and the playground: the person's own call through the engine that answers callers' keys. */
export const POST = rawRoute(async ({ scope, request, params }) => {
  requireRole(scope, 'developer')
  if (scope.actor.kind !== 'user') {
    throw new AppError({ kind: 'forbidden', code: 'permission_denied', message: 'Keys call /v1 itself.' })
  }
  const { workspaceId, actor } = scope
  const path = `/v1/${[params.path].flat().join('/')}`
  const { source } = parseInput(TryQuery, Object.fromEntries(new URL(request.url).searchParams))
  return handleFetch(
    (call, readBody) =>
      getRuntime().gateway.handleAs(
        { workspaceId, actor, keyId: '', scopes: ['inference'], modelIds: [], source },
        { ...call, path },
        readBody,
      ),
    request,
  )
})
