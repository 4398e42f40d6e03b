import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { OverviewScreen } from '#components/analytics/overview-screen.tsx'
import { overviewQuery } from '#components/analytics/queries.ts'
import { loadOverviewState, toOverviewQuery } from '#components/analytics/state.ts'
import { overview } from '#lib/analytics/index.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Analytics' }

interface Props {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AnalyticsPage({ params, searchParams }: Props) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  const query = toOverviewQuery(await loadOverviewState(searchParams))
  const client = new QueryClient()
  // What fails here is asked again by the browser, which shows the error.
  await client.prefetchQuery({
    queryKey: overviewQuery(workspace, query).queryKey,
    queryFn: () => overview(scope, query),
  })
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <OverviewScreen workspace={workspace} timeZone={scope.workspace.timeZone} />
    </HydrationBoundary>
  )
}
