import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { AlertsScreen } from '#components/alerts/alerts-screen.tsx'
import { channelsQuery, rulesQuery } from '#components/alerts/queries.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Alerts' }

export default async function AlertsPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  const { alerts } = getRuntime()
  const client = new QueryClient()
  // What fails here is asked again by the browser, which shows the error.
  await Promise.all([
    client.prefetchQuery({
      queryKey: rulesQuery(workspace).queryKey,
      queryFn: async () => ({ items: await alerts.listRules(scope) }),
    }),
    client.prefetchQuery({
      queryKey: channelsQuery(workspace).queryKey,
      queryFn: () => alerts.listChannels(scope),
    }),
  ])
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <AlertsScreen
        workspace={workspace}
        timeZone={scope.workspace.timeZone}
        canManage={roleReaches(scope.role, 'admin')}
      />
    </HydrationBoundary>
  )
}
