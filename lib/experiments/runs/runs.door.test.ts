import { expect, test } from 'vitest'
import type { RawModelInput } from '#lib/models/schema.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { somePrice } from '#lib/testing/ledger.ts'
import { type WrittenCall, writeCalls } from '#lib/testing/records.ts'
import type { CreateExperimentInput } from '../schema.ts'

const { database, url } = await testDatabase()
const { runtime, practice } = await testInstallation(url)
const { datasets, deployments, evaluators, experiments, tenancy, models } = runtime
const request = { id: 'req_test', address: '127.0.0.1' }
const { person, workspace } = await tenancy.claim(
  { request, loopback: true },
  { name: 'Op', email: 'op@example.test', password: 'correct horse battery', workspaceName: 'Experiments' },
)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const { workspaceId } = scope
const job = await tenancy.jobScope(workspaceId, 'experiment')
let keys = 0
const add = (more: Pick<RawModelInput, 'type' | 'modelId' | 'name'> & Partial<RawModelInput>) =>
  models.addModel(scope, {
    draft: {
      ...{ baseUrl: practice.url, apiKey: `sk-practice-runs${String(++keys).padStart(8, '0')}`, region: 'own' },
      ...{ inputPrice: '0.15', outputPrice: '0.6' },
      ...more,
    } as RawModelInput,
  })
const a = await add({ type: 'chat', modelId: 'practice-chat', name: 'A' })
const b = await add({ type: 'chat', modelId: 'practice-small', name: 'B' })
const judge = await add({ type: 'chat', modelId: 'practice-chat', name: 'Judge' })
await runtime.feed.refresh()

const never = new AbortController().signal

async function questions(rows: number): Promise<string> {
  const { id } = await datasets.createDataset(scope, { name: 'Questions', columns: [{ name: 'question' }] })
  const list = Array.from({ length: rows }, (_, at) => ({ inputs: { question: `Question ${at}?` }, expected: `${at}` }))
  for (let from = 0; from < rows; from += 500) await datasets.addRows(scope, { id, rows: list.slice(from, from + 500) })
  return id
}

type Setup = NonNullable<CreateExperimentInput['setup']>
const candidate = (key: string, model: string, more: object = {}) => ({
  ...{ key, name: key.toUpperCase(), kind: 'model' as const, model },
  prompt: { messages: [{ role: 'user' as const, content: 'Answer: {{question}}' }], parameters: { max_tokens: 60 } },
  ...more,
})

async function experiment(datasetId: string, setup: Setup) {
  return experiments.createExperiment(scope, { name: 'Compare', datasetId, setup })
}

const judgeConfig = {
  kind: 'judge',
  model: judge.id,
  prompt: 'Is {{answer}} right?',
  answer: { type: 'boolean' },
} as const
const evaluator = async (config: object) =>
  (await evaluators.createEvaluator(scope, { name: 'E', config: config as never })).id

/** What the ledger has of a run. */
async function recordsOf(runId: string) {
  await runtime.ledger.flush()
  const { rows } = await database.pool.query(
    'select name, source, outcome, cost_nano_usd::text as cost, actor_kind, actor_id from ledger.records where workspace_id = $1 and thread = $2',
    [workspaceId, runId],
  )
  return rows as { name: string; source: string; outcome: string; cost: string; actor_kind: string; actor_id: string }[]
}
const sumOf = (rows: { cost: string }[]) => String(rows.reduce((sum, { cost }) => sum + BigInt(cost), 0n))

const execute = (runId: string, signal = never) => experiments.executeRun(job, { workspaceId, runId }, signal)

