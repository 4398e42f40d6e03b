import { timeOfId } from '#lib/core/ids.ts'
import { Prisma } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { standing } from '../datasets/write-rows.ts'
import type { Score } from '../evaluators/score.ts'
import type { RunReason } from './answers.ts'
import type { RunRow } from './compose.ts'
import type { CellAnswer } from './reply.ts'
import { type StoredRunRow, toRunRow } from './rows.ts'
import { type RunRowOf, requireRun } from './stored.ts'

/** Longer than a process is silent while it lives. */
export const leaseMs = 15_000

/** What is written of one answer. */
export interface CellResult {
  candidate: number
  rowId: string
  state: 'answered' | 'done' | 'failed'
  tries: number
  requestId: string
  answer: CellAnswer | null
  status: number
  errorCode: string
  errorMessage: string
  inputTokens: number | null
  outputTokens: number | null
  costNanoUsd: bigint | null
  latencyMs: number | null
  firstTokenMs: number | null
  finishReason: string
  scores: ScoreResult[]
}

export interface ScoreResult {
  evaluator: number
  state: 'waiting' | 'done' | 'failed'
  score: Score | null
  requestIds: string[]
  costNanoUsd: bigint | null
}

/** A judgement that came after its answer. `cell`: what becomes of the cell by it; null: others are still to come. */
export interface JudgedResult extends ScoreResult {
  candidate: number
  rowId: string
  cell: { state: 'done' | 'failed'; errorCode: string; errorMessage: string } | null
}

/** A cell that is answered and not judged yet, with its row. */
export interface AnsweredCell {
  candidate: number
  row: RunRow
  answer: CellAnswer
  waiting: number[]
  failed: boolean
  latencyMs: number | null
  costNanoUsd: bigint | null
  inputTokens: number | null
  outputTokens: number | null
}

export class LeaseLost extends Error {}

/** Makes this process the one that executes a run; null where another one does, or there is nothing to execute. */
export async function takeLease(scope: Scope, runId: string, holder: string): Promise<RunRowOf | null> {
  return scope.tx(async (tx) => {
    const now = scope.now()
    const count = await tx.$executeRaw`
      UPDATE experiment_runs SET holder = ${holder}, lease_until = ${new Date(now.getTime() + leaseMs)}, state = 'running', reason = NULL, resumes_at = NULL, pace = 0, started_at = coalesce(started_at, ${now})
       WHERE workspace_id = ${scope.workspaceId} AND id = ${runId} AND (state IN ('queued', 'running') OR (state = 'paused' AND resumes_at <= ${now}))
         AND (holder = '' OR holder = ${holder} OR lease_until < ${now})`
    return count === 0 ? null : requireRun(tx, scope, runId)
  })
}

/** Says that this process lives; answers what people want of the run. Throws `LeaseLost`. */
export async function keepLease(scope: Scope, runId: string, holder: string, pace: number) {
  return scope.tx(async (tx) => {
    const until = new Date(scope.now().getTime() + leaseMs)
    const [row] = await tx.$queryRaw<{ state: string; cap: bigint | null }[]>`
      UPDATE experiment_runs SET lease_until = ${until}, pace = ${pace}
       WHERE workspace_id = ${scope.workspaceId} AND id = ${runId} AND holder = ${holder} RETURNING state, cap_nano_usd AS cap`
    if (!row) throw new LeaseLost()
    return row
  })
}

/**
 * Lets go of the run, in another state unless people gave it one meanwhile. `state` undefined: as it stands. `then` is done
 * with it, where somebody has to go on.
 */
export async function endLease(
  scope: Scope,
  runId: string,
  holder: string,
  end: { state?: 'paused' | 'completed' | 'failed'; reason?: RunReason | null; resumesAt?: Date | null },
  then: (tx: Tx, at: Date | undefined) => Promise<unknown>,
): Promise<void> {
  const { reason = null, resumesAt = null } = end
  const { workspaceId } = scope
  await scope.tx(async (tx) => {
    const [held] = await tx.$queryRaw<{ state: string }[]>`
      SELECT state FROM experiment_runs WHERE workspace_id = ${workspaceId} AND id = ${runId} AND holder = ${holder} FOR UPDATE`
    if (!held) return
    const isGoing = held.state === 'queued' || held.state === 'running'
    const state = isGoing ? end.state : undefined
    const isOver = state === 'completed' || state === 'failed'
    await tx.experimentRun.updateMany({
      where: { workspaceId, id: runId },
      data: {
        holder: '',
        leaseUntil: null,
        pace: 0,
        ...(state && { state, reason: reason ?? Prisma.DbNull, resumesAt }),
        ...(isOver && { finishedAt: scope.now() }),
      },
    })
    if (isGoing && !state) await then(tx, undefined)
    else if (state === 'paused' && resumesAt) await then(tx, resumesAt)
  })
}

