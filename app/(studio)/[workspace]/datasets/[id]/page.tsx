import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { DatasetScreen } from '#components/datasets/dataset-screen.tsx'
import { datasetQuery, loadDatasetState, rowsQuery } from '#components/datasets/queries.ts'
import { AppError } from '#lib/core/errors.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Dataset' }

interface Props {
  params: Promise<{ workspace: string; id: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function DatasetPage({ params, searchParams }: Props) {
  const { workspace, id } = await params
  const scope = await requireScope(workspace)
  const state = await loadDatasetState(searchParams)
  const { datasets } = getRuntime()
  const canWrite = roleReaches(scope.role, 'developer')
  const rows = rowsQuery(workspace, id, state)
  const client = new QueryClient()
  let absent = false
  // What fails here is asked again by the browser, which shows the error; what is not there has no page.
  await Promise.all([
    client.prefetchQuery({
      queryKey: datasetQuery(workspace, id).queryKey,
      queryFn: () =>
        datasets.getDataset(scope, { id }).catch((error: unknown) => {
          absent = error instanceof AppError && error.kind === 'not_found'
          throw error
        }),
    }),
    canWrite &&
      state.tab === 'rows' &&
      client.prefetchQuery({
        queryKey: rows.queryKey,
        queryFn: () => datasets.listRows(scope, { id, ...rows.query } as never),
      }),
  ])
  if (absent) notFound()
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <DatasetScreen workspace={workspace} id={id} canWrite={canWrite} />
    </HydrationBoundary>
  )
}
