import { expect, test } from 'vitest'
import type { ModelEntry } from '#lib/models/schema.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addWorkspace, scopeOf } from '#lib/testing/ledger.ts'
import { createDataset } from '../datasets/datasets.ts'
import { addRows } from '../datasets/rows.ts'
import { createEvaluator } from '../evaluators/commands.ts'
import type { GridInput } from '../schema.ts'
import { createExperiment } from './experiments.ts'
import { exportRun } from './export.ts'
import { listCells } from './grid.ts'
import type { House } from './house.ts'
import { reviewCell } from './review.ts'
import { startRun } from './start.ts'
import { type CellResult, prepareCells, writeResults } from './store.ts'
import { requireRun } from './stored.ts'

const { database } = await testDatabase()
const clock = testClock()
const scope = await scopeOf(database, clock, await addWorkspace(database.pool), { role: 'developer' })
const house = {
  queue: { enqueue: async () => undefined },
  findModel: (): ModelEntry | undefined => undefined,
} as unknown as House

/** A run of two candidates whose cells are written by the test: by candidate and the number of the row, from 0. */
async function runWith(rows: number, results: (candidate: number, row: number) => Partial<CellResult>) {
  const dataset = await createDataset(scope, { name: 'Shop', columns: [{ name: 'question' }] })
  const { items } = await addRows(scope, {
    id: dataset.id,
    rows: Array.from({ length: rows }, (_, at) => ({
      inputs: { question: `Where is part ${at}?` },
      expected: `${at}`,
    })),
  })
  const exact = await createEvaluator(scope, { name: 'Exact', config: { kind: 'exact' } })
  const experiment = await createExperiment(scope, {
    name: 'Parts',
    datasetId: dataset.id,
    setup: {
      candidates: ['A', 'B'].map((name) => ({ key: name.toLowerCase(), name, kind: 'recorded' as const })),
      evaluators: [exact.id],
    },
  })
  const { id } = await startRun(house, scope, { id: experiment.id })
  await prepareCells(scope, await scope.tx((tx) => requireRun(tx, scope, id)), 2)
  const cells = [0, 1].flatMap((candidate) =>
    items.map(
      (row, at): CellResult => ({
        ...{ candidate, rowId: row.id, state: 'done', tries: 1, requestId: '', status: 200 },
        ...{ answer: { text: `Shelf ${at}` }, errorCode: '', errorMessage: '', finishReason: 'stop', scores: [] },
        ...{ inputTokens: null, outputTokens: null, costNanoUsd: null, latencyMs: null, firstTokenMs: null },
        ...results(candidate, at),
      }),
    ),
  )
  await writeResults(scope, { id, holder: '' }, cells, [])
  return { id, rowIds: items.map((row) => row.id) }
}

test('the grid is sorted by first token and by error, and what has none comes last either way', async () => {
  const { id } = await runWith(4, (candidate, row) =>
    candidate === 1
      ? {
          firstTokenMs: [30, 10, null, 20][row]!,
          ...(row % 2 === 1 && { state: 'failed' as const, errorCode: row === 1 ? 'upstream_timeout' : 'bad_request' }),
        }
      : {},
  )
  const order = async (sort: string) => (await listCells(scope, { id, sort })).items.map(({ position }) => position)
  expect(await order('firstToken:1')).toEqual([2, 4, 1, 3])
  expect(await order('-firstToken:1')).toEqual([1, 4, 2, 3])
  expect(await order('error:1')).toEqual([4, 2, 1, 3])
  expect(await order('-error:1')).toEqual([2, 4, 1, 3])
  expect(await order('error:0')).toEqual([1, 2, 3, 4])
})

test('the grid is filtered by what answers took and by why they failed, all of it of one and the same cell', async () => {
  const { id } = await runWith(6, (candidate, row) => ({
    // Row by row: A is slow where B is quick.
    latencyMs: candidate === 0 ? 1_000 * row : 5_000 - 1_000 * row,
    firstTokenMs: row === 5 ? null : 100 * row,
    costNanoUsd: row === 0 ? null : BigInt(row) * 1_000_000n,
    ...{ inputTokens: 10 * row, outputTokens: row },
    ...(candidate === 1 && row === 2 && { state: 'failed' as const, errorCode: 'upstream_timeout' }),
    ...(candidate === 0 && row === 3 && { state: 'failed' as const, errorCode: 'unreadable' }),
  }))
  const found = async (filter: Partial<GridInput>) => {
    const { items, total } = await listCells(scope, { id, ...filter })
    expect(total).toBe(items.length)
    return items.map(({ position }) => position - 1)
  }
  expect(await found({ candidate: 0, minLatencyMs: 3_000 })).toEqual([3, 4, 5])
  expect(await found({ candidate: 0, minLatencyMs: 1_000, maxLatencyMs: 2_000 })).toEqual([1, 2])
  expect(await found({ minLatencyMs: 5_000 })).toEqual([0, 5])
  expect(await found({ candidate: 1, maxFirstTokenMs: 100 })).toEqual([0, 1])
  expect(await found({ minFirstTokenMs: 400 })).toEqual([4])
  // Unpriced is neither cheap nor dear.
  expect(await found({ maxCost: '0.002' })).toEqual([1, 2])
  expect(await found({ minCost: '0.004', maxCost: 0.004 })).toEqual([4])
  expect(await found({ minInputTokens: 20, maxInputTokens: 30 })).toEqual([2, 3])
  expect(await found({ minOutputTokens: 5 })).toEqual([5])
  expect(await found({ errorCode: 'upstream_timeout' })).toEqual([2])
  expect(await found({ errorCode: 'upstream_timeout', candidate: 0 })).toEqual([])
  expect(await found({ state: 'failed' })).toEqual([2, 3])
  // Row 3 fails by A after 3 s and is answered by B after 2 s: no cell of it has failed so soon.
  expect(await found({ state: 'failed', maxLatencyMs: 2_000 })).toEqual([])
  expect(await found({ state: 'failed', maxLatencyMs: 3_000 })).toEqual([2, 3])
  await expect(listCells(scope, { id, minCost: '-1' })).rejects.toMatchObject({ kind: 'invalid_input' })
  await expect(listCells(scope, { id, maxLatencyMs: 1.5 })).rejects.toMatchObject({ kind: 'invalid_input' })
})

