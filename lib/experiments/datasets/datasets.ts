import { z } from 'zod'
import { AppError, staleEdit } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import type { Page } from '#lib/core/page.ts'
import type { Dataset, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import type { DatasetView } from './answers.ts'
import { changeColumns } from './change-columns.ts'
import { lockDataset, requireDataset } from './find.ts'
import { CreateDatasetInput, DatasetRef, ListDatasetsInput, UpdateDatasetInput } from './input.ts'
import { toDatasetView } from './view.ts'

const datasetsMax = 1_000

/** The workspace's datasets: searched, sorted, by pages. Every member may read; rows ask for more. */
export async function listDatasets(
  scope: Scope,
  input: ListDatasetsInput = {},
): Promise<Page<DatasetView> & { total: number }> {
  requireRead(scope)
  const { search, sort, cursor, limit } = parseInput(ListDatasetsInput, input)
  const where: Prisma.DatasetWhereInput[] = [{ workspaceId: scope.workspaceId }]
  if (search?.trim()) {
    const contains = { contains: search.trim(), mode: 'insensitive' as const }
    where.push({ OR: [{ name: contains }, { description: contains }] })
  }
  const field = sort.endsWith('name') ? 'name' : 'updatedAt'
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const after = cursor === undefined ? [] : [afterCursor(cursor, field, direction)]
  return scope.tx(async (tx) => {
    const total = await tx.dataset.count({ where: { AND: where } })
    const rows = await tx.dataset.findMany({
      where: { AND: [...where, ...after] },
      orderBy: [{ [field]: direction }, { id: direction }],
      take: limit + 1,
    })
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const items = await toViews(tx, scope, page)
    if (rows.length <= limit || !last) return { items, total }
    const value = last[field]
    return { items, total, nextCursor: writeCursor([value instanceof Date ? value.toISOString() : value, last.id]) }
  })
}

function afterCursor(cursor: string, field: 'name' | 'updatedAt', direction: 'asc' | 'desc'): Prisma.DatasetWhereInput {
  const value = field === 'name' ? z.string().max(200) : z.iso.datetime()
  const [place, id] = readCursor(cursor, z.tuple([value, z.string().max(64)]))
  const beyond = direction === 'asc' ? 'gt' : 'lt'
  return { OR: [{ [field]: { [beyond]: place } }, { [field]: place, id: { [beyond]: id } }] }
}

/** Throws `not_found`. */
export async function getDataset(scope: Scope, input: DatasetRef): Promise<DatasetView> {
  requireRead(scope)
  const { id } = parseInput(DatasetRef, input)
  return scope.tx(async (tx) => readView(tx, scope, id))
}

/** Developers and above. Throws `too_many_datasets`. */
export async function createDataset(scope: Scope, input: CreateDatasetInput): Promise<DatasetView> {
  requireRole(scope, 'developer')
  const wanted = parseInput(CreateDatasetInput, input)
  return scope.tx(async (tx) => {
    const { workspaceId } = scope
    const now = scope.now()
    if ((await tx.dataset.count({ where: { workspaceId } })) >= datasetsMax)
      throw new AppError({
        kind: 'conflict',
        code: 'too_many_datasets',
        message: `A workspace holds at most ${datasetsMax.toLocaleString('en')} datasets. Delete one first.`,
      })
    const row = await tx.dataset.create({
      data: {
        ...wanted,
        id: newId('dts', now.getTime()),
        workspaceId,
        createdBy: scope.actor.id,
        createdAt: now,
        updatedAt: now,
      },
    })
    const after = { columns: wanted.columns, expectedType: wanted.expectedType }
    await recordAudit(tx, scope, { action: 'dataset.add', target: targetOf(row), after })
    return toDatasetView(row, { count: 0, newest: 0 })
  })
}

/**
 * Name, description and columns. Values follow a renamed column; those of a column that goes stay in their rows, unseen.
 * Developers and above. Throws `stale_version`, `column_values_differ`.
 */
export async function updateDataset(scope: Scope, input: UpdateDatasetInput): Promise<DatasetView> {
  requireRole(scope, 'developer')
  const { id, version, columns, ...rest } = parseInput(UpdateDatasetInput, input)
  return scope.tx(async (tx) => {
    const before = await lockDataset(tx, scope, id)
    if (before.version !== version) throw staleEdit('The dataset', await readView(tx, scope, id))
    const expectedType = rest.expectedType ?? before.expectedType
    const changed = columns || expectedType !== before.expectedType
    if (changed) await changeColumns(tx, scope, before, { columns, expectedType })
    const plain = columns?.map(({ was, ...column }) => column)
    const after = await tx.dataset.update({
      where: { workspaceId_id: { workspaceId: scope.workspaceId, id } },
      data: {
        ...rest,
        ...(plain && { columns: plain }),
        ...(changed && { changed: true }),
        version: { increment: 1 },
        updatedAt: scope.now(),
      },
    })
    await recordAudit(tx, scope, {
      action: 'dataset.update',
      target: targetOf(after),
      before: factsOf(before),
      after: factsOf(after),
    })
    return readView(tx, scope, id)
  })
}

/** With its rows, snapshots and imports. Developers and above. Throws `dataset_in_use`. */
export async function deleteDataset(scope: Scope, input: DatasetRef): Promise<void> {
  requireRole(scope, 'developer')
  const { id } = parseInput(DatasetRef, input)
  await scope.tx(async (tx) => {
    const row = await lockDataset(tx, scope, id)
    const { workspaceId } = scope
    const users = await tx.experiment.findMany({
      where: { workspaceId, datasetId: id },
      take: 1,
      select: { name: true },
    })
    const runs = await tx.experimentRun.findMany({
      where: { workspaceId, datasetId: id },
      take: 1,
      select: { experiment: { select: { name: true } } },
    })
    const user = users[0]?.name ?? runs[0]?.experiment.name
    if (user !== undefined)
      throw new AppError({
        kind: 'conflict',
        code: 'dataset_in_use',
        message: `The experiment “${user}” uses this dataset. Delete the experiment first.`,
      })
    await tx.dataset.delete({ where: { workspaceId_id: { workspaceId: scope.workspaceId, id } } })
    await recordAudit(tx, scope, { action: 'dataset.delete', target: targetOf(row), before: factsOf(row) })
  })
}

export async function readView(tx: Tx, scope: Scope, id: string): Promise<DatasetView> {
  const [view] = await toViews(tx, scope, [await requireDataset(tx, scope, id)])
  return view!
}

async function toViews(tx: Tx, { workspaceId }: Scope, rows: Dataset[]): Promise<DatasetView[]> {
  if (rows.length === 0) return []
  const groups = await tx.datasetSnapshot.groupBy({
    by: ['datasetId'],
    where: { workspaceId, datasetId: { in: rows.map(({ id }) => id) } },
    _count: true,
    _max: { number: true },
  })
  const byId = new Map(groups.map((group) => [group.datasetId, group]))
  return rows.map((row) => {
    const group = byId.get(row.id)
    return toDatasetView(row, { count: group?._count ?? 0, newest: group?._max.number ?? 0 })
  })
}

export function targetOf(row: Pick<Dataset, 'id' | 'name'>): { kind: string; id: string; label: string } {
  return { kind: 'dataset', id: row.id, label: row.name }
}

function factsOf({ name, description, columns, expectedType, rowCount }: Dataset): Record<string, unknown> {
  return { name, description, columns, expectedType, rowCount }
}
