import type { ReactNode } from 'react'
import { OperationList } from '#components/reference/operation-list.tsx'
import { PageBody } from '#components/ui/page-header.tsx'
import { requireScope } from '#lib/web/index.ts'
import { readReference } from './document.ts'

interface Props {
  children: ReactNode
  params: Promise<{ workspace: string }>
}

export default async function ReferenceLayout({ children, params }: Props) {
  const { workspace } = await requireScope((await params).workspace)
  const { operations } = await readReference()
  const listed = operations.map(({ operation, place }) => ({
    id: operation.operationId,
    group: operation.tags[0]!,
    method: place.method,
    path: place.path.replace('/api/workspaces/{workspace}/', '').replace('/api/workspaces/{workspace}', 'workspace'),
    summary: operation.summary,
  }))
  return (
    <PageBody>
      <div className="grid min-w-0 items-start gap-x-8 gap-y-5 lg:grid-cols-[280px_minmax(0,1fr)]">
        <OperationList operations={listed} base={`/${workspace.slug}/api`} />
        <div className="min-w-0 max-w-[860px] max-lg:order-first">{children}</div>
      </div>
    </PageBody>
  )
}
