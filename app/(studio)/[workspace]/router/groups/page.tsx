import type { Metadata } from 'next'
import { GroupsScreen } from '#components/models/groups-screen.tsx'
import { RouterTabs } from '#components/models/router-tabs.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Groups' }

export default async function GroupsPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  return (
    <PageBody full>
      <PageHeader title="AI Router">Addresses that several models share.</PageHeader>
      <RouterTabs workspace={workspace} />
      <GroupsScreen workspace={workspace} canManage={roleReaches(scope.role, 'admin')} />
    </PageBody>
  )
}
