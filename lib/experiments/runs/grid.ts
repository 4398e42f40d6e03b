import { notFound } from '#lib/core/errors.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { ExperimentCell, ExperimentReview, ExperimentScore } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, requireRead, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { standing } from '../datasets/write-rows.ts'
import { describeVectors } from '../evaluators/similarity.ts'
import type {
  CellAnswerView,
  CellDetailView,
  CellView,
  GridRowView,
  GridView,
  ReviewView,
  ScoreView,
} from './grid-answers.ts'
import { findRows } from './grid-find.ts'
import { CellRef, GridInput } from './grid-input.ts'
import type { CellAnswer } from './reply.ts'
import { type StoredRunRow, toRunRow } from './rows.ts'
import { type RunRowOf, readPinned, requireRun } from './stored.ts'

/** Of a text in a list; a cell by itself has all of it. */
const shownCharacters = 2_000

/** A window of a run's rows with every candidate's cell, sorted and filtered by anything in them. Developers and above. */
export async function listCells(scope: Scope, input: GridInput): Promise<GridView> {
  requireRead(scope, 'developer')
  const { id, sort, from, limit, ...filter } = parseInput(GridInput, input)
  return scope.tx(async (tx) => {
    const run = await requireRun(tx, scope, id)
    const { rows, total } = await findRows(tx, run, { sort, filter, from, limit })
    return { items: await readGrid(tx, run, rows, true), total }
  })
}

/** One cell with its whole row, answer, scores and reviews. Throws `not_found`. Developers and above. */
export async function getCell(scope: Scope, input: CellRef): Promise<CellDetailView> {
  requireRead(scope, 'developer')
  const { id, rowId, candidate } = parseInput(CellRef, input)
  return scope.tx(async (tx) => {
    const run = await requireRun(tx, scope, id)
    const [row] = await readGrid(tx, run, [rowId], false)
    const cell = row?.cells.find((each) => each.candidate === candidate)
    if (!row || !cell) throw notFound('Cell')
    const { cells, ...rest } = row
    return { ...rest, cell }
  })
}

/** Rows of a run with everything in them, in the order of `rowIds`. `short`: long texts are cut, pictures counted. */
export async function readGrid(
  tx: Tx,
  run: RunRowOf,
  rowIds: readonly string[],
  short: boolean,
): Promise<GridRowView[]> {
  if (rowIds.length === 0) return []
  const { workspaceId, id: runId } = run
  const where = { workspaceId, runId, rowId: { in: [...rowIds] } }
  const rows = await tx.$queryRaw<StoredRunRow[]>`
    SELECT row_id, position, inputs, messages, expected, request_id FROM dataset_rows
     WHERE workspace_id = ${workspaceId} AND dataset_id = ${run.datasetId} AND row_id = ANY(${[...rowIds]}) AND ${standing(run.snapshot)}`
  const cells = await tx.experimentCell.findMany({ where, orderBy: { candidate: 'asc' } })
  const scores = await tx.experimentScore.findMany({ where, orderBy: { evaluator: 'asc' } })
  const reviews = await tx.experimentReview.findMany({ where, orderBy: { updatedAt: 'asc' } })
  const keyOf = (each: { rowId: string; candidate: number }) => `${each.candidate} ${each.rowId}`
  const scoresOf = Map.groupBy(scores, keyOf)
  const reviewsOf = Map.groupBy(reviews, keyOf)
  const cellsOf = Map.groupBy(cells, ({ rowId }) => rowId)
  const isVectors = readPinned(run).candidates.some((each) => 'type' in each && each.type === 'embedding')
  const byId = new Map(rows.map((row) => [row.row_id, toRunRow(row)]))
  return rowIds.flatMap((rowId) => {
    const row = byId.get(rowId)
    const own = cellsOf.get(rowId)
    if (!row || !own) return []
    const shown = (value: unknown) => (short ? shortened(value) : value)
    return [
      {
        id: rowId,
        position: row.position,
        inputs: Object.fromEntries(Object.entries(row.inputs).map(([name, value]) => [name, shown(value)])),
        messages: shown(row.messages) as GridRowView['messages'],
        expected:
          short && isVectors && row.expected !== null
            ? describeVectors(JSON.stringify(row.expected))
            : shown(row.expected),
        requestId: row.requestId || null,
        cells: own.map((cell) =>
          toCellView(cell, scoresOf.get(keyOf(cell)) ?? [], reviewsOf.get(keyOf(cell)) ?? [], { short, isVectors }),
        ),
      },
    ]
  })
}

function toCellView(
  cell: ExperimentCell,
  scores: readonly ExperimentScore[],
  reviews: readonly ExperimentReview[],
  how: { short: boolean; isVectors: boolean },
): CellView {
  return {
    candidate: cell.candidate,
    state: cell.state as CellView['state'],
    answer: cell.answer === null ? null : toAnswerView(cell.answer as unknown as CellAnswer, how),
    error: cell.errorCode === '' ? null : { code: cell.errorCode, message: cell.errorMessage },
    latencyMs: cell.latencyMs,
    firstTokenMs: cell.firstTokenMs,
    inputTokens: cell.inputTokens,
    outputTokens: cell.outputTokens,
    cost: cell.costNanoUsd === null ? null : toMoneyView(cell.costNanoUsd),
    finishReason: cell.finishReason,
    requestId: cell.requestId || null,
    tries: cell.tries,
    again: cell.again,
    scores: scores.map(toScoreView),
    reviews: reviews.map(toReviewView),
  }
}

function toAnswerView(
  { text, toolCalls = [], images = [], cut }: CellAnswer,
  { short, isVectors }: { short: boolean; isVectors: boolean },
): CellAnswerView {
  const shown = short ? (shortened(isVectors ? describeVectors(text) : text) as string) : text
  return {
    text: shown,
    toolCalls,
    images: short ? [] : images,
    imageCount: images.length,
    cut: cut === true || shown.length < text.length,
  }
}

function toScoreView(row: ExperimentScore): ScoreView {
  const { evaluator, passed, value, label, detail, skipped, error, again, requestIds, costNanoUsd } = row
  const cost = costNanoUsd === null ? null : toMoneyView(costNanoUsd)
  const state = row.state as ScoreView['state']
  return { evaluator, state, passed, value, label, detail, skipped, error, again, requestIds, cost }
}

export function toReviewView(row: ExperimentReview): ReviewView {
  return {
    reviewerId: row.reviewerId,
    reviewer: row.reviewerLabel,
    rating: row.rating,
    category: row.category,
    correction: row.correction,
    comment: row.comment,
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** A value whose texts are cut. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length > shownCharacters ? value.slice(0, shownCharacters).toWellFormed() : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(shortened)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shortened(each)]))
}
