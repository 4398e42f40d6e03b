import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { OperationView } from '#components/reference/operation-view.tsx'
import { Trail } from '#components/ui/breadcrumb.tsx'
import { requireScope } from '#lib/web/index.ts'
import { readReference } from '../document.ts'

interface Props {
  params: Promise<{ workspace: string; operation: string }>
}

async function findOperation({ params }: Props) {
  const { operation: id } = await params
  const { operations, schemas } = await readReference()
  const found = operations.find(({ operation }) => operation.operationId === id)
  return found && { ...found, schemas }
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  const found = await findOperation(props)
  return { title: found ? `${found.operation.summary} · API reference` : 'API reference' }
}

export default async function OperationPage(props: Props) {
  const { workspace } = await requireScope((await props.params).workspace)
  const found = await findOperation(props)
  if (!found) notFound()
  const { operation, place, schemas } = found
  return (
    <>
      <Trail crumbs={[{ label: operation.operationId }]} />
      <OperationView
        operation={operation}
        place={{ ...place, workspace: workspace.slug }}
        schemas={schemas}
        listHref={`/${workspace.slug}/api`}
      />
    </>
  )
}