test('a run answers each row by each candidate once, judges each answer, and costs what the ledger says', async () => {
  const datasetId = await questions(30)
  const setup = {
    candidates: [candidate('a', a.slug), candidate('b', b.slug), { key: 'r', name: 'R', kind: 'recorded' as const }],
    evaluators: [await evaluator({ kind: 'exact' }), await evaluator(judgeConfig)],
    baseline: 'r',
  }
  const { id } = await experiment(datasetId, setup)
  const check = await experiments.checkExperiment(scope, { id })
  expect(check.problems).toEqual([])
  expect(check.estimate).toMatchObject({ rows: 30, cells: 90, unpriced: [] })
  const started = await experiments.startRun(scope, { id })
  expect(started).toMatchObject({ state: 'queued', cells: 90, left: 90, number: 1, snapshot: 1 })
  await execute(started.id)
  const run = await experiments.getRun(scope, { id: started.id })
  expect(run).toMatchObject({ state: 'completed', done: 90, failed: 0, left: 0, again: 0 })
  const records = await recordsOf(run.id)
  expect(records.filter(({ source }) => source === 'experiment')).toHaveLength(60)
  expect(records.filter(({ source }) => source === 'judge')).toHaveLength(90)
  expect(new Set(records.map(({ name }) => name)).size).toBe(150)
  expect(records.every(({ outcome, actor_id }) => outcome === 'ok' && actor_id === person.id)).toBe(true)
  expect(run.cost?.nanoUsd).toBe(sumOf(records))
  const { rows } = await database.pool.query(
    `select sum(cost_nano_usd)::text as cost from (select cost_nano_usd from experiment_cells where run_id = $1 union all select cost_nano_usd from experiment_scores where run_id = $1) c`,
    [run.id],
  )
  expect(rows[0].cost).toBe(run.cost?.nanoUsd)
  // What is recorded is exactly what is expected.
  const { rows: exact } = await database.pool.query(
    `select candidate, count(*) filter (where passed)::integer as passed, count(*)::integer as count from experiment_scores where run_id = $1 and evaluator = 0 group by 1 order by 1`,
    [run.id],
  )
  expect(exact.map(({ count }) => count)).toEqual([30, 30, 30])
  expect(exact[2].passed).toBe(30)
})

test('a run of which nothing has a price does not say that it was free', async () => {
  const unpriced = await add({
    type: 'chat',
    modelId: 'practice-chat',
    name: 'Unpriced',
    inputPrice: '',
    outputPrice: '',
  })
  await runtime.feed.refresh()
  const { id } = await experiment(await questions(2), {
    candidates: [candidate('a', unpriced.id)],
    evaluators: [],
  } as never)
  const { id: runId } = await experiments.startRun(scope, { id })
  await execute(runId)
  const run = await experiments.getRun(scope, { id: runId })
  expect(run).toMatchObject({ state: 'completed', done: 2, cost: null, estimate: { cost: null } })
  expect((await experiments.getExperiment(scope, { id })).latestRun?.cost).toBeNull()
})

test('a deployment is estimated by its first variant, and once it has a history by what its calls cost; a cap holds from its first call on', async () => {
  const config = {
    variables: [{ name: 'question' }],
    variants: [
      {
        ...{ name: 'first', model: a.id, parameters: { max_tokens: 60 } },
        messages: [{ role: 'user' as const, content: 'Answer: {{question}}' }],
      },
      { name: 'second', model: b.id, messages: [{ role: 'user' as const, content: '{{question}}' }] },
    ],
  }
  const { id: deployment } = await deployments.createDeployment(scope, { key: 'estimated', config })
  await deployments.publish(scope, { id: deployment, draftVersion: 1 })
  await runtime.feed.refresh()
  const { id } = await experiment(await questions(20), {
    candidates: [
      candidate('m', a.id),
      { key: 'd', name: 'D', kind: 'deployment', deployment: 'estimated', version: '1.0' },
    ],
  } as Setup)
  const estimated = async () => (await experiments.checkExperiment(scope, { id })).estimate!
  const { parts, cost, unpriced } = await estimated()
  expect(parts[1]).toEqual({ ...parts[0], name: 'D' })
  expect(unpriced).toEqual([])
  expect(cost?.nanoUsd).toBe(String(BigInt(parts[0]!.cost!.nanoUsd) * 2n))

  const only = { candidates: [{ key: 'd', name: 'D', kind: 'deployment', deployment, version: '1.0' }] } as Setup
  const alone = await experiment(await questions(3), only)
  const { id: runId } = await experiments.startRun(scope, { id: alone.id, capUsd: '0.000001' })
  await execute(runId)
  expect(await experiments.getRun(scope, { id: runId })).toMatchObject({
    state: 'paused',
    reason: { kind: 'cap' },
    done: 0,
  })
  expect(await recordsOf(runId)).toEqual([])

  const price = somePrice({ inputPicoUsdPerToken: 1_000_000n, outputPicoUsdPerToken: 2_000_000n })
  const write = (calls: WrittenCall[]) =>
    writeCalls(
      database.pool,
      workspaceId,
      calls.map((call) => ({
        ...call,
        atMs: call.atMs ?? Date.now() - 60_000,
        deploymentId: deployment,
        source: 'deployment',
      })),
    )
  const many = (count: number, call: WrittenCall): WrittenCall[] => Array.from({ length: count }, () => call)
  await write([...many(5, { tokens: [1_000, 100], price }), ...many(4, { tokens: [2_000, 400], price })])
  expect((await estimated()).parts[1]).toEqual(parts[1])
  // The tenth; and what says nothing of a call: failed, unpriced, out of the cache, too long ago.
  await write([
    { tokens: [2_000, 400], price },
    ...many(5, { tokens: [9_000, 900], price, outcome: 'error', status: 500 }),
    ...many(5, { tokens: [0, 0], price, cache: 'hit' }),
    { tokens: [1_500, 250], price: null },
    ...many(5, { tokens: [9_000, 900], price, atMs: Date.now() - 40 * 86_400_000 }),
  ])
  // 1,500 + 2 x 250 micro-dollars a call, and 20 rows.
  expect((await estimated()).parts[1]).toMatchObject({
    ...{ calls: 20, basis: 'history', inputTokens: 30_000, outputTokens: 5_000, cost: { usd: '0.04' } },
  })
})

