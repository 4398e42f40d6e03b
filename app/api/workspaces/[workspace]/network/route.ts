import { getRuntime } from '#lib/runtime.ts'
import type { AddAllowedEndpointInput } from '#lib/tenancy/schema.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope }) => ({ items: await getRuntime().tenancy.listAllowedEndpoints(scope) }))

export const POST = route(
  ({ scope, input }) => getRuntime().tenancy.addAllowedEndpoint(scope, input as AddAllowedEndpointInput),
  { status: 201 },
)
