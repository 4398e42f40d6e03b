import { redirect } from 'next/navigation'
import { requireScope } from '#lib/web/index.ts'

export default async function WorkspaceHome({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace } = await requireScope((await params).workspace)
  redirect(`/${workspace.slug}/router`)
}
