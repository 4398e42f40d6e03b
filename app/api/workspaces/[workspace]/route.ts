import { getRuntime } from '#lib/runtime.ts'
import type { DeleteWorkspaceInput, UpdateWorkspaceInput } from '#lib/tenancy/schema.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope }) => getRuntime().tenancy.getWorkspace(scope))

export const PATCH = route(({ scope, input }) =>
  getRuntime().tenancy.updateWorkspace(scope, input as UpdateWorkspaceInput),
)

export const DELETE = route(({ scope, input }) =>
  getRuntime().tenancy.deleteWorkspace(scope, input as DeleteWorkspaceInput),
)
