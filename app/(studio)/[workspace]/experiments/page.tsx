import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { experimentsQuery, loadExperimentsState } from '#components/experiments/experiment-queries.ts'
import { ExperimentsScreen } from '#components/experiments/experiments-screen.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Experiments' }

interface Props {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function ExperimentsPage({ params, searchParams }: Props) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  const { query, queryKey } = experimentsQuery(workspace, await loadExperimentsState(searchParams))
  const client = new QueryClient()
  // What fails here is asked again by the browser, which shows the error.
  await client.prefetchQuery({ queryKey, queryFn: () => getRuntime().experiments.listExperiments(scope, query) })
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <ExperimentsScreen workspace={workspace} canWrite={roleReaches(scope.role, 'developer')} />
    </HydrationBoundary>
  )
}
