import { expect, test } from 'vitest'
import type { RawModelInput } from '#lib/models/schema.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'

const { database, url } = await testDatabase()
const { runtime, practice } = await testInstallation(url)
const { datasets, deployments, experiments, tenancy, models, gateway } = runtime
const request = { id: 'req_test', address: '127.0.0.1' }
const { workspace, person } = await tenancy.claim(
  { request, loopback: true },
  {
    ...{ name: 'Op', email: 'op@example.test', password: 'correct horse battery' },
    ...{ workspaceName: 'Replay', payloadDays: 7 },
  },
)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const { workspaceId } = scope
const job = await tenancy.jobScope(workspaceId, 'experiment')
const add = (name: string, modelId: string, apiKey: string, type = 'chat') =>
  models.addModel(scope, {
    draft: {
      ...{ type, baseUrl: practice.url, apiKey, name, modelId, region: 'own' },
      ...{ inputPrice: '0.15', outputPrice: '0.6' },
    } as RawModelInput,
  })
const served = await add('Served', 'practice-chat', 'sk-practice-replayserved1')
const other = await add('Other', 'practice-small', 'sk-practice-replayother01')
const config = {
  variables: [{ name: 'question' }],
  variants: [
    {
      name: 'one',
      model: served.id,
      messages: [{ role: 'user' as const, content: 'Answer: {{question}}' }],
      parameters: { max_tokens: 50 },
    },
  ],
}
const deployment = await deployments.createDeployment(scope, { key: 'desk', config })
await deployments.publish(scope, { id: deployment.id, draftVersion: 1 })
await runtime.feed.refresh()

/** A caller's request; returns its id. */
const call = (question: string, more: object = {}) =>
  post('chat/completions', { model: 'deployment/desk', messages: [], variables: { question }, ...more })

async function post(path: string, body: object): Promise<string> {
  const reply = await gateway.handleAs(
    { workspaceId, actor: scope.actor, keyId: '', scopes: ['inference'], modelIds: [], source: 'gateway' },
    {
      ...{ method: 'POST', path: `/v1/${path}`, headers: { 'content-type': 'application/json' } },
      ...{ body: Buffer.from(JSON.stringify(body)), peer: '', signal: new AbortController().signal },
      receivedAtMs: Date.now(),
    },
  )
  if (reply.body && !(reply.body instanceof Uint8Array)) for await (const _ of reply.body);
  expect(reply.status).toBe(200)
  return reply.headers['x-request-id']!
}

test('the newest recorded requests of a deployment are answered by another model and held against what was answered', async () => {
  const asked: string[] = []
  for (const question of ['Where?', 'When?', 'Who?', 'Why?'])
    asked.push(await call(question, { stream: question === 'Who?' }))
  await Promise.all([runtime.ledger.flush(), runtime.keeper.flush()])
  const { experiment, rows, left } = await experiments.replayRequests(scope, {
    deployment: 'desk',
    last: 3,
    model: other.slug,
  })
  expect({ rows, left }).toEqual({ rows: 3, left: [] })
  const run = await experiments.startRun(scope, { id: experiment.id })
  await experiments.executeRun(job, { workspaceId, runId: run.id }, new AbortController().signal)
  expect(await experiments.getRun(scope, { id: run.id })).toMatchObject({ state: 'completed', done: 6, failed: 0 })
  const { items } = await experiments.listCells(scope, { id: run.id })
  // Oldest first, as the model got them.
  expect(items.map((row) => row.messages.at(-1)!.content)).toEqual(['Answer: When?', 'Answer: Who?', 'Answer: Why?'])
  expect(items.map((row) => row.requestId)).toEqual(asked.slice(1))
  for (const { cells } of items) {
    const [recorded, answered] = cells
    expect(recorded!.answer!.text).not.toBe('')
    // What the recorded request took and cost, though nothing was called.
    expect(recorded).toMatchObject({
      requestId: null,
      latencyMs: expect.any(Number),
      cost: { usd: expect.any(String) },
    })
    expect(answered!.scores[0]).toMatchObject({ state: 'done', value: expect.any(Number) })
  }
  // A second replay judges by the evaluators that stand.
  const again = await experiments.replayRequests(scope, { deployment: deployment.id, last: 200, model: other.id })
  expect(again.rows).toBe(4)
  expect(again.experiment.setup.evaluators).toEqual(experiment.setup.evaluators)
})

