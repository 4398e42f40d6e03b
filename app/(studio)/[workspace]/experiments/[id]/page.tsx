import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import {
  experimentQuery,
  loadExperimentState,
  runQuery,
  runsQuery,
} from '#components/experiments/experiment-queries.ts'
import { ExperimentScreen } from '#components/experiments/experiment-screen.tsx'
import { AppError } from '#lib/core/errors.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Experiment' }

interface Props {
  params: Promise<{ workspace: string; id: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function ExperimentPage({ params, searchParams }: Props) {
  const { workspace, id } = await params
  const scope = await requireScope(workspace)
  const { run: named } = await loadExperimentState(searchParams)
  const { experiments } = getRuntime()
  const client = new QueryClient()
  let absent = false
  // What fails here is asked again by the browser, which shows the error; what is not there has no page.
  await Promise.all([
    client.prefetchQuery({
      queryKey: experimentQuery(workspace, id).queryKey,
      queryFn: () =>
        experiments.getExperiment(scope, { id }).catch((error: unknown) => {
          absent = error instanceof AppError && error.kind === 'not_found'
          throw error
        }),
    }),
    client.prefetchQuery({
      queryKey: runsQuery(workspace, id).queryKey,
      queryFn: () => experiments.listRuns(scope, { experimentId: id, limit: 50 }),
    }),
  ])
  if (absent) notFound()
  const runs = client.getQueryData<Awaited<ReturnType<typeof experiments.listRuns>>>(runsQuery(workspace, id).queryKey)
  const runId = named ?? runs?.items[0]?.id
  if (runId)
    await client.prefetchQuery({
      queryKey: runQuery(workspace, runId).queryKey,
      queryFn: () => experiments.getRun(scope, { id: runId }),
    })
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <ExperimentScreen
        workspace={workspace}
        id={id}
        canWrite={roleReaches(scope.role, 'developer')}
        personId={scope.actor.id}
      />
    </HydrationBoundary>
  )
}
