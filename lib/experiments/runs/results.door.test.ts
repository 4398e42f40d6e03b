import { expect, test } from 'vitest'
import type { RawModelInput } from '#lib/models/schema.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import type { CreateExperimentInput, RunView } from '../schema.ts'

const { url } = await testDatabase()
const { runtime, practice } = await testInstallation(url, { latencyScale: 0.2 })
const { datasets, deployments, evaluators, experiments, tenancy, models } = runtime
const request = { id: 'req_test', address: '127.0.0.1' }
const { workspace, person } = await tenancy.claim(
  { request, loopback: true },
  { name: 'Op', email: 'op@example.test', password: 'correct horse battery', workspaceName: 'Results' },
)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const { workspaceId } = scope
const job = await tenancy.jobScope(workspaceId, 'experiment')
let keys = 0
const add = (more: Partial<RawModelInput> & Pick<RawModelInput, 'type' | 'modelId' | 'name'>) =>
  models.addModel(scope, {
    draft: {
      ...{ baseUrl: practice.url, apiKey: `sk-practice-result${String(++keys).padStart(6, '0')}`, region: 'own' },
      ...(more.type === 'image'
        ? { imagePrice: '0.04', imageConsent: true }
        : { inputPrice: '0.15', outputPrice: '0.6' }),
      ...more,
    } as RawModelInput,
  })
const chat = await add({ type: 'chat', modelId: 'practice-chat', name: 'Chat' })
const pictures = await add({ type: 'image', modelId: 'practice-image', name: 'Pictures' })
const completion = await add({ type: 'completion', modelId: 'practice-completion', name: 'Old' })
await runtime.feed.refresh()

const never = new AbortController().signal
const execute = (runId: string, signal = never) => experiments.executeRun(job, { workspaceId, runId }, signal)
const stateOf = (id: string) => experiments.getRun(scope, { id })

async function dataset(rows: number): Promise<string> {
  const { id } = await datasets.createDataset(scope, {
    name: 'Shop',
    columns: [{ name: 'question' }, { name: 'old' }],
  })
  await datasets.addRows(scope, {
    id,
    rows: Array.from({ length: rows }, (_, at) => ({
      inputs: { question: `Where is part ${at}?`, old: at % 2 === 0 ? `Shelf ${at}` : 'nowhere' },
      expected: `Shelf ${at}`,
    })),
  })
  return id
}

async function started(datasetId: string, setup: CreateExperimentInput['setup'], more: object = {}): Promise<RunView> {
  const { id } = await experiments.createExperiment(scope, { name: 'Parts', datasetId, setup })
  return experiments.startRun(scope, { id, ...more })
}

const prompt = { messages: [{ role: 'user' as const, content: '{{question}}' }], parameters: { max_tokens: 40 } }
const asked = (key: string, model: string, more: object = {}) => ({
  ...{ key, name: key.toUpperCase(), kind: 'model' as const, model, prompt },
  ...more,
})
const recorded = (key: string, column: string | null) => ({
  key,
  name: key.toUpperCase(),
  kind: 'recorded' as const,
  column,
})
const evaluator = async (name: string, config: object) =>
  (await evaluators.createEvaluator(scope, { name, config: config as never })).id

test('a run is paused, goes on where it stopped, is cancelled, and takes up what was left when it is retried', async () => {
  const { id } = await started(await dataset(200), { candidates: [asked('a', chat.id)] }, { concurrency: 2 })
  const untilDone = (least: number) =>
    expect.poll(async () => (await stateOf(id)).done, { timeout: 30_000, interval: 10 }).toBeGreaterThanOrEqual(least)

  let work = execute(id)
  await untilDone(4)
  expect(await experiments.pauseRun(scope, { id })).toMatchObject({ state: 'paused', reason: { kind: 'person' } })
  await work
  const paused = await stateOf(id)
  expect(paused).toMatchObject({ state: 'paused', failed: 0, resumesAt: null })
  expect(paused.left).toBeGreaterThan(0)
  await execute(id)
  // Nobody executes a run that people paused.
  expect((await stateOf(id)).done).toBe(paused.done)

  await experiments.resumeRun(scope, { id })
  await expect(experiments.resumeRun(scope, { id })).rejects.toMatchObject({ code: 'run_not_paused' })
  work = execute(id)
  await untilDone(paused.done + 2)
  await experiments.cancelRun(scope, { id })
  await work
  const cancelled = await stateOf(id)
  expect(cancelled).toMatchObject({ state: 'cancelled', failed: 0 })
  expect(cancelled.left).toBeGreaterThan(0)
  await expect(experiments.cancelRun(scope, { id })).rejects.toMatchObject({ code: 'run_is_over' })
  await expect(experiments.pauseRun(scope, { id })).rejects.toMatchObject({ code: 'run_is_over' })

  await experiments.retryRun(scope, { id })
  await execute(id)
  expect(await stateOf(id)).toMatchObject({ state: 'completed', done: 200, failed: 0, left: 0 })
})

