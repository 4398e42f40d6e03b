import { Prisma } from '#lib/platform/generated/prisma/client.ts'
import type { Tx } from '#lib/tenancy/index.ts'
import { likeJson, likeText, matches, standing } from '../datasets/write-rows.ts'
import type { GridFilter } from './grid-input.ts'
import { type RunRowOf, readPinned } from './stored.ts'

interface Wanted {
  sort: string
  filter: GridFilter
  from: number
  limit: number
}

/**
 * Ids of the rows in a window, in their order, and how many there are. Facts of rows (their places, what they are sorted by,
 * the conditions that they meet) are put below each other and grouped: each table is read once. Joins would be quicker by
 * the right plan, and take as many steps as the square of the rows by the plan for a run that the planner knows nothing of.
 */
export async function findRows(tx: Tx, run: RunRowOf, wanted: Wanted): Promise<{ rows: string[]; total: number }> {
  const { sort, filter, from, limit } = wanted
  const { workspaceId, id } = run
  const places = Prisma.sql`experiment_cells WHERE workspace_id = ${workspaceId} AND run_id = ${id} AND candidate = 0 AND position > 0`
  const conditions = conditionsOf(run, filter)
  const isDown = sort.startsWith('-')
  const by = sort.replace(/^-/, '')
  const direction = isDown ? Prisma.sql`DESC` : Prisma.sql`ASC`
  if (by === 'position' && conditions.length === 0) {
    const found = await tx.$queryRaw<{ row_id: string }[]>`
      SELECT row_id FROM ${places} ORDER BY position ${direction} LIMIT ${limit} OFFSET ${from}`
    return { rows: found.map(({ row_id }) => row_id), total: run.prepared ? run.rowCount : found.length }
  }
  const none = by.startsWith('error') ? Prisma.sql`NULL::text` : Prisma.sql`NULL::float8`
  const facts = [Prisma.sql`SELECT row_id, position, ${none} AS key, NULL::integer AS met FROM ${places}`]
  if (by !== 'position') facts.push(Prisma.sql`SELECT row_id, NULL, ${keyOf(run, by)}`)
  for (const [at, { rows }] of conditions.entries())
    for (const each of rows) facts.push(Prisma.sql`SELECT row_id, NULL, ${none}, ${at}::integer FROM ${each}`)
  const met = conditions.map(({ not }, at) =>
    not ? Prisma.sql`AND bool_or(met = ${at}) IS NOT TRUE` : Prisma.sql`AND bool_or(met = ${at})`,
  )
  const key = by === 'position' ? Prisma.empty : Prisma.sql`max(key) ${direction} NULLS LAST,`
  const found = await tx.$queryRaw<{ row_id: string; total: number }[]>`
    SELECT row_id, (count(*) OVER ())::integer AS total FROM (${Prisma.join(facts, ' UNION ALL ')}) f
     GROUP BY row_id HAVING max(position) > 0 ${met.length > 0 ? Prisma.join(met, ' ') : Prisma.empty}
     ORDER BY ${key} max(position) ${by === 'position' ? direction : Prisma.empty} LIMIT ${limit} OFFSET ${from}`
  const rows = found.map(({ row_id }) => row_id)
  if (rows.length > 0 || from === 0) return { rows, total: found[0]?.total ?? 0 }
  // Behind the last one.
  return { rows, total: (await findRows(tx, run, { ...wanted, from: 0, limit: 1 })).total }
}

/** What rows are sorted by, and where it stands. */
function keyOf(run: RunRowOf, by: string): Prisma.Sql {
  const [what = '', candidate, evaluator] = by.split(':')
  const of = Prisma.sql`workspace_id = ${run.workspaceId} AND run_id = ${run.id} AND candidate = ${Number(candidate)}`
  if (what === 'score')
    return Prisma.sql`value, NULL FROM experiment_scores WHERE ${of} AND evaluator = ${Number(evaluator)}`
  // A figure that is not known, or no error, comes behind all others.
  if (what === 'error') return Prisma.sql`nullif(error_code, ''), NULL FROM experiment_cells WHERE ${of}`
  const columns: Record<string, Prisma.Sql> = {
    latency: Prisma.sql`latency_ms`,
    firstToken: Prisma.sql`first_token_ms`,
    cost: Prisma.sql`cost_nano_usd`,
    inputTokens: Prisma.sql`input_tokens`,
    outputTokens: Prisma.sql`output_tokens`,
    tries: Prisma.sql`tries`,
  }
  return Prisma.sql`${columns[what]!}::float8, NULL FROM experiment_cells WHERE ${of}`
}

