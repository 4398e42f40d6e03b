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
  if (standing && !isOver(standing, scope.now())) throw addressTaken(address, field, standing.reservedUntil)
  if (dryRun) return
  if (standing) await tx.modelAddress.delete({ where: { workspaceId_address: { workspaceId, address } } })
  await tx.modelAddress.create({
    data: { workspaceId, address, modelId, kind, createdAt: scope.now() },
    select: { address: true },
  })
}

function addressTaken(address: string, field: string, reservedUntil: Date | null): AppError {
  const message = reservedUntil
    ? `“${address}” belonged to a deleted model and is free again on ${reservedUntil.toISOString().slice(0, 10)}.`
    : `“${address}” is the address of another model.`
  return invalidInput(message, { [field]: message }, 'address_taken')
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