const preparedAtOnce = 20_000

/** Makes the cells of a run, a part after the other: for 100,000 rows in a few seconds. */
export async function prepareCells(scope: Scope, run: RunRowOf, candidates: number): Promise<void> {
  const { workspaceId } = scope
  let after = 0
  for (let made = 0; made < run.rowCount; ) {
    const limit = Math.min(preparedAtOnce, run.rowCount - made)
    const rows = await scope.tx(async (tx) => {
      const found = await tx.$queryRaw<{ position: number; row_id: string }[]>`
        SELECT position, row_id FROM dataset_rows WHERE workspace_id = ${workspaceId} AND dataset_id = ${run.datasetId} AND position > ${after} AND ${standing(run.snapshot)}
         ORDER BY position LIMIT ${limit}`
      const ids = found.map(({ row_id }) => row_id)
      const positions = found.map(({ position }) => position)
      await tx.$executeRaw`
        INSERT INTO experiment_cells (workspace_id, run_id, candidate, row_id, position)
          SELECT ${workspaceId}, ${run.id}, c, r.id, r.position FROM unnest(${ids}::text[], ${positions}::integer[]) r(id, position)
            CROSS JOIN generate_series(0, ${candidates - 1}) c ON CONFLICT DO NOTHING`
      return found
    })
    if (rows.length === 0) break
    made += rows.length
    after = rows.at(-1)!.position
  }
  await scope.tx((tx) => tx.experimentRun.updateMany({ where: { workspaceId, id: run.id }, data: { prepared: true } }))
}

/** Cells of a candidate that wait, after a position, with their rows. */
export async function loadWaiting(
  scope: Scope,
  run: RunRowOf,
  candidate: number,
  after: number,
  limit: number,
): Promise<{ row: RunRow; tries: number }[]> {
  const { workspaceId } = scope
  const rows = await scope.tx(
    (tx) => tx.$queryRaw<(StoredRunRow & { tries: number })[]>`
      SELECT r.row_id, r.position, r.inputs, r.messages, r.expected, r.request_id, c.tries FROM experiment_cells c
        JOIN dataset_rows r ON r.workspace_id = c.workspace_id AND r.dataset_id = ${run.datasetId} AND r.position = c.position AND r.row_id = c.row_id AND ${standing(run.snapshot)}
       WHERE c.workspace_id = ${workspaceId} AND c.run_id = ${run.id} AND c.candidate = ${candidate} AND c.position > ${after} AND c.state = 'waiting'
       ORDER BY c.position LIMIT ${limit}`,
  )
  return rows.map(({ tries, ...row }) => ({ row: toRunRow(row), tries }))
}

/** Cells that are answered and not judged, after a place. */
export async function loadAnswered(
  scope: Scope,
  run: RunRowOf,
  after: { candidate: number; position: number },
  limit: number,
): Promise<AnsweredCell[]> {
  const { workspaceId } = scope
  interface Row extends StoredRunRow {
    candidate: number
    answer: CellAnswer
    waiting: number[]
    failed: boolean
    latency_ms: number | null
    cost: bigint | null
    input_tokens: number | null
    output_tokens: number | null
  }
  const rows = await scope.tx(
    (tx) => tx.$queryRaw<Row[]>`
      SELECT r.row_id, r.position, r.inputs, r.messages, r.expected, r.request_id, c.candidate, c.answer, c.latency_ms, c.cost_nano_usd AS cost, c.input_tokens, c.output_tokens, s.waiting, s.failed
        FROM experiment_cells c
        JOIN dataset_rows r ON r.workspace_id = c.workspace_id AND r.dataset_id = ${run.datasetId} AND r.position = c.position AND r.row_id = c.row_id AND ${standing(run.snapshot)}
        CROSS JOIN LATERAL (SELECT coalesce(array_agg(evaluator) FILTER (WHERE s.state = 'waiting'), '{}') AS waiting, coalesce(bool_or(s.state = 'failed'), false) AS failed FROM experiment_scores s
          WHERE s.workspace_id = c.workspace_id AND s.run_id = c.run_id AND s.candidate = c.candidate AND s.row_id = c.row_id) s
       WHERE c.workspace_id = ${workspaceId} AND c.run_id = ${run.id} AND c.state = 'answered' AND (c.candidate, c.position) > (${after.candidate}, ${after.position})
       ORDER BY c.candidate, c.position LIMIT ${limit}`,
  )
  return rows.map((row) => ({
    candidate: row.candidate,
    row: toRunRow(row),
    answer: row.answer,
    waiting: row.waiting,
    failed: row.failed,
    latencyMs: row.latency_ms,
    costNanoUsd: row.cost,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
  }))
}

