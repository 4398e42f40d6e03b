import { z } from 'zod'
import { AppError, invalidInput, notFound, staleEdit } from '#lib/core/errors.ts'
import type { Page } from '#lib/core/page.ts'
import { type Dataset, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import type { DatasetRowView } from './answers.ts'
import { targetOf } from './datasets.ts'
import { lockDataset, requireDataset, shapeAt } from './find.ts'
import {
  AddRowsInput,
  DatasetRef,
  DeleteRowsBody,
  type DeleteRowsInput,
  ListRowsInput,
  RestoreRowsInput,
  RowRef,
  UpdateRowInput,
} from './input.ts'
import { type RowContent, type RowProblem, type RowShape, readRow } from './row-content.ts'
import { rowColumns, type StoredRow, shapeOf, toRowView } from './view.ts'
import { countRows, endRows, insertRows, matches, rowsMax, standing } from './write-rows.ts'

const positionMax = 2_147_483_647

/** Rows in the order of the dataset, by pages. `total` is told where nothing is searched for. Developers and above. */
export async function listRows(scope: Scope, input: ListRowsInput): Promise<Page<DatasetRowView> & { total?: number }> {
  requireRead(scope, 'developer')
  const { id, snapshot, search, order, cursor, limit } = parseInput(ListRowsInput, input)
  const after = cursor === undefined ? undefined : readCursor(cursor, z.tuple([z.int32()]))[0]
  return scope.tx(async (tx) => {
    const dataset = await requireDataset(tx, scope, id)
    const shape = await shapeAt(tx, scope, dataset, snapshot)
    const rows = await readRows(tx, scope, id, { snapshot, search, order, after, limit: limit + 1 })
    const last = rows[limit - 1]
    return {
      items: rows.slice(0, limit).map((row) => toRowView(row, shape)),
      ...(!search && snapshot === undefined && { total: dataset.rowCount }),
      ...(rows.length > limit && last && { nextCursor: writeCursor([last.position]) }),
    }
  })
}

/** `after`: the position before the first one. */
export function readRows(
  tx: Tx,
  { workspaceId }: Scope,
  datasetId: string,
  query: { snapshot?: number; search?: string; order: 'asc' | 'desc'; after?: number; limit: number },
): Promise<StoredRow[]> {
  const { snapshot, search, order, after, limit } = query
  // Said for the first page, too: with it Postgres reads along the index, whatever it knows of the table.
  const [beyond, direction] =
    order === 'asc'
      ? [Prisma.sql`position > ${after ?? 0}`, Prisma.sql`ASC`]
      : [Prisma.sql`position < ${after ?? positionMax}`, Prisma.sql`DESC`]
  return tx.$queryRaw<StoredRow[]>`
    SELECT ${Prisma.raw(rowColumns)} FROM dataset_rows
     WHERE workspace_id = ${workspaceId} AND dataset_id = ${datasetId} AND ${beyond} AND ${standing(snapshot)} AND ${matches(search)}
     ORDER BY position ${direction} LIMIT ${limit}`
}

/** Throws `not_found`. Developers and above. */
export async function getRow(scope: Scope, input: RowRef): Promise<DatasetRowView> {
  requireRead(scope, 'developer')
  const { id, rowId } = parseInput(RowRef, input)
  return scope.tx(async (tx) => {
    const dataset = await requireDataset(tx, scope, id)
    return toRowView(await requireRow(tx, scope, id, rowId), shapeOf(dataset))
  })
}

async function requireRow(tx: Tx, { workspaceId }: Scope, datasetId: string, rowId: string) {
  const [row] = await tx.$queryRaw<(StoredRow & { from_revision: number })[]>`
    SELECT ${Prisma.raw(rowColumns)}, from_revision FROM dataset_rows
     WHERE workspace_id = ${workspaceId} AND dataset_id = ${datasetId} AND row_id = ${rowId} AND to_revision IS NULL`
  if (!row) throw notFound('Row')
  return row
}

/** Appends rows, all or none. Developers and above. Throws `invalid_request` by field (`rows.0.inputs.question`), `dataset_full`. */
export async function addRows(scope: Scope, input: AddRowsInput): Promise<{ items: DatasetRowView[] }> {
  requireRole(scope, 'developer')
  const { id, rows } = parseInput(AddRowsInput, input)
  return scope.tx(async (tx) => {
    const dataset = await lockDataset(tx, scope, id)
    const shape = shapeOf(dataset)
    const contents = rows.map((row, index) => requireContent(shape, row, `rows.${index}`))
    const ids = await insertRows(tx, scope, id, contents)
    await recordAudit(tx, scope, { action: 'dataset.rows_add', target: targetOf(dataset), after: { rows: ids.length } })
    const made = await tx.$queryRaw<StoredRow[]>`
      SELECT ${Prisma.raw(rowColumns)} FROM dataset_rows
       WHERE workspace_id = ${scope.workspaceId} AND dataset_id = ${id} AND row_id = ANY(${ids}) AND to_revision IS NULL ORDER BY position`
    return { items: made.map((row) => toRowView(row, shape)) }
  })
}

/** What is sent takes the place of what stands; what is left out stays. Developers and above. Throws `stale_version`. */
export async function updateRow(scope: Scope, input: UpdateRowInput): Promise<DatasetRowView> {
  requireRole(scope, 'developer')
  const { id, rowId, version, ...change } = parseInput(UpdateRowInput, input)
  return scope.tx(async (tx) => {
    const dataset = await lockDataset(tx, scope, id)
    const shape = shapeOf(dataset)
    const before = await requireRow(tx, scope, id, rowId)
    const view = toRowView(before, shape)
    if (before.version !== version) throw staleEdit('The row', view)
    const { inputs, messages, expected } = requireContent(shape, { ...view, ...change }, '')
    await writeVersion(tx, scope, dataset, before, { inputs, messages, expected })
    await countRows(tx, scope, id, 0)
    await recordAudit(tx, scope, { action: 'dataset.row_update', target: targetOf(dataset), after: { row: rowId } })
    return toRowView(await requireRow(tx, scope, id, rowId), shape)
  })
}

/** In place, or, where a snapshot may have the row, as a new version of it. */
async function writeVersion(
  tx: Tx,
  scope: Scope,
  { id, revision }: Dataset,
  before: StoredRow & { from_revision: number },
  content: RowContent,
): Promise<void> {
  const { workspaceId } = scope
  const json = Prisma.sql`${JSON.stringify(content.inputs)}::jsonb, ${JSON.stringify(content.messages)}::jsonb, nullif(${JSON.stringify(content.expected)}::jsonb, 'null')`
  const place = Prisma.sql`workspace_id = ${workspaceId} AND dataset_id = ${id} AND row_id = ${before.row_id} AND from_revision = ${before.from_revision}`
  if (before.from_revision === revision) {
    await tx.$executeRaw`UPDATE dataset_rows SET (inputs, messages, expected, version, updated_at) = (${json}, version + 1, ${scope.now()}) WHERE ${place}`
    return
  }
  await tx.$executeRaw`
    WITH old AS (UPDATE dataset_rows SET to_revision = ${revision} WHERE ${place} RETURNING *)
    INSERT INTO dataset_rows (workspace_id, dataset_id, row_id, from_revision, position, request_id, import_id, version, updated_at, inputs, messages, expected)
      SELECT workspace_id, dataset_id, row_id, ${revision}, position, request_id, import_id, version + 1, ${scope.now()}, ${json} FROM old`
}

/**
 * Takes rows away; `undo` brings them back, until the next snapshot is made. Developers and above. Snapshots keep theirs.
 */
export async function deleteRows(scope: Scope, input: DeleteRowsInput): Promise<{ deleted: number; undo: string }> {
  requireRole(scope, 'developer')
  const { id, ...rest } = input
  const { rowIds, search } = parseInput(DeleteRowsBody, rest)
  const where = rowIds ? Prisma.sql`row_id = ANY(${rowIds})` : matches(search)
  return scope.tx(async (tx) => {
    const dataset = await lockDataset(tx, scope, parseInput(DatasetRef, { id }).id)
    const at = scope.now()
    const deleted = await endRows(tx, scope, dataset, where, at)
    if (deleted > 0)
      await recordAudit(tx, scope, {
        action: 'dataset.rows_delete',
        target: targetOf(dataset),
        before: { rows: dataset.rowCount },
        after: { rows: dataset.rowCount - deleted },
      })
    return { deleted, undo: at.toISOString() }
  })
}

/** Brings back what one deletion took. Developers and above. Returns how many rows. Throws `dataset_full`. */
export async function restoreRows(scope: Scope, input: RestoreRowsInput): Promise<{ restored: number }> {
  requireRole(scope, 'developer')
  const { id, undo } = parseInput(RestoreRowsInput, input)
  return scope.tx(async (tx) => {
    const dataset = await lockDataset(tx, scope, id)
    const { workspaceId } = scope
    // Of a row that was edited and then deleted, the edit.
    const restored = await tx.$executeRaw`
      UPDATE dataset_rows r SET to_revision = NULL
        FROM (SELECT row_id, max(from_revision) AS newest FROM dataset_rows
               WHERE workspace_id = ${workspaceId} AND dataset_id = ${id} AND to_revision = ${dataset.revision} AND updated_at = ${new Date(undo)} GROUP BY row_id) o
       WHERE r.workspace_id = ${workspaceId} AND r.dataset_id = ${id} AND r.row_id = o.row_id AND r.from_revision = o.newest
         AND NOT EXISTS (SELECT 1 FROM dataset_rows l WHERE l.workspace_id = ${workspaceId} AND l.dataset_id = ${id} AND l.row_id = r.row_id AND l.to_revision IS NULL)`
    if (restored === 0) return { restored }
    if (dataset.rowCount + restored > rowsMax)
      throw new AppError({
        kind: 'conflict',
        code: 'dataset_full',
        message: 'The dataset has no room for them any more.',
      })
    await countRows(tx, scope, id, restored)
    await recordAudit(tx, scope, {
      action: 'dataset.rows_restore',
      target: targetOf(dataset),
      before: { rows: dataset.rowCount },
      after: { rows: dataset.rowCount + restored },
    })
    return { restored }
  })
}

function requireContent(
  shape: RowShape,
  raw: { inputs?: Record<string, unknown>; messages?: unknown; expected?: unknown },
  path: string,
): RowContent {
  const read = readRow(shape, raw, false)
  if ('content' in read) return read.content
  const named = ({ field, message }: RowProblem) => [[path, field].filter(Boolean).join('.'), message] as const
  const fields = Object.fromEntries(read.problems.map(named))
  const [field, message] = named(read.problems[0]!)
  throw invalidInput(field ? `${field}: ${message}` : message, fields)
}
