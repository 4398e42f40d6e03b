import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { DatasetsScreen } from '#components/datasets/datasets-screen.tsx'
import { datasetsQuery, loadDatasetsState } from '#components/datasets/queries.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Datasets' }

interface Props {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function DatasetsPage({ params, searchParams }: Props) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  const { query, queryKey } = datasetsQuery(workspace, await loadDatasetsState(searchParams))
  const client = new QueryClient()
  // What fails here is asked again by the browser, which shows the error.
  await client.prefetchQuery({ queryKey, queryFn: () => getRuntime().datasets.listDatasets(scope, query as never) })
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <DatasetsScreen workspace={workspace} canWrite={roleReaches(scope.role, 'developer')} />
    </HydrationBoundary>
  )
}
