import type { Metadata } from 'next'
import { AnalyticsTabs } from '#components/analytics/analytics-tabs.tsx'
import { ReconciliationScreen } from '#components/reconciliation/reconciliation-screen.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Reconciliation' }

export default async function ReconciliationPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  return (
    <PageBody>
      <PageHeader title="Analytics">A provider’s bill beside what is on record here, by model and by day.</PageHeader>
      <AnalyticsTabs workspace={workspace} />
      <ReconciliationScreen workspace={workspace} timeZone={scope.workspace.timeZone} />
    </PageBody>
  )
}
