import { z } from 'zod'
import { AppError, notFound } from '#lib/core/errors.ts'
import type { Page } from '#lib/core/page.ts'
import type { Dataset, DatasetSnapshot, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import type { DatasetSnapshotView, DatasetView } from './answers.ts'
import { readView, targetOf } from './datasets.ts'
import { lockDataset, requireDataset } from './find.ts'
import { CreateSnapshotInput, ListSnapshotsInput, SnapshotRef } from './input.ts'
import { toSnapshotView } from './view.ts'

const snapshotsMax = 1_000

/** Newest first, by pages. Every member may read. */
export async function listSnapshots(scope: Scope, input: ListSnapshotsInput): Promise<Page<DatasetSnapshotView>> {
  requireRead(scope)
  const { id, cursor, limit } = parseInput(ListSnapshotsInput, input)
  const before = cursor === undefined ? undefined : readCursor(cursor, z.tuple([z.int32()]))[0]
  return scope.tx(async (tx) => {
    await requireDataset(tx, scope, id)
    const rows = await tx.datasetSnapshot.findMany({
      where: { workspaceId: scope.workspaceId, datasetId: id, ...(before !== undefined && { number: { lt: before } }) },
      orderBy: { number: 'desc' },
      take: limit + 1,
    })
    const last = rows[limit - 1]
    return {
      items: rows.slice(0, limit).map(toSnapshotView),
      ...(rows.length > limit && last && { nextCursor: writeCursor([last.number]) }),
    }
  })
}

/**
 * Keeps the dataset as it stands, whatever is written later. Where nothing changed since the newest snapshot, that one is
 * answered. Costs nothing, however many rows there are. Developers and above.
 */
export async function createSnapshot(scope: Scope, input: CreateSnapshotInput): Promise<DatasetSnapshotView> {
  requireRole(scope, 'developer')
  const { id, label } = parseInput(CreateSnapshotInput, input)
  return scope.tx(async (tx) => toSnapshotView(await keepSnapshot(tx, scope, await lockDataset(tx, scope, id), label)))
}

/** The snapshot of a locked dataset as it stands: made, or the newest one where nothing changed since. */
export async function keepSnapshot(tx: Tx, scope: Scope, dataset: Dataset, label = ''): Promise<DatasetSnapshot> {
  const { workspaceId } = scope
  const newest = await tx.datasetSnapshot.findFirst({
    where: { workspaceId, datasetId: dataset.id },
    orderBy: { number: 'desc' },
  })
  if (newest && !dataset.changed) {
    if (!label || label === newest.label) return newest
    const key = { workspaceId, datasetId: dataset.id, number: newest.number }
    return tx.datasetSnapshot.update({ where: { workspaceId_datasetId_number: key }, data: { label } })
  }
  if ((await tx.datasetSnapshot.count({ where: { workspaceId, datasetId: dataset.id } })) >= snapshotsMax)
    throw new AppError({
      kind: 'conflict',
      code: 'too_many_snapshots',
      message: `A dataset holds at most ${snapshotsMax.toLocaleString('en')} snapshots. Delete some first.`,
    })
  const row = await tx.datasetSnapshot.create({
    data: {
      workspaceId,
      datasetId: dataset.id,
      number: dataset.revision,
      label,
      columns: dataset.columns as Prisma.InputJsonArray,
      expectedType: dataset.expectedType,
      rowCount: dataset.rowCount,
      createdBy: scope.actor.label,
      createdAt: scope.now(),
    },
  })
  await dropOrphans(tx, scope, dataset.id, dataset.revision)
  await tx.dataset.update({
    where: { workspaceId_id: { workspaceId, id: dataset.id } },
    data: { revision: { increment: 1 }, changed: false },
  })
  await recordAudit(tx, scope, {
    action: 'dataset.snapshot',
    target: targetOf(dataset),
    after: { number: row.number, rows: row.rowCount },
  })
  return row
}

/** Versions of rows that ended up to a revision and that no snapshot has. */
async function dropOrphans(tx: Tx, { workspaceId }: Scope, id: string, revision: number): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM dataset_rows r WHERE workspace_id = ${workspaceId} AND dataset_id = ${id} AND to_revision <= ${revision}
      AND NOT EXISTS (SELECT 1 FROM dataset_snapshots s WHERE s.workspace_id = ${workspaceId} AND s.dataset_id = ${id} AND s.number >= r.from_revision AND s.number < r.to_revision)`
}

/** The rows that only this snapshot has go with it. Developers and above. Throws `snapshot_in_use`. */
export async function deleteSnapshot(scope: Scope, input: SnapshotRef): Promise<void> {
  requireRole(scope, 'developer')
  const { id, number } = parseInput(SnapshotRef, input)
  await scope.tx(async (tx) => {
    const { workspaceId } = scope
    const dataset = await lockDataset(tx, scope, id)
    const row = await requireSnapshot(tx, scope, id, number)
    const pinned = await tx.experimentRun.findFirst({
      where: { workspaceId, datasetId: id, snapshot: number },
      include: { experiment: { select: { name: true } } },
    })
    if (pinned)
      throw new AppError({
        kind: 'conflict',
        code: 'snapshot_in_use',
        message: `Run ${pinned.number} of the experiment “${pinned.experiment.name}” is pinned to this snapshot. Delete the run first.`,
      })
    await tx.datasetSnapshot.deleteMany({ where: { workspaceId, datasetId: id, number } })
    // What was taken away since the newest snapshot can still be brought back.
    await dropOrphans(tx, scope, id, dataset.revision - 1)
    await recordAudit(tx, scope, {
      action: 'dataset.snapshot_delete',
      target: targetOf(dataset),
      before: { number, rows: row.rowCount },
    })
  })
}

/**
 * Makes the dataset what it was: its rows, columns and types. What stood until now is kept as a snapshot first. Developers
 * and above.
 */
export async function restoreSnapshot(scope: Scope, input: SnapshotRef): Promise<DatasetView> {
  requireRole(scope, 'developer')
  const { id, number } = parseInput(SnapshotRef, input)
  return scope.tx(async (tx) => {
    const { workspaceId } = scope
    const found = await lockDataset(tx, scope, id)
    const snapshot = await requireSnapshot(tx, scope, id, number)
    if ((await keepSnapshot(tx, scope, found)).number === number) return readView(tx, scope, id)
    // As it is now: the snapshot moved its revision on, and nothing was written in it yet.
    const { revision } = await requireDataset(tx, scope, id)
    const now = scope.now()
    await tx.$executeRaw`
      UPDATE dataset_rows SET to_revision = ${revision}
       WHERE workspace_id = ${workspaceId} AND dataset_id = ${id} AND to_revision IS NULL AND from_revision > ${number}`
    await tx.$executeRaw`
      INSERT INTO dataset_rows (workspace_id, dataset_id, row_id, from_revision, position, inputs, messages, expected, request_id, import_id, version, updated_at)
        SELECT workspace_id, dataset_id, row_id, ${revision}, position, inputs, messages, expected, request_id, import_id, version + 1, ${now} FROM dataset_rows
         WHERE workspace_id = ${workspaceId} AND dataset_id = ${id} AND from_revision <= ${number} AND to_revision > ${number}`
    await tx.dataset.update({
      where: { workspaceId_id: { workspaceId, id } },
      data: {
        columns: snapshot.columns as Prisma.InputJsonArray,
        expectedType: snapshot.expectedType,
        rowCount: snapshot.rowCount,
        changed: true,
        version: { increment: 1 },
        updatedAt: now,
      },
    })
    await recordAudit(tx, scope, {
      action: 'dataset.snapshot_restore',
      target: targetOf(found),
      before: { rows: found.rowCount },
      after: { number, rows: snapshot.rowCount },
    })
    return readView(tx, scope, id)
  })
}

async function requireSnapshot(tx: Tx, { workspaceId }: Scope, id: string, number: number): Promise<DatasetSnapshot> {
  const row = await tx.datasetSnapshot.findFirst({ where: { workspaceId, datasetId: id, number } })
  if (!row) throw notFound('Snapshot')
  return row
}
