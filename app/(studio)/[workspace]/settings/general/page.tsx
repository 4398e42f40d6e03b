import type { Metadata } from 'next'
import { DeleteWorkspace } from '#components/settings/delete-workspace.tsx'
import { GeneralForm } from '#components/settings/general-form.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'
import { deleteWorkspace, updateWorkspace } from '../actions.ts'

export const metadata: Metadata = { title: 'General' }

export default async function GeneralPage({ params }: { params: Promise<{ workspace: string }> }) {
  const scope = await requireScope((await params).workspace)
  const workspace = await getRuntime().tenancy.getWorkspace(scope)
  return (
    <div className="grid gap-8">
      <GeneralForm workspace={workspace} editable={roleReaches(scope.role, 'admin')} update={updateWorkspace} />
      {scope.role === 'owner' && <DeleteWorkspace workspace={workspace} remove={deleteWorkspace} />}
    </div>
  )
}
