import { getRuntime } from '#lib/runtime.ts'
import type { CreateWorkspaceInput } from '#lib/tenancy/schema.ts'
import { personRoute } from '#lib/web/index.ts'

export const GET = personRoute(async ({ person }) => ({ items: await getRuntime().tenancy.listWorkspaces(person) }))

export const POST = personRoute(
  ({ person, input }) => getRuntime().tenancy.createWorkspace(person, input as CreateWorkspaceInput),
  { status: 201 },
)