test('the other model gets what the newest request was answered with, by its version and variant', async () => {
  const tool = (name: string) => ({ type: 'function' as const, function: { name, parameters: { type: 'object' } } })
  const variant = (name: string, temperature: number) => ({
    ...{ name, model: served.id, messages: [{ role: 'user' as const, content: '{{question}}' }] },
    ...{ parameters: { temperature }, tools: [tool(`${name}_${temperature * 10}`)] },
  })
  const versionOf = (by: number) => ({
    variables: [{ name: 'question' }],
    variants: [variant('plain', by), variant('gold', by + 0.1)],
    routing: {
      rows: [
        {
          conditions: [{ field: 'plan', type: 'string' as const, operator: 'equals' as const, value: 'gold' }],
          split: [{ variant: 'gold', percent: 100 }],
        },
      ],
    },
  })
  const { id } = await deployments.createDeployment(scope, { key: 'two', config: versionOf(0.1) })
  await deployments.publish(scope, { id, draftVersion: 1 })
  const saved = await deployments.saveDraft(scope, { id, version: 1, config: versionOf(0.5) })
  await deployments.publish(scope, { id, draftVersion: saved.version })
  await runtime.feed.refresh()
  const asked: string[] = []
  for (const [version, plan] of [['1.1', 'none'] as const, ['1.0', 'gold'] as const])
    asked.push(await post(`deployments/two@${version}/invoke`, { inputs: { question: 'Where?' }, context: { plan } }))
  await Promise.all([runtime.ledger.flush(), runtime.keeper.flush()])
  const given = async () => {
    const { experiment } = await experiments.replayRequests(scope, { deployment: id, last: 10, model: other.id })
    const candidate = experiment.setup.candidates[1]!
    const { parameters, tools } = candidate.kind === 'model' ? candidate.prompt : expect.fail('no model')
    return [parameters.temperature, tools.map((each) => each.function.name)]
  }
  expect(await given()).toEqual([0.2, ['gold_2']])
  // Of a version that is gone: the newest one's variant of that name.
  const move = (version: string, name: string) =>
    database.pool.query('update ledger.records set version = $1, variant = $2 where id = $3', [version, name, asked[1]])
  await move('7.0', 'gold')
  expect(await given()).toEqual([0.6, ['gold_6']])
  await move('7.0', 'silver')
  expect(await given()).toEqual([0.5, ['plain_5']])
})

const rest = [
  {
    type: 'completion',
    modelId: 'practice-completion',
    path: 'completions',
    prompt: 'Finish: {{topic}} {{count}}',
    own: { prompt: '' },
    inputs: { prompt: 'Finish: a "quoted" {{tale}} 007' },
    recorded: /\w/,
    score: expect.any(Number),
  },
  {
    type: 'embedding',
    modelId: 'practice-embed',
    path: 'embeddings',
    prompt: '',
    // As OpenAI's client asks for them.
    own: { input: ['a "quoted" {{tale}}', '007'], encoding_format: 'base64' },
    inputs: { input: ['a "quoted" {{tale}}', '007'] },
    recorded: /^2 vectors of \d+ figures: -?[\d.]+, /,
    score: expect.closeTo(1, 9),
  },
  {
    type: 'image',
    modelId: 'practice-image',
    path: 'images/generations',
    prompt: 'Paint {{topic}} {{count}}',
    own: { prompt: '' },
    inputs: { prompt: 'Paint a "quoted" {{tale}} 007' },
    recorded: /^1 picture$/,
    score: undefined,
  },
] as const

