import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { DeploymentsScreen } from '#components/deployments/deployments-screen.tsx'
import { deploymentsQuery, loadDeploymentsState } from '#components/deployments/queries.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Deployments' }

interface Props {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function DeploymentsPage({ params, searchParams }: Props) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  const { query, queryKey } = deploymentsQuery(workspace, await loadDeploymentsState(searchParams))
  const client = new QueryClient()
  // What fails here is asked again by the browser, which shows the error.
  await client.prefetchQuery({
    queryKey,
    queryFn: () => getRuntime().deployments.listDeployments(scope, query as never),
  })
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <DeploymentsScreen workspace={workspace} canWrite={roleReaches(scope.role, 'developer')} />
    </HydrationBoundary>
  )
}
