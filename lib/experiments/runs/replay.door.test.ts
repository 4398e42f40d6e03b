import { expect, test } from 'vitest'
import type { RawModelInput } from '#lib/models/schema.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'

const { url } = await testDatabase()
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
const add = (name: string, modelId: string, apiKey: string) =>
  models.addModel(scope, {
    draft: {
      ...{ type: 'chat', baseUrl: practice.url, apiKey, name, modelId, region: 'own' },
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
async function call(question: string, more: object = {}): Promise<string> {
  const body = { model: 'deployment/desk', messages: [], variables: { question }, ...more }
  const reply = await gateway.handleAs(
    { workspaceId, actor: scope.actor, keyId: '', scopes: ['inference'], modelIds: [], source: 'gateway' },
    {
      ...{ method: 'POST', path: '/v1/chat/completions', headers: { 'content-type': 'application/json' } },
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