test.each(rest)(
  'requests of the Type $type are replayed as they were asked, and compared by what they give',
  async (one) => {
    const { type, modelId, path, prompt, own, inputs, recorded, score } = one
    const [first, second] = [
      await add(`${type} one`, modelId, `sk-practice-replay${type}1`, type),
      await add(`${type} two`, modelId, `sk-practice-replay${type}2`, type),
    ]
    const variables = prompt === '' ? [] : [{ name: 'topic' }, { name: 'count' }]
    const made = await deployments.createDeployment(scope, {
      key: `rest-${type}`,
      config: { variables, variants: [{ name: 'one', model: first.id, prompt }] },
    })
    await deployments.publish(scope, { id: made.id, draftVersion: 1 })
    await runtime.feed.refresh()
    const given = prompt === '' ? {} : { variables: { topic: 'a "quoted" {{tale}}', count: '007' } }
    const id = await post(path, { model: `deployment/rest-${type}`, ...own, ...given })
    await Promise.all([runtime.ledger.flush(), runtime.keeper.flush()])
    const { experiment, rows, left } = await experiments.replayRequests(scope, {
      ...{ deployment: made.id, model: second.id },
      ...(type === 'completion' && { last: 1 }),
    })
    expect({ rows, left }).toEqual({ rows: 1, left: [] })
    const run = await experiments.startRun(scope, { id: experiment.id })
    await experiments.executeRun(job, { workspaceId, runId: run.id }, new AbortController().signal)
    expect(await experiments.getRun(scope, { id: run.id })).toMatchObject({ state: 'completed', done: 2, failed: 0 })
    const { items } = await experiments.listCells(scope, { id: run.id })
    expect(items).toMatchObject([{ inputs, requestId: id }])
    const [before, after] = items[0]!.cells
    expect(before!.answer!.text).toMatch(recorded)
    if (type === 'image') expect(after!.answer!.imageCount).toBe(1)
    else expect(after!.answer!.text).toMatch(recorded)
    expect(after!.scores[0]?.value).toEqual(score)
    // A dataset of one's own takes it where it has the column for it.
    const plain = await datasets.createDataset(scope, { name: `Of ${type}` })
    expect((await experiments.addRequestRows(scope, { id: plain.id, requestIds: [id] })).left).toEqual([
      { requestId: id, why: `The dataset has no column “${Object.keys(inputs)[0]}” for what it asked.` },
    ])
    if (type !== 'completion')
      await expect(
        experiments.replayRequests(scope, { deployment: made.id, model: second.id, similarityModel: second.id }),
      ).rejects.toMatchObject({ kind: 'invalid_input', fields: { similarityModel: expect.any(String) } })
  },
)

test('where no request can be asked again nothing is left behind, and the reason is told', async () => {
  const long = await deployments.createDeployment(scope, { key: 'long', config })
  await deployments.publish(scope, { id: long.id, draftVersion: 1 })
  await runtime.feed.refresh()
  await post('chat/completions', {
    ...{ model: 'deployment/long', messages: [{ role: 'user', content: 'a'.repeat(300_000) }] },
    variables: { question: 'Is that long?' },
  })
  await Promise.all([runtime.ledger.flush(), runtime.keeper.flush()])
  const before = await datasets.listDatasets(scope, {})
  await expect(
    experiments.replayRequests(scope, { deployment: 'long', last: 10, model: other.slug }),
  ).rejects.toMatchObject({ code: 'nothing_recorded', message: expect.stringMatching(/asked again\. .*at most/) })
  expect(await datasets.listDatasets(scope, {})).toEqual(before)
})

test('a request becomes a row with a correction; what is not kept, no chat or somebody else’s is left out', async () => {
  const id = await call('How much?')
  await Promise.all([runtime.ledger.flush(), runtime.keeper.flush()])
  const dataset = await datasets.createDataset(scope, { name: 'Corrected' })
  const made = await experiments.addRequestRows(scope, {
    id: dataset.id,
    requestIds: [id, 'req_01m8hmz1yn000b37car42txn00'],
    corrections: { [id]: 'Ten euros.' },
  })
  expect(made).toEqual({
    rowIds: [expect.stringMatching(/^row_/)],
    left: [{ requestId: 'req_01m8hmz1yn000b37car42txn00', why: 'Nothing is kept of it.' }],
  })
  const row = await datasets.getRow(scope, { id: dataset.id, rowId: made.rowIds[0]! })
  expect(row).toMatchObject({
    requestId: id,
    expected: 'Ten euros.',
    messages: [{ role: 'user', content: 'Answer: How much?' }],
  })
  await expect(experiments.addRequestRows(scope, { id: 'dts_none', requestIds: [id] })).rejects.toMatchObject({
    kind: 'not_found',
  })
  const empty = await deployments.createDeployment(scope, { key: 'silent', config })
  await expect(experiments.replayRequests(scope, { deployment: empty.id, model: other.id })).rejects.toMatchObject({
    code: 'nothing_recorded',
  })
})
