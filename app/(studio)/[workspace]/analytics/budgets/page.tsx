import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { AnalyticsTabs } from '#components/analytics/analytics-tabs.tsx'
import { BudgetsScreen } from '#components/budgets/budgets-screen.tsx'
import { budgetsQuery, limitsQuery } from '#components/budgets/queries.ts'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Budgets' }

export default async function BudgetsPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  const { budgets } = getRuntime()
  const client = new QueryClient()
  // What fails here is asked again by the browser, which shows the error.
  await Promise.all([
    client.prefetchQuery({
      queryKey: budgetsQuery(workspace).queryKey,
      queryFn: async () => ({ items: await budgets.listBudgets(scope) }),
    }),
    client.prefetchQuery({
      queryKey: limitsQuery(workspace).queryKey,
      queryFn: async () => ({ items: await budgets.listLimits(scope) }),
    }),
  ])
  return (
    <PageBody>
      <PageHeader title="Analytics">
        What may be spent, and how fast. A call has to fit in all that applies to it.
      </PageHeader>
      <AnalyticsTabs workspace={workspace} />
      <HydrationBoundary state={dehydrate(client)}>
        <BudgetsScreen
          workspace={workspace}
          timeZone={scope.workspace.timeZone}
          canManage={roleReaches(scope.role, 'admin')}
        />
      </HydrationBoundary>
    </PageBody>
  )
}
