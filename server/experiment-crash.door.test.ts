import { expect, test } from 'vitest'
import type { RawModelInput } from '#lib/models/schema.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { startWorkerProcess } from '#lib/testing/processes.ts'
import { testRequest } from '#lib/testing/tenancy.ts'

const rows = 150
const width = 8
/** Cells that are finished before the worker is killed. */
const finishedMin = 40

const { database, url } = await testDatabase()
const { runtime, practice, variables } = await testInstallation(url, { latencyScale: 0.5 })
const { datasets, evaluators, experiments, tenancy, models } = runtime
const setUp = { name: 'Ada', email: 'ada@example.test', password: 'correct horse battery', workspaceName: 'Crash' }
const { person, workspace } = await tenancy.claim({ request: testRequest, loopback: true }, setUp)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const job = await tenancy.jobScope(scope.workspaceId, 'experiment')
const add = (name: string, apiKey: string) =>
  models.addModel(scope, {
    draft: {
      ...{ type: 'chat', baseUrl: practice.url, apiKey, name, modelId: 'practice-chat', region: 'own' },
      ...{ inputPrice: '0.15', outputPrice: '0.6' },
    } as RawModelInput,
  })
const model = await add('Answers', 'sk-practice-crashanswers1')
const judge = await add('Judges', 'sk-practice-crashjudges01')

interface Cell {
  row_id: string
  state: string
  request_id: string
  tries: number
  again: boolean
}

async function cellsOf(runId: string): Promise<Map<string, Cell>> {
  const { rows: found } = await database.pool.query<Cell>(
    'select row_id, state, request_id, tries, again from experiment_cells where run_id = $1',
    [runId],
  )
  return new Map(found.map((cell) => [cell.row_id, cell]))
}

test('after a kill -9 of the worker no finished cell runs again, those in flight run once more and are marked, totals equal the ledger', async () => {
  const { id: datasetId } = await datasets.createDataset(scope, { name: 'Questions', columns: [{ name: 'question' }] })
  const list = Array.from({ length: rows }, (_, at) => ({ inputs: { question: `Question ${at}?` }, expected: `${at}` }))
  await datasets.addRows(scope, { id: datasetId, rows: list })
  const evaluator = async (name: string, config: object) =>
    (await evaluators.createEvaluator(scope, { name, config: config as never })).id
  const experiment = await experiments.createExperiment(scope, {
    name: 'Survives',
    datasetId,
    setup: {
      candidates: [
        {
          ...{ key: 'a', name: 'A', kind: 'model', model: model.id },
          prompt: { messages: [{ role: 'user', content: '{{question}}' }], parameters: { max_tokens: 40 } },
        },
      ],
      evaluators: [
        await evaluator('Short', { kind: 'length', max: 1_000 }),
        await evaluator('Right', {
          ...{ kind: 'judge', model: judge.id, prompt: 'Is {{answer}} right?', answer: { type: 'boolean' } },
        }),
      ],
    },
  })

  const first = startWorkerProcess(variables)
  const { id: runId } = await experiments.startRun(scope, { id: experiment.id, concurrency: width })
  await expect
    .poll(async () => (await experiments.getRun(scope, { id: runId })).done, { timeout: 60_000, interval: 20 })
    .toBeGreaterThanOrEqual(finishedMin)
  first.child.kill('SIGKILL')
  await first.gone
  const atKill = await cellsOf(runId)
  const finished = [...atKill.values()].filter(({ state }) => state === 'done')
  expect(finished.length).toBeLessThan(rows)

  // Another worker takes the run up once its lease is over.
  startWorkerProcess(variables)
  await expect
    .poll(async () => (await experiments.getRun(scope, { id: runId })).state, { timeout: 120_000, interval: 200 })
    .toBe('completed')
  // What the dead process left in its spool is adopted, and the run is given the ledger's word.
  const recordsOf = async () => {
    await runtime.ledger.recover()
    await runtime.ledger.flush()
    await experiments.settleRun(job, { workspaceId: scope.workspaceId, runId })
    const { rows: found } = await database.pool.query<{ name: string; source: string; outcome: string; cost: string }>(
      `select name, source, outcome, cost_nano_usd::text as cost from ledger.records where workspace_id = $1 and thread = $2 and outcome <> 'refused'`,
      [scope.workspaceId, runId],
    )
    return found
  }
  await expect
    .poll(async () => (await recordsOf()).filter(({ outcome }) => outcome === 'lost').length, { timeout: 60_000 })
    .toBeGreaterThan(0)
  const records = await recordsOf()
  const run = await experiments.getRun(scope, { id: runId })
  const cells = await cellsOf(runId)
  expect(run).toMatchObject({ done: rows, failed: 0, left: 0 })

  const calls = Map.groupBy(
    records.filter(({ source }) => source === 'experiment'),
    ({ name }) => name.slice('0/'.length),
  )
  const judgements = Map.groupBy(
    records.filter(({ source }) => source === 'judge'),
    ({ name }) => name.split('/')[1],
  )
  for (const before of finished) {
    expect(cells.get(before.row_id)).toEqual(before)
    expect(calls.get(before.row_id)).toHaveLength(1)
    expect(judgements.get(before.row_id)).toHaveLength(1)
  }
  expect([...calls.values()].filter((all) => all.length > 2)).toEqual([])
  const twice = [...calls].flatMap(([rowId, all]) => (all.length > 1 ? [rowId] : []))
  // In flight are those that were asked, and those whose answers were on their way into the table: how many follows from
  // how fast that is. What had not been asked is asked once.
  expect(twice.length).toBeLessThan(rows - finished.length)
  const marked = [...cells.values()].filter(({ again }) => again).map(({ row_id }) => row_id)
  expect(marked.sort()).toEqual(twice.sort())
  expect(run.again).toBe(twice.length)
  const sum = records.reduce((total, { cost }) => total + BigInt(cost), 0n)
  expect(run.cost?.nanoUsd).toBe(String(sum))
}, 240_000)
