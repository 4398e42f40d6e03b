import { z } from 'zod'
import { AppError, invalidInput, notFound } from '#lib/core/errors.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { findModel, lockModel, requireModel } from './find.ts'
import type { House } from './house.ts'
import type { ModelRow } from './view.ts'
import type { ModelUseView } from './views.ts'

const id = z.string().min(1).max(256)
const usesMax = 500

export const Repointing = z.strictObject({
  kind: z.string().min(1).max(64),
  refId: id,
  /** The model that takes the place: of the same Type, in this workspace. */
  to: id,
})
export type Repointing = z.input<typeof Repointing>
export const RepointInput = z.strictObject({ id, uses: z.array(Repointing).max(usesMax) })
export type RepointInput = z.input<typeof RepointInput>

/** What uses a model: deployments, experiments and the like. A model in use cannot be deleted. */
export async function listUses(scope: Scope, input: { id: string }): Promise<ModelUseView[]> {
  requireRead(scope)
  return scope.tx(async (tx) => usesOf(tx, await requireModel(tx, scope, input.id)))
}

export function usesOf(tx: Tx, row: Pick<ModelRow, 'id' | 'workspaceId'>): Promise<ModelUseView[]> {
  return tx.modelUse.findMany({
    where: { workspaceId: row.workspaceId, modelId: row.id },
    orderBy: [{ kind: 'asc' }, { label: 'asc' }, { refId: 'asc' }],
    select: { kind: true, refId: true, label: true },
    take: usesMax,
  })
}

/** Points uses of a model to others of the same Type, all or none. Returns what still uses it. Admins and owners. */
export async function repointUses(house: House, scope: Scope, input: RepointInput): Promise<ModelUseView[]> {
  requireRole(scope, 'admin')
  const { id: name, uses } = parseInput(RepointInput, input)
  return scope.tx(async (tx) => {
    const row = await requireModel(tx, scope, name)
    await lockModel(tx, scope, row.id)
    await moveUses(house, tx, scope, row, uses)
    return usesOf(tx, row)
  })
}

/** Each use is changed by the room that owns it, then its claim moves along. */
export async function moveUses(
  house: House,
  tx: Tx,
  scope: Scope,
  from: ModelRow,
  repointings: readonly Repointing[],
): Promise<void> {
  const { workspaceId } = scope
  for (const { kind, refId, to } of repointings) {
    const use = await tx.modelUse.findUnique({
      where: { workspaceId_modelId_kind_refId: { workspaceId, modelId: from.id, kind, refId } },
    })
    if (!use) throw notFound('Use')
    const target = await requireTarget(tx, scope, from, to)
    const repoint = house.repoint[kind]
    if (!repoint) {
      throw new AppError({
        kind: 'conflict',
        code: 'use_not_movable',
        message: `“${use.label}” cannot be pointed elsewhere from here. Open it and choose another model.`,
      })
    }
    await repoint(tx, scope, refId, from.id, target.id)
    await tx.modelUse.deleteMany({ where: { workspaceId, modelId: from.id, kind, refId } })
    await tx.modelUse.createMany({
      data: [{ workspaceId, modelId: target.id, kind, refId, label: use.label }],
      skipDuplicates: true,
    })
    await recordAudit(tx, scope, {
      action: 'model.repoint',
      target: { kind, id: refId, label: use.label },
      before: { model: from.name },
      after: { model: target.name },
    })
  }
}

async function requireTarget(tx: Tx, scope: Scope, from: ModelRow, name: string): Promise<ModelRow> {
  const found = await requireModel(tx, scope, name)
  await lockModel(tx, scope, found.id)
  const target = await findModel(tx, scope, found.id)
  if (!target) throw notFound('Model')
  const refuse = (message: string) => invalidInput(message, { to: message })
  if (target.id === from.id) throw refuse('Choose another model than the one that goes.')
  if (target.type !== from.type) throw refuse(`“${target.name}” is of another Type than “${from.name}”.`)
  if (target.state !== 'active') throw refuse(`“${target.name}” is disabled.`)
  return target
}

/** Says what uses models, so that none is deleted under it. Replaces what `ref` claimed before. For deployments and experiments. */
export async function claimUses(
  tx: Tx,
  ref: { workspaceId: string; kind: string; refId: string; label: string },
  modelIds: readonly string[],
): Promise<void> {
  const { workspaceId, kind, refId, label } = ref
  const wanted = [...new Set(modelIds)]
  // Locked, so that none of them is deleted before this claim can be seen.
  const living = await tx.$queryRaw<unknown[]>`
    SELECT id FROM models WHERE workspace_id = ${workspaceId} AND id = ANY(${wanted}) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE`
  if (living.length !== wanted.length) throw notFound('Model')
  await tx.modelUse.deleteMany({ where: { workspaceId, kind, refId } })
  if (wanted.length > 0)
    await tx.modelUse.createMany({ data: wanted.map((modelId) => ({ workspaceId, modelId, kind, refId, label })) })
}
