import { expect, test } from 'vitest'
import type { RawModelInput } from '#lib/models/schema.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { createGuardrails } from '../index.ts'
import type { EvaluatorConfig } from '../schema.ts'

const { database, url } = await testDatabase()
const { runtime, practice } = await testInstallation(url)
const { evaluators, tenancy, models } = runtime
const request = { id: 'req_test', address: '127.0.0.1' }
const { person, workspace } = await tenancy.claim(
  { request, loopback: true },
  { name: 'Op', email: 'op@example.test', password: 'correct horse battery', workspaceName: 'Judges' },
)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const prices = { inputPrice: '0.15', outputPrice: '0.6' }
const add = (more: Pick<RawModelInput, 'type' | 'modelId' | 'name'>, apiKey: string) =>
  models.addModel(scope, { draft: { baseUrl: practice.url, apiKey, region: 'own', ...prices, ...more } })
const chat = await add({ type: 'chat', modelId: 'practice-chat', name: 'Judge' }, 'sk-practice-judges000001')
const embedding = await add({ type: 'embedding', modelId: 'practice-embed', name: 'Embed' }, 'sk-practice-judges000002')
const judge = (answer: object, more: object = {}) =>
  ({ kind: 'judge', model: chat.slug, prompt: 'Is {{answer}} right? Expected: {{expected}}', answer, ...more }) as never

async function recordsOf(source: string) {
  await runtime.ledger.flush()
  const { rows } = await database.pool.query(
    'select id, cost_nano_usd::text as cost, actor_kind, model_id from ledger.records where workspace_id = $1 and source = $2 order by id',
    [scope.workspaceId, source],
  )
  return rows
}

test('each edit is a version that stays; a stale one is told; models are kept by id and claimed', async () => {
  const made = await evaluators.createEvaluator(scope, { name: 'Right?', config: judge({ type: 'boolean' }) })
  // Nothing is expected of a call that nobody prepared.
  expect(made).toMatchObject({ kind: 'judge', version: 1, canGuard: false, config: { model: chat.id } })
  expect(await models.listUses(scope, { id: chat.id })).toEqual([
    { kind: 'evaluator', refId: made.id, label: 'the evaluator “Right?”' },
  ])
  const config: EvaluatorConfig = { kind: 'numeric', tolerance: 1, relative: false, number: 'last' }
  const edited = await evaluators.updateEvaluator(scope, { id: made.id, version: 1, name: 'Near?', config })
  expect(edited).toMatchObject({ name: 'Near?', kind: 'numeric', version: 2, canGuard: false, config })
  expect(await models.listUses(scope, { id: chat.id })).toEqual([])
  await expect(evaluators.updateEvaluator(scope, { id: made.id, version: 1, name: 'x' })).rejects.toMatchObject({
    code: 'stale_version',
    details: { current: { name: 'Near?', version: 2 } },
  })
  expect(await evaluators.getEvaluator(scope, { id: made.id, version: 1 })).toMatchObject({ kind: 'judge', version: 1 })
  expect((await evaluators.listEvaluatorVersions(scope, { id: made.id })).items.map(({ version }) => version)).toEqual([
    2, 1,
  ])
  // Repointed by the room of models: a version of its own.
  const similar = await evaluators.createEvaluator(scope, {
    name: 'Alike',
    config: { kind: 'similarity', model: embedding.id },
  })
  const other = await add({ type: 'embedding', modelId: 'practice-embed', name: 'Other' }, 'sk-practice-judges000003')
  await models.repointUses(scope, { id: embedding.id, uses: [{ kind: 'evaluator', refId: similar.id, to: other.id }] })
  expect(await evaluators.getEvaluator(scope, { id: similar.id })).toMatchObject({
    version: 2,
    config: { model: other.id },
  })

  await evaluators.deleteEvaluator(scope, { id: similar.id })
  expect(await models.listUses(scope, { id: other.id })).toEqual([])
  expect((await evaluators.listEvaluators(scope, { search: 'a' })).items.map(({ name }) => name)).toEqual(['Near?'])
})

test.each<[object, string]>([
  [{ kind: 'regex', pattern: '(' }, 'config.pattern'],
  [{ kind: 'json_schema', schema: { type: 'nothing' } }, 'config.schema'],
  [{ kind: 'length' }, 'config.max'],
  [{ kind: 'judge', model: chat.slug, prompt: '\\{{answer}}', answer: { type: 'boolean' } }, 'config.prompt'],
  [{ kind: 'judge', model: embedding.slug, prompt: '{{answer}}', answer: { type: 'boolean' } }, 'config.model'],
  [{ kind: 'similarity', model: chat.slug }, 'config.model'],
  [{ kind: 'similarity', model: 'no-such-model' }, 'config.model'],
])('%j is refused at its field', async (config, field) => {
  await expect(evaluators.createEvaluator(scope, { name: 'x', config: config as never })).rejects.toMatchObject({
    code: 'invalid_request',
    fields: { [field]: expect.any(String) },
  })
})

