import { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import { claimUses } from '#lib/models/index.ts'
import { parseInput, recordAudit, requireRole, type Scope } from '#lib/tenancy/index.ts'
import type { DeploymentView } from './answers.ts'
import { changeDeployment, DeploymentKey, Description, ref, staleDeployment, version } from './change.ts'
import { claimModels, useKind } from './claims.ts'
import { requireFreeKey, unlessTaken } from './create.ts'
import { requireDeployment, targetOf } from './rows.ts'
import { toDeploymentViews } from './views.ts'

const formerKeysMax = 10

/** What is left out stays as it is. */
export const UpdateDeploymentInput = z.strictObject({
  id: ref,
  version,
  /** The key of before goes on working. */
  key: DeploymentKey.optional(),
  description: Description.optional(),
})
export type UpdateDeploymentInput = z.input<typeof UpdateDeploymentInput>

export const DeleteDeploymentInput = z.strictObject({
  id: ref,
  /** What the person typed to confirm: its key. */
  confirmation: z.string().max(256),
})
export type DeleteDeploymentInput = z.input<typeof DeleteDeploymentInput>

/**
 * Another key or description. Developers. Callers of the former key go on being served until another deployment takes it.
 * Errors: `stale_version` (409) with the deployment as it stands, `key_taken` (409).
 */
export async function updateDeployment(scope: Scope, input: UpdateDeploymentInput): Promise<DeploymentView> {
  requireRole(scope, 'developer')
  const { id, version: read, key, description } = parseInput(UpdateDeploymentInput, input)
  const view = await unlessTaken(key ?? '', () =>
    changeDeployment(scope, id, async (tx, row) => {
      if (read !== row.version) return null
      const after = { key: key ?? row.key, description: description ?? row.description }
      const isRenamed = after.key !== row.key
      if (isRenamed || after.description !== row.description) {
        if (isRenamed) await requireFreeKey(tx, scope, after.key, row.id)
        const formerKeys = [row.key, ...row.formerKeys].filter((each) => each !== after.key).slice(0, formerKeysMax)
        await tx.deployment.updateMany({
          where: { workspaceId: scope.workspaceId, id: row.id },
          data: {
            ...after,
            ...(isRenamed && { formerKeys }),
            version: { increment: 1 },
            updatedAt: scope.now(),
          },
        })
        await recordAudit(tx, scope, {
          action: isRenamed ? 'deployment.rename' : 'deployment.update',
          target: targetOf({ ...row, key: after.key }),
          before: { key: row.key, description: row.description },
          after,
        })
        // The claim's label names it.
        if (isRenamed) await claimModels(tx, scope, { ...row, key: after.key })
      }
      return (await toDeploymentViews(tx, scope, [await requireDeployment(tx, scope, row.id)]))[0]!
    }),
  )
  if (!view) throw await staleDeployment(scope, id)
  return view
}

/**
 * Deletes a deployment: calls of its key are refused from now on, its models are free, records keep its name. Developers.
 * `confirmation` must be its key.
 */
export async function deleteDeployment(scope: Scope, input: DeleteDeploymentInput): Promise<void> {
  requireRole(scope, 'developer')
  const { id, confirmation } = parseInput(DeleteDeploymentInput, input)
  await changeDeployment(scope, id, async (tx, row) => {
    if (confirmation !== row.key)
      throw invalidInput('The key is not the one of this deployment.', { confirmation: `Type “${row.key}”.` })
    const now = scope.now()
    await tx.deployment.updateMany({
      where: { workspaceId: scope.workspaceId, id: row.id },
      data: { deletedAt: now, living: null, updatedAt: now, formerKeys: [], version: { increment: 1 } },
    })
    await claimUses(tx, { workspaceId: scope.workspaceId, kind: useKind, refId: row.id, label: '' }, [])
    await recordAudit(tx, scope, {
      action: 'deployment.delete',
      target: targetOf(row),
      before: {
        environments: Object.fromEntries(
          row.environments.map(({ name, major, minor }) => [name, major === null ? null : `${major}.${minor}`]),
        ),
      },
    })
  })
}