test('a snapshot and a dataset that a run is pinned to stay; what is edited later changes nothing of the run', async () => {
  const datasetId = await questions(3)
  const { id } = await experiment(datasetId, {
    candidates: [{ key: 'r', name: 'R', kind: 'recorded', column: 'question' }],
  })
  const { id: runId } = await experiments.startRun(scope, { id })
  await datasets.deleteRows(scope, { id: datasetId, all: true })
  await execute(runId)
  expect(await experiments.getRun(scope, { id: runId })).toMatchObject({
    state: 'completed',
    done: 3,
    cost: { usd: '0' },
  })
  const { items } = await experiments.listCells(scope, { id: runId })
  expect(items.map(({ cells }) => cells[0]!.answer!.text)).toEqual(['Question 0?', 'Question 1?', 'Question 2?'])
  await expect(datasets.deleteSnapshot(scope, { id: datasetId, number: 1 })).rejects.toMatchObject({
    code: 'snapshot_in_use',
  })
  await expect(datasets.deleteDataset(scope, { id: datasetId })).rejects.toMatchObject({ code: 'dataset_in_use' })
  await experiments.deleteExperiment(scope, { id })
  await datasets.deleteDataset(scope, { id: datasetId })
})

test('what is in the way of a run is told by its field, and no run is made', async () => {
  const datasetId = await questions(2)
  const embedding = await add({ type: 'embedding', modelId: 'practice-embed', name: 'Embed' })
  const { id, version } = await experiment(datasetId, {
    candidates: [
      candidate('a', a.id, { prompt: { messages: [{ role: 'user', content: 'Hi {{name}}' }] } }),
      candidate('b', a.id, { prompt: {} }),
      candidate('c', embedding.id),
      candidate('d', 'no-such-model'),
      candidate('t', b.id, {
        prompt: { messages: [{ role: 'user', content: 'x' }], tools: [{ function: { name: 'f' } }] },
      }),
      { key: 'r', name: 'R', kind: 'recorded', column: 'nothing' },
      { key: 'p', name: 'P', kind: 'deployment', deployment: 'none', version: '1.0' },
    ],
    evaluators: ['evl_gone'],
    baseline: 'z',
  })
  const { problems, estimate } = await experiments.checkExperiment(scope, { id })
  expect(estimate).toBeNull()
  expect(Object.fromEntries(problems.map(({ path, message }) => [path, message]))).toMatchObject({
    'candidates.0.prompt.messages.0.content': '{{name}} is no column of the dataset.',
    'candidates.1.prompt.messages': 'Write a message: 2 rows of the dataset hold none.',
    'candidates.2.prompt.prompt': 'Write a prompt.',
    'candidates.3.model': 'This model does not exist any more.',
    'candidates.5.column': 'The dataset has no column “nothing”.',
    'candidates.6.version': 'There is no version 1.0 of this deployment.',
    'evaluators.0': 'This evaluator does not exist any more.',
    baseline: 'The candidate to compare with is gone.',
  })
  await expect(experiments.startRun(scope, { id })).rejects.toMatchObject({
    code: 'not_runnable',
    details: { problems },
  })
  // A model that an experiment names cannot be deleted under it.
  expect((await models.listUses(scope, { id: embedding.id })).map(({ kind }) => kind)).toEqual(['experiment'])
  await experiments.updateExperiment(scope, { id, version, setup: {} })
  expect(await models.listUses(scope, { id: embedding.id })).toEqual([])
})

