import type { ReactNode } from 'react'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { TabLinks } from '#components/ui/tabs.tsx'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export default async function SettingsLayout({
  children,
  params,
}: {
  children: ReactNode
  params: Promise<{ workspace: string }>
}) {
  const scope = await requireScope((await params).workspace)
  const at = (tab: string) => `/${scope.workspace.slug}/settings/${tab}`
  const isAdmin = roleReaches(scope.role, 'admin')
  const tabs = [
    { href: at('general'), label: 'General' },
    { href: at('members'), label: 'Members' },
    { href: at('alerts'), label: 'Alerts' },
    { href: at('data'), label: 'Data' },
    { href: at('network'), label: 'Network' },
    ...(isAdmin ? [{ href: at('audit'), label: 'Audit' }] : []),
  ]
  return (
    <PageBody>
      <PageHeader title="Settings" />
      <TabLinks tabs={tabs} label="Settings" className="mb-5" />
      {children}
    </PageBody>
  )
}
