import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { type Dataset, Prisma } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { RowContent } from './row-content.ts'

export const rowsMax = 200_000

export interface NewRow extends RowContent {
  requestId?: string
}

/**
 * Appends rows to a dataset, locked or not; returns their ids in order. Throws `dataset_full`. The caller bounds how much
 * is sent at once.
 */
export async function insertRows(
  tx: Tx,
  scope: Scope,
  datasetId: string,
  rows: readonly NewRow[],
  importId = '',
): Promise<string[]> {
  if (rows.length === 0) return []
  const { workspaceId } = scope
  const now = scope.now()
  const [place] = await tx.$queryRaw<{ revision: number; first: number }[]>`
    UPDATE datasets SET next_position = next_position + ${rows.length}, row_count = row_count + ${rows.length}, changed = true, updated_at = ${now}
     WHERE workspace_id = ${workspaceId} AND id = ${datasetId} AND row_count + ${rows.length} <= ${rowsMax}
     RETURNING revision, next_position - ${rows.length} AS first`
  if (!place) throw datasetFull()
  const records = rows.map((row, index) => ({
    id: newId('row', now.getTime()),
    position: place.first + index,
    inputs: row.inputs,
    messages: row.messages,
    expected: row.expected,
    request: row.requestId ?? '',
  }))
  await tx.$executeRaw`
    INSERT INTO dataset_rows (workspace_id, dataset_id, row_id, from_revision, position, inputs, messages, expected, request_id, import_id, updated_at)
      SELECT ${workspaceId}, ${datasetId}, id, ${place.revision}, position, inputs, messages, nullif(expected, 'null'), request, ${importId}, ${now}
        FROM jsonb_to_recordset(${JSON.stringify(records)}::jsonb) AS r(id text, position integer, inputs jsonb, messages jsonb, expected jsonb, request text)`
  return records.map(({ id }) => id)
}

function datasetFull(): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'dataset_full',
    message: `A dataset holds at most ${rowsMax.toLocaleString('en')} rows.`,
  })
}

/** Ends living rows of a locked dataset; they can be brought back until the next snapshot. Returns how many. */
export async function endRows(tx: Tx, scope: Scope, dataset: Dataset, where: Prisma.Sql, at: Date): Promise<number> {
  const { workspaceId } = scope
  const count = await tx.$executeRaw`
    UPDATE dataset_rows SET to_revision = ${dataset.revision}, updated_at = ${at}
     WHERE workspace_id = ${workspaceId} AND dataset_id = ${dataset.id} AND to_revision IS NULL AND ${where}`
  if (count > 0) await countRows(tx, scope, dataset.id, -count)
  return count
}

/** Notes that rows of a locked dataset came or went, or, `change` 0, were edited. */
export async function countRows(tx: Tx, scope: Scope, datasetId: string, change: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE datasets SET row_count = row_count + ${change}, changed = true, updated_at = ${scope.now()}
     WHERE workspace_id = ${scope.workspaceId} AND id = ${datasetId}`
}

/** Rows in which a text stands, whatever its case. Compared with the JSON as Postgres spells it. */
export function matches(search: string | undefined): Prisma.Sql {
  const text = search?.trim()
  if (!text) return Prisma.sql`true`
  const pattern = likeJson(text)
  return Prisma.sql`(inputs::text ILIKE ${pattern} OR expected::text ILIKE ${pattern} OR messages::text ILIKE ${pattern})`
}

/** The pattern that finds a text in others. */
export function likeText(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

/** The same in JSON as Postgres spells it. */
export function likeJson(text: string): string {
  return likeText(JSON.stringify(text).slice(1, -1))
}

/** Rows of a snapshot, or those that live. */
export function standing(snapshot: number | undefined): Prisma.Sql {
  return snapshot === undefined
    ? Prisma.sql`to_revision IS NULL`
    : Prisma.sql`from_revision <= ${snapshot} AND (to_revision IS NULL OR to_revision > ${snapshot})`
}