/** What the ledger knows of recorded requests, by their ids. */
export async function loadRecorded(scope: Scope, requestIds: readonly string[]): Promise<Map<string, RecordedFacts>> {
  if (requestIds.length === 0) return new Map()
  const times = requestIds.map((id) => new Date(timeOfId(id)))
  const rows = await scope.tx(
    (tx) => tx.$queryRaw<(RecordedFacts & { id: string })[]>`
      SELECT r.id, r.latency_ms AS "latencyMs", r.first_byte_ms AS "firstByteMs", r.input_tokens::float8 AS "inputTokens", r.output_tokens::float8 AS "outputTokens",
          CASE WHEN r.priced THEN r.cost_nano_usd END AS "costNanoUsd"
        FROM unnest(${[...requestIds]}::text[], ${times}::timestamptz[]) w(id, at) JOIN ledger.records r ON r.workspace_id = ${scope.workspaceId} AND r.id = w.id AND r.started_at = w.at`,
  )
  return new Map(rows.map((row) => [row.id, row]))
}

export interface RecordedFacts {
  latencyMs: number
  firstByteMs: number | null
  inputTokens: number
  outputTokens: number
  costNanoUsd: bigint | null
}

/** Writes what is finished, all of it or, where the run is held by somebody else by now, nothing. Throws `LeaseLost`. */
export async function writeResults(
  scope: Scope,
  run: { id: string; holder: string },
  cells: readonly CellResult[],
  judged: readonly JudgedResult[],
): Promise<void> {
  const { workspaceId } = scope
  await scope.tx(async (tx) => {
    const ends = [...cells, ...judged.flatMap(({ cell }) => cell ?? [])]
    const count = (state: string) => ends.filter((each) => each.state === state).length
    const paid = [
      ...cells.filter(({ requestId }) => requestId !== ''),
      ...cells.flatMap(({ scores }) => scores),
      ...judged,
    ]
    const cost = paid.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0n), 0n)
    const held = await tx.$executeRaw`
      UPDATE experiment_runs SET done = done + ${count('done')}, failed = failed + ${count('failed')}, cost_nano_usd = cost_nano_usd + ${cost}
       WHERE workspace_id = ${workspaceId} AND id = ${run.id} AND holder = ${run.holder}`
    if (held === 0) throw new LeaseLost()
    if (cells.length > 0) await writeCells(tx, scope, run.id, cells)
    if (judged.length > 0) await writeJudged(tx, scope, run.id, judged)
  })
}

async function writeCells(tx: Tx, scope: Scope, runId: string, cells: readonly CellResult[]): Promise<void> {
  const { workspaceId } = scope
  const rows = cells.map(({ scores, costNanoUsd, ...cell }) => ({ ...cell, cost: costNanoUsd?.toString() ?? null }))
  await tx.$executeRaw`
    UPDATE experiment_cells c SET state = r.state, tries = r.tries, request_id = r."requestId", answer = nullif(r.answer, 'null'), status = r.status, error_code = r."errorCode", error_message = r."errorMessage",
        input_tokens = r."inputTokens", output_tokens = r."outputTokens", cost_nano_usd = r.cost, latency_ms = r."latencyMs", first_token_ms = r."firstTokenMs", finish_reason = r."finishReason",
        finished_at = CASE WHEN r.state = 'answered' THEN NULL ELSE ${scope.now()}::timestamptz END
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(candidate integer, "rowId" text, state text, tries integer, "requestId" text, answer jsonb, status integer, "errorCode" text, "errorMessage" text,
        "inputTokens" integer, "outputTokens" integer, cost bigint, "latencyMs" integer, "firstTokenMs" integer, "finishReason" text)
     WHERE c.workspace_id = ${workspaceId} AND c.run_id = ${runId} AND c.candidate = r.candidate AND c.row_id = r."rowId"`
  const scores = cells.flatMap(({ candidate, rowId, scores: all }) =>
    all.map((each) => toScoreRow(candidate, rowId, each)),
  )
  if (scores.length === 0) return
  await tx.$executeRaw`
    INSERT INTO experiment_scores (workspace_id, run_id, candidate, row_id, evaluator, state, passed, value, label, detail, skipped, error, request_ids, cost_nano_usd)
      SELECT ${workspaceId}, ${runId}, r.candidate, r."rowId", r.evaluator, r.state, r.passed, r.value, r.label, r.detail, r.skipped, r.error, '{}', NULL
        FROM ${scoreRows(scores)} ON CONFLICT (workspace_id, run_id, candidate, row_id, evaluator) DO UPDATE SET state = excluded.state, passed = excluded.passed, value = excluded.value, label = excluded.label,
          detail = excluded.detail, skipped = excluded.skipped, error = excluded.error`
}

