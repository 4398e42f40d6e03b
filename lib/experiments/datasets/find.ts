import { notFound } from '#lib/core/errors.ts'
import type { Dataset } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { RowShape } from './row-content.ts'
import { shapeOf } from './view.ts'

/** Throws `not_found`, the same for what is absent and what is foreign. */
export async function requireDataset(tx: Tx, scope: Scope, id: string): Promise<Dataset> {
  const row = await tx.dataset.findFirst({ where: { workspaceId: scope.workspaceId, id } })
  if (!row) throw notFound('Dataset')
  return row
}

/** The same, locked until the end of the transaction: its revision stays while rows are written. */
export async function lockDataset(tx: Tx, scope: Scope, id: string): Promise<Dataset> {
  await tx.$queryRaw`SELECT 1 FROM datasets WHERE workspace_id = ${scope.workspaceId} AND id = ${id} FOR UPDATE`
  return requireDataset(tx, scope, id)
}

/** The columns that rows have: those of the snapshot, or of the dataset as it stands. */
export async function shapeAt(tx: Tx, scope: Scope, dataset: Dataset, snapshot: number | undefined): Promise<RowShape> {
  if (snapshot === undefined) return shapeOf(dataset)
  const row = await tx.datasetSnapshot.findFirst({
    where: { workspaceId: scope.workspaceId, datasetId: dataset.id, number: snapshot },
  })
  if (!row) throw notFound('Snapshot')
  return shapeOf(row)
}
