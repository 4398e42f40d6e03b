import { AppError, invalidInput } from '#lib/core/errors.ts'
import { type Dataset, Prisma } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { ColumnType, DatasetColumn } from './columns.ts'

/** As `jsonb_typeof` says. */
const storedTypes: Record<Exclude<ColumnType, 'json'>, string> = {
  text: 'string',
  number: 'number',
  boolean: 'boolean',
}

/**
 * Brings the rows of a locked dataset to other columns: renames what is renamed, and makes sure that every value fits the
 * type that its column is to have. Throws `column_values_differ`.
 */
export async function changeColumns(
  tx: Tx,
  scope: Scope,
  dataset: Dataset,
  wanted: { columns: readonly (DatasetColumn & { was?: string })[] | undefined; expectedType: string },
): Promise<void> {
  const before = new Map((dataset.columns as DatasetColumn[]).map(({ name, type }) => [name, type]))
  const renamed: Record<string, string> = {}
  for (const { name, was } of wanted.columns ?? []) {
    if (was === undefined || was === name) continue
    if (!before.has(was) || Object.hasOwn(renamed, was))
      throw invalidInput(`There is no column “${was}” to be renamed.`, { columns: `There is no column “${was}”.` })
    renamed[was] = name
  }
  if (Object.keys(renamed).length > 0) await renameColumns(tx, scope, dataset, renamed)
  for (const { name, type, was } of wanted.columns ?? [])
    if (type !== before.get(was ?? name)) await requireFit(tx, scope, dataset, Prisma.sql`inputs->${name}`, name, type)
  if (wanted.expectedType !== dataset.expectedType)
    await requireFit(tx, scope, dataset, Prisma.sql`expected`, 'expected', wanted.expectedType as ColumnType)
}

async function renameColumns(tx: Tx, scope: Scope, dataset: Dataset, renamed: Record<string, string>): Promise<void> {
  const map = JSON.stringify(renamed)
  // A value that stays unseen under the new name would be a second one.
  const gone = Object.values(renamed).filter((name) => !Object.hasOwn(renamed, name))
  await rewriteRows(tx, scope, dataset, {
    inputs: Prisma.sql`(SELECT coalesce(jsonb_object_agg(coalesce(${map}::jsonb->>e.key, e.key), e.value), '{}') FROM jsonb_each(inputs - ${gone}::text[]) e)`,
    where: Prisma.sql`inputs ?| ${Object.keys(renamed)}::text[]`,
  })
}

/** Rewrites living rows: in place where no snapshot has them, else as a new version. */
async function rewriteRows(
  tx: Tx,
  { workspaceId }: Scope,
  { id, revision }: Dataset,
  { inputs, where }: { inputs: Prisma.Sql; where: Prisma.Sql },
): Promise<void> {
  const living = Prisma.sql`workspace_id = ${workspaceId} AND dataset_id = ${id} AND to_revision IS NULL AND ${where}`
  await tx.$executeRaw`UPDATE dataset_rows SET inputs = ${inputs}, version = version + 1 WHERE ${living} AND from_revision = ${revision}`
  await tx.$executeRaw`
    WITH old AS (UPDATE dataset_rows SET to_revision = ${revision} WHERE ${living} AND from_revision < ${revision} RETURNING *)
    INSERT INTO dataset_rows (workspace_id, dataset_id, row_id, from_revision, position, inputs, messages, expected, request_id, import_id, version, updated_at)
      SELECT workspace_id, dataset_id, row_id, ${revision}, position, ${inputs}, messages, expected, request_id, import_id, version + 1, updated_at FROM old`
}

async function requireFit(
  tx: Tx,
  { workspaceId }: Scope,
  { id }: Dataset,
  value: Prisma.Sql,
  name: string,
  type: ColumnType,
): Promise<void> {
  if (type === 'json') return
  const [found] = await tx.$queryRaw<{ count: number; position: number | null }[]>`
    SELECT count(*)::integer AS count, min(position)::integer AS position FROM dataset_rows
     WHERE workspace_id = ${workspaceId} AND dataset_id = ${id} AND to_revision IS NULL AND jsonb_typeof(${value}) NOT IN (${storedTypes[type]}, 'null')`
  if (!found || found.count === 0) return
  const rows = found.count === 1 ? '1 row holds' : `${found.count.toLocaleString('en')} rows hold`
  throw new AppError({
    kind: 'conflict',
    code: 'column_values_differ',
    message: `“${name}” cannot be ${type}: ${rows} another kind of value, row ${found.position} the first.`,
    details: { column: name, rows: found.count, position: found.position },
  })
}
