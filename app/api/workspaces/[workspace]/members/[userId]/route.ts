import { getRuntime } from '#lib/runtime.ts'
import type { UpdateMemberInput } from '#lib/tenancy/schema.ts'
import { route } from '#lib/web/index.ts'

export const PATCH = route(({ scope, params, input }) =>
  getRuntime().tenancy.updateMember(scope, { ...input, userId: params.userId } as UpdateMemberInput),
)

export const DELETE = route(({ scope, params, input }) =>
  getRuntime().tenancy.removeMember(scope, { ...input, userId: params.userId! }),
)
