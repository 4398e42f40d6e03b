import { claimUses, findModelFacts } from '#lib/models/index.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { type DeploymentRow, findVersion, modelsOf, readConfig, servedVersions } from './rows.ts'

export const useKind = 'deployment'

/**
 * Says which models the deployment uses: those of its draft and of every version that an environment serves. Versions
 * that serve nothing hold no model: else none could ever be deleted.
 */
export async function claimModels(tx: Tx, scope: Scope, row: DeploymentRow): Promise<void> {
  const wanted = new Set(row.draft ? modelsOf(readConfig(row.draft.config)) : [])
  const environments = await tx.deploymentEnvironment.findMany({
    where: { workspaceId: scope.workspaceId, deploymentId: row.id },
  })
  for (const number of servedVersions(environments)) {
    const version = await findVersion(tx, row, number)
    if (version) for (const id of modelsOf(readConfig(version.config))) wanted.add(id)
  }
  // A draft may name a model that is gone: it is saved all the same, and marked.
  const living = await findModelFacts(tx, scope, [...wanted])
  const ref = { workspaceId: scope.workspaceId, kind: useKind, refId: row.id, label: `the deployment “${row.key}”` }
  await claimUses(tx, ref, [...living.keys()])
}
