import { z } from 'zod'
import { invalidInput, notFound } from '#lib/core/errors.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { lastUses } from '../addresses.ts'
import { lockModel, requireModel } from '../find.ts'
import type { AddressUseView, ModelGroupView } from './answers.ts'
import { listGroups } from './groups.ts'

const Ref = z.object({ id: z.string().min(1).max(256) })

/** Every address of a model, with the moment a call last named it. Every member may read. */
export async function listAddresses(scope: Scope, input: { id: string }): Promise<AddressUseView[]> {
  requireRead(scope)
  const { id } = parseInput(Ref, input)
  return scope.tx(async (tx) => {
    const model = await requireModel(tx, scope, id)
    const used = await lastUses(
      tx,
      scope.workspaceId,
      model.addresses.map(({ address }) => address),
    )
    return model.addresses.map(({ address, kind }) => ({
      address,
      kind: kind as AddressUseView['kind'],
      lastUsedAt: used.get(address)?.toISOString() ?? null,
    }))
  })
}

/** The groups that a model is in, with its share of their calls. */
export async function listModelGroups(scope: Scope, input: { id: string }): Promise<ModelGroupView[]> {
  requireRead(scope)
  const { id } = parseInput(Ref, input)
  const model = await scope.tx((tx) => requireModel(tx, scope, id))
  const groups = await listGroups(scope)
  return groups.flatMap(({ address, members }) => {
    const member = members.find((each) => each.modelId === model.id)
    return member ? [{ address, weight: member.weight, share: member.share, members: members.length }] : []
  })
}

export const ReleaseAddressInput = z.strictObject({ id: Ref.shape.id, address: z.string().min(1).max(256) })
export type ReleaseAddressInput = z.input<typeof ReleaseAddressInput>

/** Lets an alias or a former address of a model go: it is free at once. The slug stays. Admins and owners. */
export async function releaseAddress(scope: Scope, input: ReleaseAddressInput): Promise<void> {
  requireRole(scope, 'admin')
  const { id, address } = parseInput(ReleaseAddressInput, input)
  await scope.tx(async (tx) => {
    const model = await requireModel(tx, scope, id)
    await lockModel(tx, scope, model.id)
    const standing = model.addresses.find((each) => each.address === address)
    if (!standing) throw notFound('Address')
    if (standing.kind === 'slug') {
      const message = 'A model keeps its slug. Change it, then let the former one go.'
      throw invalidInput(message, { address: message })
    }
    await tx.modelAddress.deleteMany({ where: { workspaceId: scope.workspaceId, modelId: model.id, address } })
    await tx.model.updateMany({
      where: { workspaceId: scope.workspaceId, id: model.id },
      data: { version: { increment: 1 }, updatedAt: scope.now() },
    })
    await recordAudit(tx, scope, {
      action: 'model.release-address',
      target: { kind: 'model', id: model.id, label: model.name },
      before: { address, kind: standing.kind },
    })
  })
}