test('a search finds rows by what they ask and by what was answered, the functions that are called included', async () => {
  const { id } = await runWith(5, (candidate, row) => {
    if (candidate === 0) return {}
    if (row === 2) return { answer: { text: 'It says "50% off_season" there.' } }
    if (row === 3)
      return { answer: { text: '', toolCalls: [{ name: 'find_shelf', arguments: '{"aisle":"Süd\\n7"}' }] } }
    return { answer: null, state: 'failed', errorCode: 'unreadable' }
  })
  const found = async (search: string, more: Partial<GridInput> = {}) => {
    const { items, total } = await listCells(scope, { id, search, ...more })
    expect(total).toBe(items.length)
    return items.map(({ position }) => position - 1)
  }
  expect(await found('part 4?')).toEqual([4])
  expect(await found('SHELF 1')).toEqual([1])
  expect(await found('says "50% off_')).toEqual([2])
  // No pattern of its own.
  expect(await found('50_ off')).toEqual([])
  expect(await found('find_shelf')).toEqual([3])
  expect(await found('{"aisle":"süd\\n7"}')).toEqual([3])
  // Of one candidate's answers; rows are asked of all of them.
  expect(await found('shelf 1', { candidate: 1 })).toEqual([])
  expect(await found('part 4?', { candidate: 1 })).toEqual([4])
  expect(await found('part', { candidate: 1, state: 'failed' })).toEqual([0, 1, 4])
})

test('the table has all that is known of a cell: how it ended, its tries, each score with its cost, each review', async () => {
  const { id, rowIds } = await runWith(2, (candidate, row) =>
    candidate === 0 && row === 0 ? { finishReason: 'length', tries: 3 } : {},
  )
  await database.pool.query(
    `insert into experiment_scores (workspace_id, run_id, candidate, row_id, evaluator, state, passed, detail, request_ids, cost_nano_usd)
     values ($1, $2, 0, $3, 0, 'done', false, 'Not the same.', '{req_1}', 1500)`,
    [scope.workspaceId, id, rowIds[0]],
  )
  const cell = { id, rowId: rowIds[0]!, candidate: 0 }
  await reviewCell(scope, { ...cell, rating: 2, category: 'wrong fact', comment: 'No.' })
  clock.advance(1_000)
  const other = { ...scope, actor: { kind: 'user' as const, id: 'usr_2', label: 'other@example.test' } }
  await reviewCell(other, { ...cell, rating: 4 })
  let text = ''
  for await (const part of exportRun(scope, { id, format: 'csv' })) text += part
  const [header, first, second] = text.split('\r\n').map((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/))
  const valuesOf = (line: string[]) =>
    Object.fromEntries(header!.map((name, at) => [name, line[at]!.replace(/^"|"$/g, '')]))
  expect(valuesOf(first!)).toMatchObject({
    ...{ 'A: finish_reason': 'length', 'A: tries': '3' },
    ...{ 'A: Exact': 'false', 'A: Exact (why)': 'Not the same.', 'A: Exact (cost_usd)': '0.0000015' },
    // A line each, in the order in which they were written.
    'A: reviewer': 'someone@example.test\nother@example.test',
    ...{ 'A: rating': '2\n4', 'A: category': 'wrong fact\n', 'A: correction': '', 'A: comment': 'No.\n' },
    ...{ 'B: finish_reason': 'stop', 'B: tries': '1', 'B: Exact (cost_usd)': '', 'B: reviewer': '' },
  })
  expect(valuesOf(second!)).toMatchObject({ 'A: category': '', 'A: reviewer': '', 'A: tries': '1' })
  expect(new Set(header).size).toBe(header!.length)
})