/** What has a `row_id` where a row meets a condition; `not`: where it does not. */
interface Condition {
  rows: Prisma.Sql[]
  not?: boolean
}

function conditionsOf(run: RunRowOf, filter: GridFilter): Condition[] {
  const conditions: Condition[] = []
  const { candidates, baseline } = readPinned(run)
  const asked = filter.candidate === undefined ? candidates.map((_, at) => at) : [filter.candidate]
  const ofRun = Prisma.sql`workspace_id = ${run.workspaceId} AND run_id = ${run.id}`
  const ofAsked = Prisma.sql`${ofRun} AND candidate = ANY(${asked}::integer[])`
  const search = filter.search?.trim()
  if (search)
    conditions.push({
      rows: [
        Prisma.sql`dataset_rows WHERE workspace_id = ${run.workspaceId} AND dataset_id = ${run.datasetId} AND position > 0 AND ${standing(run.snapshot)} AND ${matches(search)}`,
        // Not the whole JSON: pictures stand in it, too.
        Prisma.sql`experiment_cells WHERE ${ofAsked} AND (answer->>'text' ILIKE ${likeText(search)} OR (answer->'toolCalls')::text ILIKE ${likeJson(search)})`,
      ],
    })
  const cells = cellConditions(filter)
  if (cells.length > 0)
    conditions.push({ rows: [Prisma.sql`experiment_cells WHERE ${ofAsked} AND ${Prisma.join(cells, ' AND ')}`] })
  if (filter.reviewed !== undefined)
    conditions.push({ rows: [Prisma.sql`experiment_reviews WHERE ${ofAsked}`], not: !filter.reviewed })
  const scores = scoreConditions(filter)
  if (scores.length > 0) {
    const { evaluator } = filter
    const ofEvaluator = evaluator === undefined ? Prisma.empty : Prisma.sql`AND evaluator = ${evaluator}`
    const beside =
      filter.worse === undefined
        ? Prisma.sql`experiment_scores WHERE ${ofRun} ${ofEvaluator}`
        : Prisma.sql`(SELECT *, max(value) FILTER (WHERE candidate = ${baseline}) OVER (PARTITION BY row_id, evaluator) AS base FROM experiment_scores WHERE ${ofRun} ${ofEvaluator}) s WHERE true`
    conditions.push({
      rows: [Prisma.sql`${beside} AND candidate = ANY(${asked}::integer[]) AND ${Prisma.join(scores, ' AND ')}`],
    })
  }
  return conditions
}

/** Of a cell. What is not known is neither little nor much. */
function cellConditions(filter: GridFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  if (filter.state) conditions.push(Prisma.sql`state = ${filter.state}`)
  if (filter.again !== undefined) conditions.push(Prisma.sql`again = ${filter.again}`)
  if (filter.errorCode) conditions.push(Prisma.sql`error_code = ${filter.errorCode}`)
  const between = (column: Prisma.Sql, min: number | bigint | undefined, max: number | bigint | undefined) => {
    if (min !== undefined) conditions.push(Prisma.sql`${column} >= ${min}`)
    if (max !== undefined) conditions.push(Prisma.sql`${column} <= ${max}`)
  }
  const nano = (text: string | undefined) => (text === undefined ? undefined : BigInt(text))
  between(Prisma.sql`latency_ms`, filter.minLatencyMs, filter.maxLatencyMs)
  between(Prisma.sql`first_token_ms`, filter.minFirstTokenMs, filter.maxFirstTokenMs)
  between(Prisma.sql`cost_nano_usd`, nano(filter.minCost), nano(filter.maxCost))
  between(Prisma.sql`input_tokens`, filter.minInputTokens, filter.maxInputTokens)
  between(Prisma.sql`output_tokens`, filter.minOutputTokens, filter.maxOutputTokens)
  return conditions
}

/** Of a score; `base` is that of the candidate that others are compared with. */
function scoreConditions(filter: GridFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  if (filter.passed !== undefined) conditions.push(Prisma.sql`passed = ${filter.passed}`)
  if (filter.minScore !== undefined) conditions.push(Prisma.sql`value >= ${filter.minScore}`)
  if (filter.maxScore !== undefined) conditions.push(Prisma.sql`value <= ${filter.maxScore}`)
  if (filter.label !== undefined) conditions.push(Prisma.sql`label = ${filter.label}`)
  if (filter.worse !== undefined)
    conditions.push(filter.worse ? Prisma.sql`value < base` : Prisma.sql`(value < base) IS NOT TRUE`)
  return conditions
}
