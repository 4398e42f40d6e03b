import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { EvaluatorsScreen } from '#components/experiments/evaluators-screen.tsx'
import { evaluatorsQuery, loadEvaluatorsState } from '#components/experiments/queries.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Evaluators' }

interface Props {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function EvaluatorsPage({ params, searchParams }: Props) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  const { query, queryKey } = evaluatorsQuery(workspace, await loadEvaluatorsState(searchParams))
  const client = new QueryClient()
  // What fails here is asked again by the browser, which shows the error.
  await client.prefetchQuery({ queryKey, queryFn: () => getRuntime().evaluators.listEvaluators(scope, query as never) })
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <EvaluatorsScreen workspace={workspace} canWrite={roleReaches(scope.role, 'developer')} />
    </HydrationBoundary>
  )
}
