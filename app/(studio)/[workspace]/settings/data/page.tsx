import type { Metadata } from 'next'
import { DataForm } from '#components/settings/data-form.tsx'
import { ExportWorkspace } from '#components/settings/export-workspace.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'
import { updateWorkspace } from '../actions.ts'

export const metadata: Metadata = { title: 'Data' }

export default async function DataPage({ params }: { params: Promise<{ workspace: string }> }) {
  const scope = await requireScope((await params).workspace)
  const workspace = await getRuntime().tenancy.getWorkspace(scope)
  const editable = roleReaches(scope.role, 'admin')
  return (
    <div className="grid gap-8">
      <DataForm workspace={workspace} editable={editable} update={updateWorkspace} />
      {editable && <ExportWorkspace href={`/api/workspaces/${workspace.slug}/export`} />}
    </div>
  )
}
