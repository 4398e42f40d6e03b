import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { loadRequestState, toPageQuery } from '#components/requests/filters.ts'
import { choiceQueries, choicesQuery, requestsQuery } from '#components/requests/queries.ts'
import { RequestsScreen } from '#components/requests/requests-screen.tsx'
import { listRequests, usage } from '#lib/analytics/index.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Requests' }

interface Props {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function RequestsPage({ params, searchParams }: Props) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  const { env } = getRuntime()
  const gatewayUrl = `${env.publicGatewayUrl?.origin ?? `http://localhost:${env.gatewayPort}`}/v1`
  const query = toPageQuery(await loadRequestState(searchParams))
  const client = new QueryClient()
  // What fails here is asked again by the browser, which shows the error.
  await Promise.all([
    client.prefetchQuery({
      queryKey: requestsQuery(workspace, query).queryKey,
      queryFn: () => listRequests(scope, query),
    }),
    ...(['model', 'key', 'deployment'] as const).map((group) =>
      client.prefetchQuery({
        queryKey: choicesQuery(workspace, group).queryKey,
        queryFn: () => usage(scope, choiceQueries[group]),
      }),
    ),
  ])
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <RequestsScreen
        workspace={workspace}
        gatewayUrl={gatewayUrl}
        timeZone={scope.workspace.timeZone}
        reader={{
          id: scope.actor.id,
          canSay: roleReaches(scope.role, 'developer'),
          canRemove: roleReaches(scope.role, 'admin'),
        }}
      />
    </HydrationBoundary>
  )
}