test('a run that reaches its cap pauses, and goes on where it stopped once the cap is raised', async () => {
  const { id } = await experiment(await questions(40), { candidates: [candidate('a', a.id)] })
  const { id: runId, estimate } = await experiments.startRun(scope, { id, capUsd: '0.0001', concurrency: 4 })
  expect(Number(estimate.cost!.usd)).toBeGreaterThan(0.0001)
  await execute(runId)
  const paused = await experiments.getRun(scope, { id: runId })
  expect(paused).toMatchObject({ state: 'paused', reason: { kind: 'cap' }, resumesAt: null })
  expect(paused.done).toBeGreaterThan(0)
  expect(paused.left).toBeGreaterThan(0)
  expect(BigInt(paused.cost!.nanoUsd)).toBeLessThanOrEqual(100_000n)
  await experiments.resumeRun(scope, { id: runId, capUsd: '1' })
  await execute(runId)
  expect(await experiments.getRun(scope, { id: runId })).toMatchObject({ state: 'completed', done: 40, again: 0 })
  expect(await recordsOf(runId)).toHaveLength(40)
})

test('a run that meets a budget pauses with the reason; nothing is lost, nothing is made twice', async () => {
  const budget = await runtime.budgets.createBudget(scope, {
    scope: 'model',
    scopeId: b.id,
    amount: '0.0001',
    window: 'total',
  })
  await runtime.feed.refresh()
  const { id } = await experiment(await questions(40), { candidates: [candidate('b', b.id)] })
  const { id: runId } = await experiments.startRun(scope, { id })
  await execute(runId)
  expect(await experiments.getRun(scope, { id: runId })).toMatchObject({
    state: 'paused',
    reason: { kind: 'budget' },
    failed: 0,
  })
  await runtime.budgets.deleteBudget(scope, { id: budget.id })
  await runtime.feed.refresh()
  await experiments.resumeRun(scope, { id: runId })
  await execute(runId)
  expect(await experiments.getRun(scope, { id: runId })).toMatchObject({
    state: 'completed',
    done: 40,
    failed: 0,
    again: 0,
  })
  const records = await recordsOf(runId)
  expect(records.filter(({ outcome }) => outcome === 'ok')).toHaveLength(40)
})

test('cells that fail are told and made once more when asked; a judge that fails judges again without another answer', async () => {
  const flaky = await add({ type: 'chat', modelId: 'practice-chat', name: 'Flaky' })
  const { id } = await experiment(await questions(6), {
    candidates: [
      candidate('f', flaky.id, {
        prompt: { messages: [{ role: 'user', content: '{{question}}' }], parameters: { seed: 1, max_tokens: 60 } },
      }),
    ],
    evaluators: [await evaluator({ ...judgeConfig, model: flaky.id })],
  })
  const point = async (modelId: string) => {
    await database.pool.query('update models set model_id = $1, version = version + 1 where id = $2', [
      modelId,
      flaky.id,
    ])
    await runtime.feed.refresh()
  }
  const { id: runId } = await experiments.startRun(scope, { id })
  await point('practice-chat:no-seed')
  await execute(runId)
  const failed = await experiments.getRun(scope, { id: runId })
  expect(failed).toMatchObject({ state: 'failed', reason: { kind: 'all_failed' }, failed: 6, done: 0 })
  const { items } = await experiments.listCells(scope, { id: runId, state: 'failed' })
  expect(items).toHaveLength(6)
  expect(items[0]!.cells[0]).toMatchObject({ answer: null, error: { code: expect.any(String) }, tries: 1 })

  await point('practice-chat')
  await experiments.retryRun(scope, { id: runId })
  await execute(runId)
  expect(await experiments.getRun(scope, { id: runId })).toMatchObject({
    state: 'completed',
    failed: 0,
    done: 6,
    again: 0,
  })
  const cells = await experiments.listCells(scope, { id: runId })
  expect(cells.items.every((row) => row.cells[0]!.tries === 2 && row.cells[0]!.scores[0]!.state === 'done')).toBe(true)
  await expect(experiments.retryRun(scope, { id: runId })).rejects.toMatchObject({ code: 'nothing_to_retry' })
})
