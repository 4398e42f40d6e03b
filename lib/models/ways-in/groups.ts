import { z } from 'zod'
import { invalidInput, notFound, staleEdit } from '#lib/core/errors.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { lastUses, requireFree } from '../addresses.ts'
import { againWhenTaken } from '../conflict.ts'
import { requireModel } from '../find.ts'
import { aliasProblem } from '../form/address.ts'
import { claimUses } from '../uses.ts'
import type { ModelType } from '../vocabulary.ts'
import type { GroupView } from './answers.ts'
import { weightMax } from './pick.ts'

const membersMax = 50
const groupsMax = 1_000

const Address = z.string().check((context) => {
  const problem = aliasProblem(context.value)
  if (problem) context.issues.push({ code: 'custom', input: context.value, message: problem })
})
const weightMessage = 'A weight is a whole number from 1 to 1,000.'
const Members = z
  .array(
    z.strictObject({
      /** An id, slug or alias. */
      model: z.string().min(1).max(256),
      weight: z.coerce.number(weightMessage).int(weightMessage).min(1, weightMessage).max(weightMax, weightMessage),
    }),
  )
  .min(1, 'A group has at least one model.')
  .max(membersMax, `A group has at most ${membersMax} models.`)

export const SaveGroupInput = z.strictObject({ address: Address, members: Members })
export type SaveGroupInput = z.input<typeof SaveGroupInput>

export const UpdateGroupInput = SaveGroupInput.extend({
  version: z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647),
})
export type UpdateGroupInput = z.input<typeof UpdateGroupInput>

const Ref = z.strictObject({ address: z.string().min(1).max(256) })

/** The workspace's groups by address. Every member may read. */
export async function listGroups(scope: Scope): Promise<GroupView[]> {
  requireRead(scope)
  return scope.tx((tx) => readGroups(tx, scope, {}))
}

/** One group. Throws `not_found`. */
export async function getGroup(scope: Scope, input: { address: string }): Promise<GroupView> {
  requireRead(scope)
  const { address } = parseInput(Ref, input)
  const [group] = await scope.tx((tx) => readGroups(tx, scope, { address }))
  if (!group) throw notFound('Group')
  return group
}

async function readGroups(tx: Tx, scope: Scope, where: { address?: string }): Promise<GroupView[]> {
  const { workspaceId } = scope
  const rows = await tx.modelAddress.findMany({
    where: { workspaceId, kind: 'group', ...where },
    orderBy: { address: 'asc' },
    take: groupsMax,
    include: { members: { include: { model: { select: { slug: true, name: true, type: true, state: true } } } } },
  })
  const used = await lastUses(
    tx,
    workspaceId,
    rows.map(({ address }) => address),
  )
  return rows.map((row) => {
    const shareOf = (type: string) =>
      row.members
        .filter(({ model }) => model.type === type && model.state === 'active')
        .reduce((sum, { weight }) => sum + weight, 0)
    return {
      address: row.address,
      version: row.version,
      createdAt: row.createdAt.toISOString(),
      lastUsedAt: used.get(row.address)?.toISOString() ?? null,
      members: row.members
        .map(({ model, modelId, weight }) => ({
          modelId,
          slug: model.slug,
          name: model.name,
          type: model.type as ModelType,
          state: model.state as 'active' | 'disabled',
          weight,
          share: model.state === 'active' ? weight / shareOf(model.type) : 0,
        }))
        .sort((a, b) => b.weight - a.weight || (a.slug < b.slug ? -1 : 1)),
    }
  })
}

/**
 * Makes a group. Admins and owners. Errors: `address_taken` where a model or another group has the address, `not_found`
 * for a model that is not here.
 */
export async function saveGroup(scope: Scope, input: SaveGroupInput): Promise<GroupView> {
  requireRole(scope, 'admin')
  const { address, members } = parseInput(SaveGroupInput, input)
  await againWhenTaken(false, () =>
    scope.tx(async (tx) => {
      const weights = await weightsOf(tx, scope, members)
      await makeGroup(tx, scope, address, 'address')
      await replaceMembers(tx, scope, address, weights)
      await audit(tx, scope, 'group.add', address, weights)
    }),
  )
  return getGroup(scope, { address })
}

/** Replaces the members of a group. A stale version is `stale_version` (409) with the group as it stands. */
export async function updateGroup(scope: Scope, input: UpdateGroupInput): Promise<GroupView> {
  requireRole(scope, 'admin')
  const { address, members, version } = parseInput(UpdateGroupInput, input)
  const where = { workspaceId: scope.workspaceId, address, kind: 'group' }
  const isStale = await scope.tx(async (tx) => {
    if ((await tx.modelAddress.count({ where })) === 0) throw notFound('Group')
    const data = { version: { increment: 1 } }
    const { count } = await tx.modelAddress.updateMany({ where: { ...where, version }, data })
    if (count === 0) return true
    const weights = await weightsOf(tx, scope, members)
    await replaceMembers(tx, scope, address, weights)
    await audit(tx, scope, 'group.update', address, weights)
    return false
  })
  if (isStale) throw staleEdit('This group', await getGroup(scope, { address }))
  return getGroup(scope, { address })
}

