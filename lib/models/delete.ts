import { z } from 'zod'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import { parseInput, recordAudit, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { reservedDays } from './addresses.ts'
import { changeModel, livingModel, targetOf, version } from './change.ts'
import type { House } from './house.ts'
import { settleNotices } from './refused-key.ts'
import { releaseFallbacks } from './routing.ts'
import { moveUses, Repointing, usesOf } from './uses.ts'

export const DeleteModelInput = z.strictObject({
  id: z.string().min(1).max(256),
  /** What the person typed to confirm. */
  name: z.string().max(256).optional(),
  version: version.optional(),
  /** Where its uses go instead. */
  repoint: z.array(Repointing).max(500).default([]),
})
export type DeleteModelInput = z.input<typeof DeleteModelInput>

/**
 * Deletes a model: its addresses stay reserved for 90 days, its secrets are gone at once, records keep its name. Refused
 * as `model_in_use` (409, with the uses) while anything uses it that `repoint` does not point elsewhere, all in one
 * transaction. `name`, where given, must be its name: forms ask for it.
 */
export async function deleteModel(house: House, scope: Scope, input: DeleteModelInput): Promise<void> {
  requireRole(scope, 'admin')
  const { id: ref, name: confirm, version: read, repoint } = parseInput(DeleteModelInput, input)
  await changeModel(scope, ref, read, async (tx, found) => {
    if (confirm !== undefined && confirm !== found.name) {
      throw invalidInput('The name is not the one of this model.', { name: `Type “${found.name}”.` })
    }
    await moveUses(house, tx, scope, found, repoint)
    const uses = await usesOf(tx, found)
    if (uses.length > 0) {
      throw new AppError({
        kind: 'conflict',
        code: 'model_in_use',
        message: `“${found.name}” is used by ${uses.length === 1 ? uses[0]!.label : `${uses.length} others`}. Point them to another model first.`,
        details: { uses },
      })
    }
    const now = scope.now()
    await tx.model.updateMany({
      where: livingModel(scope, found),
      data: {
        deletedAt: now,
        updatedAt: now,
        state: 'disabled',
        version: { increment: 1 },
        sealedKey: null,
        keyFingerprint: null,
        keyLastFour: null,
        keyRefusedAt: null,
        sealedHeaders: null,
        sealedQuery: null,
      },
    })
    await tx.modelAddress.updateMany({
      where: { workspaceId: scope.workspaceId, modelId: found.id },
      data: { reservedUntil: new Date(now.getTime() + reservedDays * 86_400_000) },
    })
    await tx.notice.updateMany({
      where: { workspaceId: scope.workspaceId, refId: found.id, resolvedAt: null },
      data: { resolvedAt: now },
    })
    await settleNotices(tx, scope, found)
    await releaseFallbacks(tx, scope, found)
    await recordAudit(tx, scope, {
      action: 'model.delete',
      target: targetOf(found),
      before: { slug: found.slug, host: found.host, modelId: found.modelId },
    })
  })
}
