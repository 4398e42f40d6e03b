import { csvLine } from '#lib/core/csv.ts'
import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { requireDataset, shapeAt } from '../datasets/find.ts'
import { textOf } from '../evaluators/score.ts'
import { readGrid } from './grid.ts'
import type { GridRowView } from './grid-answers.ts'
import { ExportRunInput } from './grid-input.ts'
import { readPinned, requireRun } from './stored.ts'

const pageRows = 200

/** Everything of a run, a row a line, by pages: a transaction a page, nothing held in memory. Developers and above. */
export async function* exportRun(scope: Scope, input: ExportRunInput): AsyncGenerator<string> {
  requireRead(scope, 'developer')
  const { id, format } = parseInput(ExportRunInput, input)
  const { run, columns } = await scope.tx(async (tx) => {
    const found = await requireRun(tx, scope, id)
    const shape = await shapeAt(tx, scope, await requireDataset(tx, scope, found.datasetId), found.snapshot)
    return { run: found, columns: shape.columns.map(({ name }) => name) }
  })
  const { candidates, evaluators } = readPinned(run)
  const names = {
    columns,
    candidates: candidates.map(({ name }) => name),
    evaluators: evaluators.map(({ name }) => name),
  }
  if (format === 'csv') yield csvLine(headerOf(names))
  for (let after = 0; ; ) {
    const rows = await scope.tx(async (tx) => {
      const page = await tx.experimentCell.findMany({
        where: { workspaceId: scope.workspaceId, runId: id, candidate: 0, position: { gt: after } },
        orderBy: { position: 'asc' },
        take: pageRows,
        select: { rowId: true },
      })
      return readGrid(
        tx,
        run,
        page.map(({ rowId }) => rowId),
        false,
      )
    })
    const last = rows.at(-1)
    if (!last) return
    after = last.position
    yield rows.map((row) => (format === 'csv' ? toCsv(row, names) : toJsonLine(row, names))).join('')
  }
}

interface Names {
  columns: string[]
  candidates: string[]
  evaluators: string[]
}

const facts = [
  'answer',
  'state',
  'error',
  'latency_ms',
  'first_token_ms',
  'input_tokens',
  'output_tokens',
  'cost_usd',
  'finish_reason',
  'request_id',
  'tries',
  'again',
] as const
const reviewFacts = ['reviewer', 'rating', 'category', 'correction', 'comment'] as const

function headerOf({ columns, candidates, evaluators }: Names): string[] {
  const own = candidates.flatMap((candidate) => [
    ...facts.map((fact) => `${candidate}: ${fact}`),
    ...evaluators.flatMap((evaluator) =>
      ['', ' (why)', ' (cost_usd)'].map((what) => `${candidate}: ${evaluator}${what}`),
    ),
    ...reviewFacts.map((fact) => `${candidate}: ${fact}`),
  ])
  return ['row_id', 'position', ...columns, 'messages', 'expected', ...own]
}

function toCsv(row: GridRowView, { columns, candidates, evaluators }: Names): string {
  const cells = candidates.flatMap((_, candidate) => {
    const cell = row.cells.find((each) => each.candidate === candidate)
    const scores = evaluators.flatMap((__, evaluator) => {
      const score = cell?.scores.find((each) => each.evaluator === evaluator)
      const said =
        score?.label ??
        score?.value ??
        (score?.passed === undefined || score?.passed === null ? '' : String(score.passed))
      return [said, score ? score.error || score.detail : '', score?.cost?.usd ?? '']
    })
    const reviews = cell?.reviews ?? []
    return [
      cell?.answer ? answerCell(cell.answer) : '',
      cell?.state ?? '',
      cell?.error ? `${cell.error.code}: ${cell.error.message}` : '',
      cell?.latencyMs ?? '',
      cell?.firstTokenMs ?? '',
      cell?.inputTokens ?? '',
      cell?.outputTokens ?? '',
      cell?.cost?.usd ?? '',
      cell?.finishReason ?? '',
      cell?.requestId ?? '',
      cell?.tries ?? '',
      cell?.again ? 'true' : '',
      ...scores,
      // A line each, the same one in every column, unless none of them says anything.
      ...reviewFacts.map((fact) => {
        const lines = reviews.map((review) => String(review[fact] ?? ''))
        return lines.some((line) => line !== '') ? lines.join('\n') : ''
      }),
    ]
  })
  const inputs = columns.map((name) => {
    const value = row.inputs[name]
    return value === undefined || value === null ? '' : typeof value === 'number' ? value : textOf(value)
  })
  const expected = row.expected === null ? '' : textOf(row.expected)
  return csvLine([
    row.id,
    row.position,
    ...inputs,
    row.messages.length > 0 ? JSON.stringify(row.messages) : '',
    expected,
    ...cells,
  ])
}

function answerCell({ text, toolCalls, imageCount }: NonNullable<GridRowView['cells'][number]['answer']>): string {
  if (text !== '') return text
  if (toolCalls.length > 0) return JSON.stringify(toolCalls)
  return imageCount > 0 ? `(${imageCount} pictures)` : ''
}

function toJsonLine(row: GridRowView, { candidates, evaluators }: Names): string {
  const { cells, ...rest } = row
  const named = cells.map(({ candidate, scores, ...cell }) => ({
    candidate: candidates[candidate],
    ...cell,
    scores: scores.map(({ evaluator, ...score }) => ({ evaluator: evaluators[evaluator], ...score })),
  }))
  return `${JSON.stringify({ ...rest, cells: named })}\n`
}
