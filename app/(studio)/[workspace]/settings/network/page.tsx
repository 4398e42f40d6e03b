import type { Metadata } from 'next'
import { NetworkTable } from '#components/settings/network-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { requireScope } from '#lib/web/index.ts'
import { allowEndpoint, disallowEndpoint } from '../actions.ts'

export const metadata: Metadata = { title: 'Network' }

export default async function NetworkPage({ params }: { params: Promise<{ workspace: string }> }) {
  const scope = await requireScope((await params).workspace)
  if (!scope.operator) {
    return (
      <EmptyState title="The operator decides this">
        Which private addresses models may lead to holds for the whole installation. Ask the operator to allow one.
      </EmptyState>
    )
  }
  const entries = await getRuntime().tenancy.listAllowedEndpoints(scope)
  return (
    <NetworkTable
      workspace={scope.workspace.slug}
      entries={entries}
      allow={allowEndpoint}
      disallow={disallowEndpoint}
    />
  )
}
