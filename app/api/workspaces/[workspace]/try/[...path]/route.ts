import { AppError } from '#lib/core/errors.ts'
import { handleFetch } from '#lib/gateway/index.ts'
import { getRuntime } from '#lib/runtime.ts'
import { requireRole } from '#lib/tenancy/index.ts'
import { rawRoute } from '#lib/web/index.ts'

/** *Try it*: the person's own call through the engine that answers callers' keys. */
export const POST = rawRoute(async ({ scope, request, params }) => {
  requireRole(scope, 'developer')
  if (scope.actor.kind !== 'user') {
    throw new AppError({ kind: 'forbidden', code: 'permission_denied', message: 'Keys call /v1 itself.' })
  }
  const { workspaceId, actor } = scope
  const path = `/v1/${[params.path].flat().join('/')}`
  return handleFetch(
    (call, readBody) =>
      getRuntime().gateway.handleAs(
        { workspaceId, actor, keyId: '', scopes: ['inference'], modelIds: [], source: 'try' },
        { ...call, path },
        readBody,
      ),
    request,
  )
})
