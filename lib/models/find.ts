import { notFound } from '#lib/core/errors.ts'
import { isId } from '#lib/core/ids.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { ModelRow } from './view.ts'

const included = { addresses: { orderBy: { createdAt: 'asc' as const } } }

/** A living model by its id, slug, alias or former address. The same error for what is absent and what is foreign. */
export async function requireModel(tx: Tx, scope: Scope, name: unknown): Promise<ModelRow> {
  const { workspaceId } = scope
  if (typeof name !== 'string' || name.length === 0 || name.length > 256) throw notFound('Model')
  let id = name
  if (!isId('mdl', name)) {
    const address = await tx.modelAddress.findUnique({
      where: { workspaceId_address: { workspaceId, address: name } },
      select: { modelId: true },
    })
    // A group's address names no model.
    if (!address?.modelId) throw notFound('Model')
    id = address.modelId
  }
  const row = await tx.model.findFirst({ where: { workspaceId, id, deletedAt: null }, include: included })
  if (!row) throw notFound('Model')
  return row
}

/** A living model by its id; null where it is gone. */
export function findModel(tx: Tx, scope: Scope, id: string): Promise<ModelRow | null> {
  return tx.model.findFirst({ where: { workspaceId: scope.workspaceId, id, deletedAt: null }, include: included })
}

/** Locks a model's row until the end of the transaction: edits of one model follow each other. */
export async function lockModel(tx: Tx, scope: Scope, id: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM models WHERE workspace_id = ${scope.workspaceId} AND id = ${id} FOR UPDATE`
}