async function writeJudged(tx: Tx, scope: Scope, runId: string, judged: readonly JudgedResult[]): Promise<void> {
  const { workspaceId } = scope
  const scores = judged.map((each) => toScoreRow(each.candidate, each.rowId, each))
  await tx.$executeRaw`
    UPDATE experiment_scores s SET state = r.state, passed = r.passed, value = r.value, label = r.label, detail = r.detail, skipped = r.skipped, error = r.error,
        request_ids = s.request_ids || r."requestIds", cost_nano_usd = CASE WHEN r.cost IS NULL THEN s.cost_nano_usd ELSE coalesce(s.cost_nano_usd, 0) + r.cost END
      FROM ${scoreRows(scores)}
     WHERE s.workspace_id = ${workspaceId} AND s.run_id = ${runId} AND s.candidate = r.candidate AND s.row_id = r."rowId" AND s.evaluator = r.evaluator`
  const ends = judged.flatMap(({ candidate, rowId, cell }) => (cell ? [{ candidate, rowId, ...cell }] : []))
  if (ends.length === 0) return
  await tx.$executeRaw`
    UPDATE experiment_cells c SET state = r.state, error_code = r."errorCode", error_message = r."errorMessage", finished_at = ${scope.now()}
      FROM jsonb_to_recordset(${JSON.stringify(ends)}::jsonb) AS r(candidate integer, "rowId" text, state text, "errorCode" text, "errorMessage" text)
     WHERE c.workspace_id = ${workspaceId} AND c.run_id = ${runId} AND c.candidate = r.candidate AND c.row_id = r."rowId"`
}

function toScoreRow(
  candidate: number,
  rowId: string,
  { evaluator, state, score, requestIds, costNanoUsd }: ScoreResult,
) {
  return {
    candidate,
    rowId,
    evaluator,
    state,
    passed: score?.passed ?? null,
    value: score?.value ?? null,
    label: score?.label ?? null,
    detail: storable(score?.detail ?? ''),
    skipped: score?.skipped ?? false,
    error: storable(score?.error ?? ''),
    requestIds,
    cost: costNanoUsd?.toString() ?? null,
  }
}

/** Text as Postgres takes it. */
function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

function scoreRows(scores: readonly ReturnType<typeof toScoreRow>[]): Prisma.Sql {
  return Prisma.sql`jsonb_to_recordset(${JSON.stringify(scores)}::jsonb) AS r(candidate integer, "rowId" text, evaluator integer, state text, passed boolean, value float8, label text, detail text, skipped boolean, error text, "requestIds" text[], cost bigint)`
}

/** Cells and judgements that are still to come. */
export async function countLeft(scope: Scope, runId: string): Promise<number> {
  return scope.tx((tx) =>
    tx.experimentCell.count({
      where: { workspaceId: scope.workspaceId, runId, state: { in: ['waiting', 'answered'] } },
    }),
  )
}

/** What becomes of a cell whose judgements are all there. */
export function endOf(problem: string): { state: 'done' | 'failed'; errorCode: string; errorMessage: string } {
  return problem === ''
    ? { state: 'done', errorCode: '', errorMessage: '' }
    : { state: 'failed', errorCode: 'not_judged', errorMessage: problem.slice(0, 1_000) }
}
