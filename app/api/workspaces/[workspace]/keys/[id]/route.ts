import { getRuntime } from '#lib/runtime.ts'
import type { UpdateKeyInput } from '#lib/tenancy/schema.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params }) => getRuntime().tenancy.getKey(scope, { id: params.id! }))

export const PATCH = route(({ scope, params, input }) =>
  getRuntime().tenancy.updateKey(scope, { ...input, id: params.id } as UpdateKeyInput),
)

/** Revokes; the row stays for the records that name it. */
export const DELETE = route(({ scope, params }) => getRuntime().tenancy.revokeKey(scope, { id: params.id! }))