test('the test bench judges an example, by a function, a judge or embeddings; models are paid for and on the record', async () => {
  const example = { answer: 'Berlin', expected: 'Berlin' }
  expect(await evaluators.tryEvaluator(scope, { config: { kind: 'exact' }, example })).toMatchObject({
    score: { passed: true },
    calls: [],
  })
  const judged = await evaluators.tryEvaluator(scope, { config: judge({ type: 'number', passAt: 1 }), example })
  expect(judged.score).toMatchObject({ error: null, value: expect.any(Number), passed: true })
  const alike = await evaluators.tryEvaluator(scope, {
    config: { kind: 'similarity', model: embedding.slug, passAt: 0.99 },
    example,
  })
  expect(alike.score).toMatchObject({ passed: true, value: expect.closeTo(1, 5) })
  const records = await recordsOf('judge')
  expect(records.map(({ id, cost }) => [id, cost])).toEqual(
    [...judged.calls, ...alike.calls].map(({ requestId, cost }) => [requestId, cost!.nanoUsd]),
  )
  expect(records.map(({ actor_kind, model_id }) => [actor_kind, model_id])).toEqual([
    ['user', chat.id],
    ['user', embedding.id],
  ])
})

test('an evaluator guards calls by what is asked or answered, whole or streamed, as it stands now', async () => {
  const { feed, logger, clock, gateway } = runtime
  const ports = { gateway, clock, findModel: () => undefined, catchUp: async () => false }
  const guardrails = await createGuardrails({ pool: database.pool, feed, ports, logger })
  const { id } = await evaluators.createEvaluator(scope, {
    name: 'No secrets',
    config: { kind: 'contains', mode: 'none', values: ['secret'] },
  })
  const compares = await evaluators.createEvaluator(scope, { name: 'Exact', config: { kind: 'exact' } })
  const alone = judge({ type: 'boolean' }, { prompt: 'Does {{answer}} answer {{input}}?' })
  const lost = await evaluators.createEvaluator(scope, { name: 'Judged', config: alone })
  expect(lost.canGuard).toBe(true)
  await feed.refresh()
  expect(await scope.tx((tx) => guardrails.known(tx, scope, [id, compares.id, 'evl_nothing']))).toEqual(new Set([id]))
  expect(guardrails.find(scope.workspaceId, compares.id, 'input')).toBeUndefined()
  expect(guardrails.find('wsp_other', id, 'input')).toBeUndefined()

  const { signal } = new AbortController()
  const passes = async (on: 'input' | 'output', body: string) => {
    const seen = { request: Buffer.from(body), answer: on === 'output' ? Buffer.from(body) : null }
    return (await guardrails.find(scope.workspaceId, id, on)!.judge(seen, signal)).passed
  }
  const message = (role: string, content: unknown) => ({ role, content })
  const parts = [
    { type: 'text', text: 'a SECRET' },
    { type: 'image_url', image_url: { url: 'x' } },
  ]
  expect(
    await passes('input', JSON.stringify({ messages: [message('system', 'secret'), message('user', 'hello')] })),
  ).toBe(true)
  expect(await passes('input', JSON.stringify({ messages: [message('user', parts)] }))).toBe(false)
  expect(await passes('input', JSON.stringify({ input: ['fine', 'secret'] }))).toBe(false)
  expect(
    await passes(
      'output',
      JSON.stringify({ choices: [{ message: { content: 'ok' } }, { message: { content: 'secret' } }] }),
    ),
  ).toBe(false)
  const event = (content: string) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
  expect(await passes('output', `${event('se')}${event('cret')}data: [DONE]\n\n`)).toBe(false)
  expect(await passes('output', `${event('se')}${event('at')}data: [DONE]\n\n`)).toBe(true)
  // Where nobody can judge, nobody says that it passes.
  expect(
    await guardrails
      .find(scope.workspaceId, lost.id, 'output')!
      .judge({ request: Buffer.from('{}'), answer: Buffer.from('{"choices":[{"text":"x"}]}') }, signal),
  ).toMatchObject({ passed: null })
  // What a model asks to be called is an answer, too.
  const calls = [{ index: 0, id: 'c', type: 'function', function: { name: 'tell', arguments: '{"it":"SECRET"}' } }]
  expect(await passes('output', JSON.stringify({ choices: [{ message: { content: null, tool_calls: calls } }] }))).toBe(
    false,
  )
  const called = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: calls } }] })}\n\n`
  expect(await passes('output', `${event('fine')}${called}data: [DONE]\n\n`)).toBe(false)

  await evaluators.updateEvaluator(scope, {
    id,
    version: 1,
    config: { kind: 'contains', mode: 'none', values: ['hello'] } as never,
  })
  await evaluators.deleteEvaluator(scope, { id })
  await feed.refresh()
  expect(await passes('output', JSON.stringify({ choices: [{ text: 'secret' }] }))).toBe(true)
  expect(await passes('output', JSON.stringify({ choices: [{ text: 'hello' }] }))).toBe(false)
  expect(await scope.tx((tx) => guardrails.known(tx, scope, [id]))).toEqual(new Set())
})
