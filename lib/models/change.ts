import { z } from 'zod'
import { staleEdit } from '#lib/core/errors.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { lockModel, requireModel } from './find.ts'
import { getModel } from './queries.ts'
import type { ModelRow } from './view.ts'

/** What every edit carries: the version that was read. */
export const version = z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647)

/**
 * Finds and locks a model, checks the version that was read, then does the work in the same transaction. A stale edit is
 * `stale_version` (409) with the model as it stands.
 */
export async function changeModel(
  scope: Scope,
  name: string,
  read: number | undefined,
  work: (tx: Tx, row: ModelRow) => Promise<void>,
): Promise<ModelRow> {
  const outcome = await scope.tx(async (tx) => {
    const found = await requireModel(tx, scope, name)
    await lockModel(tx, scope, found.id)
    const row = await requireModel(tx, scope, found.id)
    if (read !== undefined && read !== row.version) return { row, stale: true }
    await work(tx, row)
    return { row, stale: false }
  })
  if (outcome.stale) throw staleEdit('This model', await getModel(scope, { id: outcome.row.id }))
  return outcome.row
}

/** The row of a model that is not deleted, for a write. */
export function livingModel(scope: Scope, row: ModelRow) {
  return { workspaceId: scope.workspaceId, id: row.id, deletedAt: null }
}

export function targetOf(row: ModelRow) {
  return { kind: 'model', id: row.id, label: row.name }
}