async function weightsOf(tx: Tx, scope: Scope, members: z.output<typeof Members>): Promise<Map<string, number>> {
  const weights = new Map<string, number>()
  for (const { model, weight } of members) {
    const { id } = await requireModel(tx, scope, model)
    if (weights.has(id)) throw invalidInput('A model is in a group once.', { members: 'A model is in a group once.' })
    weights.set(id, weight)
  }
  return weights
}

async function makeGroup(tx: Tx, scope: Scope, address: string, field: string): Promise<void> {
  await requireFree(tx, scope, address, field)
  await tx.modelAddress.create({
    data: { workspaceId: scope.workspaceId, address, kind: 'group', createdAt: scope.now() },
    select: { address: true },
  })
}

async function replaceMembers(
  tx: Tx,
  scope: Scope,
  address: string,
  weights: ReadonlyMap<string, number>,
): Promise<void> {
  const { workspaceId } = scope
  await tx.modelGroupMember.deleteMany({ where: { workspaceId, address, modelId: { notIn: [...weights.keys()] } } })
  for (const [modelId, weight] of weights) {
    await tx.modelGroupMember.upsert({
      where: { workspaceId_address_modelId: { workspaceId, address, modelId } },
      create: { workspaceId, address, modelId, weight },
      update: { weight },
      select: { weight: true },
    })
  }
  const ref = { workspaceId, kind: 'group', refId: address, label: `the group “${address}”` }
  await claimUses(tx, ref, [...weights.keys()])
}

/** Puts a model into a group, which is made where there is none. Throws `address_taken` where a model has the address. */
export async function joinGroup(
  tx: Tx,
  scope: Scope,
  input: { address: string; modelId: string; weight: number },
): Promise<void> {
  const { workspaceId } = scope
  const { address, modelId, weight } = input
  await tx.$queryRaw`SELECT 1 FROM model_addresses WHERE workspace_id = ${workspaceId} AND address = ${address} FOR UPDATE`
  const standing = await tx.modelAddress.findFirst({
    where: { workspaceId, address, kind: 'group' },
    include: { members: true },
  })
  if (standing && standing.members.length >= membersMax)
    throw invalidInput(`A group has at most ${membersMax} models.`, { groups: `“${address}” is full.` })
  if (standing)
    await tx.modelAddress.updateMany({ where: { workspaceId, address }, data: { version: { increment: 1 } } })
  else await makeGroup(tx, scope, address, 'groups')
  const weights = new Map(standing?.members.map((member) => [member.modelId, member.weight]))
  await replaceMembers(tx, scope, address, weights.set(modelId, weight))
  await audit(tx, scope, standing ? 'group.update' : 'group.add', address, weights)
}

/**
 * Puts another model in the place of one: in each group where it is, with its weight; where the other one is a member
 * already, the weights are added.
 */
export async function repointGroups(tx: Tx, scope: Scope, address: string, from: string, to: string): Promise<void> {
  const { workspaceId } = scope
  const members = await tx.modelGroupMember.findMany({ where: { workspaceId, address } })
  const weights = new Map(members.map(({ modelId, weight }) => [modelId, weight]))
  const weight = weights.get(from)
  if (weight === undefined) return
  weights.delete(from)
  weights.set(to, Math.min(weightMax, weight + (weights.get(to) ?? 0)))
  await tx.modelAddress.updateMany({ where: { workspaceId, address }, data: { version: { increment: 1 } } })
  await replaceMembers(tx, scope, address, weights)
}

/** Lets a group go: its address is free again, its models stay. Admins and owners. */
export async function deleteGroup(scope: Scope, input: { address: string }): Promise<void> {
  requireRole(scope, 'admin')
  const { address } = parseInput(Ref, input)
  const { workspaceId } = scope
  await scope.tx(async (tx) => {
    const members = await tx.modelGroupMember.findMany({ where: { workspaceId, address } })
    const { count } = await tx.modelAddress.deleteMany({ where: { workspaceId, address, kind: 'group' } })
    if (count === 0) throw notFound('Group')
    await claimUses(tx, { workspaceId, kind: 'group', refId: address, label: '' }, [])
    await recordAudit(tx, scope, {
      action: 'group.delete',
      target: targetOf(address),
      before: { members: Object.fromEntries(members.map(({ modelId, weight }) => [modelId, weight])) },
    })
  })
}

function targetOf(address: string) {
  return { kind: 'group', id: address, label: address }
}

function audit(tx: Tx, scope: Scope, action: string, address: string, weights: ReadonlyMap<string, number>) {
  return recordAudit(tx, scope, {
    action,
    target: targetOf(address),
    after: { members: Object.fromEntries(weights) },
  })
}
