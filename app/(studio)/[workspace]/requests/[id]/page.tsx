import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { requestQuery } from '#components/requests/queries.ts'
import { RequestScreen } from '#components/requests/request-screen.tsx'
import { getRequest } from '#lib/analytics/index.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Request' }

export default async function RequestPage({ params }: { params: Promise<{ workspace: string; id: string }> }) {
  const { workspace, id } = await params
  const scope = await requireScope(workspace)
  const { env } = getRuntime()
  const gatewayUrl = `${env.publicGatewayUrl?.origin ?? `http://localhost:${env.gatewayPort}`}/v1`
  const client = new QueryClient()
  await client.prefetchQuery({
    queryKey: requestQuery(workspace, id).queryKey,
    queryFn: () => getRequest(scope, id),
  })
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <RequestScreen
        workspace={workspace}
        gatewayUrl={gatewayUrl}
        id={id}
        reader={{
          id: scope.actor.id,
          canSay: roleReaches(scope.role, 'developer'),
          canRemove: roleReaches(scope.role, 'admin'),
        }}
      />
    </HydrationBoundary>
  )
}