test('pictures, completions and versions of deployments answer rows, each at the cost of its own calls', async () => {
  const config = {
    variables: [{ name: 'question' }, { name: 'old' }],
    variants: [{ name: 'one', model: chat.id, messages: [{ role: 'user' as const, content: 'Answer {{question}}' }] }],
  }
  const deployment = await deployments.createDeployment(scope, { key: 'parts', config })
  await deployments.publish(scope, { id: deployment.id, draftVersion: 1 })
  await runtime.feed.refresh()
  const plain = { prompt: { prompt: 'Draw: {{question}}' } }
  const run = await started(await dataset(3), {
    candidates: [
      asked('i', pictures.id, plain),
      asked('c', completion.id, { prompt: { prompt: '{{question}}', parameters: { max_tokens: 20 } } }),
      { key: 'd', name: 'D', kind: 'deployment', deployment: deployment.id, version: '1.0' },
    ],
  })
  await execute(run.id)
  expect(await stateOf(run.id)).toMatchObject({ state: 'completed', done: 9, failed: 0 })
  const { items } = await experiments.listCells(scope, { id: run.id })
  const [picture, text, deployed] = items[0]!.cells
  // A window of the grid counts pictures; a cell by itself has them.
  expect(picture).toMatchObject({ answer: { imageCount: 1, images: [] }, cost: { usd: '0.04' } })
  const { cell } = await experiments.getCell(scope, { id: run.id, rowId: items[0]!.id, candidate: 0 })
  expect(cell.answer!.images).toHaveLength(1)
  expect(text!.answer!.text).not.toBe('')
  expect(deployed!.answer!.text).toContain('Where is part 0?')
  expect(deployed).toMatchObject({ requestId: expect.stringMatching(/^req_/), tries: 1 })
})

test('grid, comparison, reviews and exports say the same of a run', async () => {
  const run = await started(await dataset(40), {
    candidates: [recorded('r', null), recorded('o', 'old')],
    evaluators: [
      await evaluator('Exact', { kind: 'exact' }),
      await evaluator('Near', { kind: 'levenshtein', passAt: 0.9 }),
    ],
  })
  await execute(run.id)
  const grid = (more: object) => experiments.listCells(scope, { id: run.id, ...more })

  const worse = await grid({ worse: true, candidate: 1, evaluator: 0 })
  expect(worse.total).toBe(20)
  expect(worse.items.every(({ position }) => position % 2 === 0)).toBe(true)
  expect(await grid({ passed: true, candidate: 1, evaluator: 0 })).toMatchObject({ total: 20 })
  expect(await grid({ maxScore: 0.5, candidate: 1, evaluator: 1 })).toMatchObject({ total: 20 })
  expect(await grid({ search: 'part 17?' })).toMatchObject({ total: 1, items: [{ position: 18 }] })
  const up = await grid({ sort: 'score:1:1', limit: 40 })
  const down = await grid({ sort: '-score:1:1', limit: 40 })
  const values = (view: typeof up) => view.items.map(({ cells }) => cells[1]!.scores[1]!.value!)
  expect(values(up)).toEqual([...values(up)].sort((a, b) => a - b))
  expect(values(down)).toEqual([...values(up)].reverse())
  const windows = [await grid({ from: 0, limit: 25 }), await grid({ from: 25, limit: 25 })]
  expect(windows.flatMap(({ items }) => items.map(({ position }) => position))).toEqual(
    Array.from({ length: 40 }, (_, at) => at + 1),
  )

  const comparison = await experiments.compareRun(scope, { id: run.id })
  const [exact, near] = comparison.evaluators
  expect(exact!.candidates[1]).toMatchObject({ mean: 0.5, passed: 20, failed: 20, judged: 40 })
  expect(exact!.candidates[1]!.versus).toMatchObject({ rows: 40, wins: 0, ties: 20, losses: 20, verdict: 'worse' })
  expect(near!.candidates[1]!.mean).toBeCloseTo(values(up).reduce((sum, value) => sum + value, 0) / 40)
  expect(await experiments.compareRun(scope, { id: run.id })).toEqual(comparison)
  const turned = await experiments.compareRun(scope, { id: run.id, baseline: 1 })
  expect(turned.evaluators[0]!.candidates[0]!.versus).toMatchObject({ wins: 20, losses: 0, verdict: 'better' })

  const cell = { id: run.id, rowId: worse.items[0]!.id, candidate: 1 }
  await experiments.reviewCell(scope, {
    ...cell,
    rating: 2,
    category: 'wrong fact',
    correction: 'Shelf 1',
    comment: 'No.',
  })
  expect(await grid({ reviewed: true })).toMatchObject({ total: 1 })
  await experiments.reviewCell(scope, { ...cell, rating: 3 })
  const reviewed = await grid({ reviewed: true, candidate: 1 })
  expect(reviewed.items[0]!.cells[1]!.reviews).toMatchObject([{ rating: 3, category: '', reviewerId: person.id }])
  expect((await experiments.compareRun(scope, { id: run.id })).candidates[1]).toMatchObject({ rating: 3, reviews: 1 })

  const fileOf = async (format: 'csv' | 'jsonl') => {
    let text = ''
    for await (const part of experiments.exportRun(scope, { id: run.id, format })) text += part
    return text.trim().split(/\r?\n/)
  }
  const lines = (await fileOf('jsonl')).map((line) => JSON.parse(line))
  expect(lines).toHaveLength(40)
  expect(lines[17]).toMatchObject({
    position: 18,
    expected: 'Shelf 17',
    cells: [
      { candidate: 'R' },
      { candidate: 'O', answer: { text: 'nowhere' }, scores: [{ evaluator: 'Exact', passed: false }, {}] },
    ],
  })
  const csv = await fileOf('csv')
  expect(csv).toHaveLength(41)
  expect(csv[0]).toContain('O: Exact')
  await experiments.deleteReview(scope, cell)
  expect(await grid({ reviewed: true })).toMatchObject({ total: 0 })
})
