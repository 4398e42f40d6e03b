import { type AppError, invalidInput } from '#lib/core/errors.ts'
import type { ModelAddress } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { freeSlug, slugFromName } from './form/address.ts'

/** Days that the addresses of a deleted model cannot be taken by another one. */
export const reservedDays = 90

/** The slug that a name gets now: itself, or with the next free number. */
export async function pickSlug(tx: Tx, scope: Scope, name: string, modelId: string): Promise<string> {
  const wanted = slugFromName(name, modelId)
  const rows = await tx.modelAddress.findMany({
    where: { workspaceId: scope.workspaceId, address: { startsWith: wanted.slice(0, 58) } },
    select: { address: true, reservedUntil: true },
    take: 10_000,
  })
  const taken = new Set(rows.filter((row) => !isOver(row, scope.now())).map((row) => row.address))
  return freeSlug(wanted, (slug) => taken.has(slug))
}

function isOver(row: Pick<ModelAddress, 'reservedUntil'>, now: Date): boolean {
  return row.reservedUntil !== null && row.reservedUntil <= now
}

/**
 * Gives an address to a model. An own former address becomes a present one again. Throws `invalid_input` on `field`
 * where another model has it or had it until lately.
 */
export async function takeAddress(
  tx: Tx,
  scope: Scope,
  modelId: string,
  address: string,
  kind: 'slug' | 'alias',
  field: string,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<void> {
  const { workspaceId } = scope
  const standing = await tx.modelAddress.findUnique({ where: { workspaceId_address: { workspaceId, address } } })
  if (standing && standing.modelId === modelId) {
    await tx.modelAddress.update({
      where: { workspaceId_address: { workspaceId, address } },
      data: { kind },
      select: { address: true },
    })
    return
  }
  await requireFree(tx, scope, address, field)
  if (dryRun) return
  await tx.modelAddress.create({
    data: { workspaceId, address, modelId, kind, createdAt: scope.now() },
    select: { address: true },
  })
}

/**
 * Throws `address_taken` on `field` where a model or a group has this address, or a deleted model had it until lately.
 * A reservation that is over is taken away.
 */
export async function requireFree(tx: Tx, scope: Scope, address: string, field: string): Promise<void> {
  const { workspaceId } = scope
  const standing = await tx.modelAddress.findUnique({ where: { workspaceId_address: { workspaceId, address } } })
  if (!standing) return
  if (!isOver(standing, scope.now())) throw addressTaken(standing, field)
  await tx.modelAddress.delete({ where: { workspaceId_address: { workspaceId, address } } })
}

function addressTaken(standing: ModelAddress, field: string): AppError {
  const message = whyTaken(standing)
  return invalidInput(message, { [field]: message }, 'address_taken')
}

function whyTaken({ address, kind, reservedUntil }: ModelAddress): string {
  return reservedUntil
    ? `“${address}” belonged to a deleted model and is free again on ${reservedUntil.toISOString().slice(0, 10)}.`
    : `“${address}” is the address of ${kind === 'group' ? 'a group' : 'another model'}.`
}

/** Which of these addresses are taken, and why. */
export async function findTaken(
  tx: Tx,
  scope: Scope,
  addresses: readonly string[],
): Promise<Map<string, { isGroup: boolean; message: string }>> {
  const rows = await tx.modelAddress.findMany({
    where: { workspaceId: scope.workspaceId, address: { in: [...new Set(addresses)] } },
  })
  const standing = rows.filter((row) => !isOver(row, scope.now()))
  return new Map(standing.map((row) => [row.address, { isGroup: row.kind === 'group', message: whyTaken(row) }]))
}

/** When calls last named these addresses; none for those that were never called. */
export async function lastUses(tx: Tx, workspaceId: string, addresses: string[]): Promise<Map<string, Date>> {
  if (addresses.length === 0) return new Map()
  const rows = await tx.$queryRaw<{ address: string; last_used_at: Date }[]>`
    SELECT address, last_used_at FROM ledger.address_use WHERE workspace_id = ${workspaceId} AND address = ANY(${addresses})`
  return new Map(rows.map((row) => [row.address, row.last_used_at]))
}

/** Makes `aliases` the model's aliases: new ones taken, absent ones let go. Former slugs stay. */
export async function setAliases(
  tx: Tx,
  scope: Scope,
  modelId: string,
  slug: string,
  aliases: readonly string[],
): Promise<void> {
  const { workspaceId } = scope
  await tx.modelAddress.deleteMany({ where: { workspaceId, modelId, kind: 'alias', address: { notIn: [...aliases] } } })
  for (const [index, alias] of aliases.entries()) {
    if (alias !== slug) await takeAddress(tx, scope, modelId, alias, 'alias', `aliases.${index}`)
  }
}
