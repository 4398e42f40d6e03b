import type { Metadata } from 'next'
import { NetworkTable } from '#components/settings/network-table.tsx'
import { Operators } from '#components/settings/operators.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { requireScope } from '#lib/web/index.ts'
import { allowEndpoint, disallowEndpoint, setOperator } from '../actions.ts'

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
  const { tenancy } = getRuntime()
  const [entries, operators] = await Promise.all([tenancy.listAllowedEndpoints(scope), tenancy.listOperators(scope)])
  const { slug } = scope.workspace
  return (
    <div className="grid gap-8">
      <NetworkTable workspace={slug} entries={entries} allow={allowEndpoint} disallow={disallowEndpoint} />
      <section className="grid gap-3">
        <h2 className="font-semibold">Operators</h2>
        <Operators workspace={slug} operators={operators} self={scope.actor.id} set={setOperator} />
      </section>
    </div>
  )
}
