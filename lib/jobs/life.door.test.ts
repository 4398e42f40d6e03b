import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ModelView, RawModelInput } from '#lib/models/schema.ts'
import { createQueue, type Queue } from '#lib/platform/queue.ts'
import { start } from '#lib/practice/index.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { startWorker } from './index.ts'

const { database, url } = await testDatabase()
// Slow enough to be left in the middle.
const slow = await start({ port: 0, latencyScale: 0.4 })
afterAll(() => slow.close())
const { runtime, practice } = await testInstallation(url, { allowedEndpoints: new URL(slow.url).host })
const { alerts, experiments, models, tenancy, gateway, ledger } = runtime
const request = { id: 'req_test', address: '127.0.0.1' }
const { person } = await tenancy.claim(
  { request, loopback: true },
  { name: 'Op', email: 'op@example.test', password: 'correct horse battery', workspaceName: 'Operations' },
)

async function startWork(): Promise<Queue> {
  const queue = await createQueue({
    database,
    worker: { url },
    onError: (error) => {
      throw error
    },
  })
  const { clock, logger } = runtime
  const { pool, system } = database
  await startWorker({ queue, pool, system, models, experiments, alerts, tenancy, clock, logger, retentionDays: 400 })
  return queue
}

let queue: Queue
beforeAll(async () => {
  queue = await startWork()
})
afterAll(() => queue.stop(5_000))

let count = 0
async function workspace(): Promise<Scope> {
  const { slug } = await tenancy.createWorkspace(person, { name: `Life ${++count}` })
  return tenancy.scopeForPerson(person, slug)
}

let keys = 0
const newKey = () => `sk-practice-life${String(++keys).padStart(8, '0')}`
const form = (changes: Partial<RawModelInput> = {}): RawModelInput => ({
  type: 'embedding',
  baseUrl: practice.url,
  apiKey: newKey(),
  name: 'Model',
  modelId: 'practice-embed',
  region: 'own',
  ...changes,
})

function call(scope: Scope, model: ModelView, body: object) {
  const path = model.type === 'embedding' ? '/v1/embeddings' : '/v1/chat/completions'
  return gateway.handleAs(
    {
      workspaceId: scope.workspaceId,
      actor: scope.actor,
      keyId: '',
      scopes: ['inference'],
      modelIds: [],
      source: 'try',
    },
    {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ model: model.slug, ...body })),
      peer: '',
      signal: new AbortController().signal,
      receivedAtMs: Date.now(),
    },
  )
}
const embed = async (scope: Scope, model: ModelView) => (await call(scope, model, { input: 'x' })).status
const servedBy = (key: string) => practice.account(key).calls

test('12 models with one revoked key: one call is enough for the notice, one paste repairs all, a stream in flight is not cut', async () => {
  const scope = await workspace()
  const apiKey = newKey()
  const made: ModelView[] = []
  for (let index = 0; index < 11; index++)
    made.push(await models.addModel(scope, { draft: form({ apiKey, name: `Model ${index + 1}` }) }))
  const paced = form({ apiKey, type: 'chat', name: 'Paced', modelId: 'practice-instant:paced' })
  const chat = await models.addModel(scope, { draft: paced })
  made.push(chat)
  const other = await models.addModel(scope, { draft: form({ name: 'Other key' }) })
  await runtime.feed.refresh()

  const stream = await call(scope, chat, { stream: true, messages: [{ role: 'user', content: 'Say much' }] })
  expect(stream.status).toBe(200)
  const chunks: string[] = []
  const reading = (async () => {
    for await (const chunk of stream.body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk).toString())
  })()
  await vi.waitFor(() => expect(chunks.length).toBeGreaterThan(1))

  practice.revoke(apiKey)
  expect(await embed(scope, made[0]!)).toBe(502)
  await vi.waitFor(async () => expect(await tenancy.listNotices(scope)).toHaveLength(1), { timeout: 15_000 })
  const [notice] = await tenancy.listNotices(scope)
  expect(notice).toMatchObject({ level: 'bad', actionLabel: 'Replace the key' })
  expect(notice!.title).toBe(`127.0.0.1:${practice.port} refuses the key of 12 models`)
  expect(notice!.href).toMatch(/\/router\/models\/.+\?edit=key$/)
  const marked = (await models.listModels(scope)).items.filter((model) => model.keyRefusedAt !== null)
  expect(marked).toHaveLength(12)

  // Nothing is called any more, and the one with another key answers.
  await runtime.feed.refresh()
  const before = servedBy(apiKey)
  const answers = await Promise.all(made.slice(0, 5).map((model) => call(scope, model, { input: 'x' })))
  for (const answer of answers) {
    expect(answer.status).toBe(502)
    expect(answer.headers['x-should-retry']).toBe('false')
    expect(Buffer.from(answer.body as Uint8Array).toString()).toContain('upstream_auth_failed')
  }
  expect(servedBy(apiKey)).toBe(before)
  expect(await embed(scope, other)).toBe(200)

  const replacement = newKey()
  const group = await models.rotationGroup(scope, { id: made[3]!.id })
  expect(group).toHaveLength(12)
  const results = await models.rotateKey(scope, {
    id: made[3]!.id,
    apiKey: replacement,
    also: group.map(({ id }) => id),
  })
  expect(results.filter(({ replaced }) => !replaced)).toEqual([])
  await runtime.feed.refresh()
  for (const model of made.slice(0, 11)) expect(await embed(scope, model)).toBe(200)
  expect(await tenancy.listNotices(scope)).toEqual([])

  await reading
  const whole = chunks.join('')
  expect(whole.endsWith('data: [DONE]\n\n')).toBe(true)
  await ledger.flush()
  const id = stream.headers['x-request-id']
  const { rows } = await database.pool.query('select outcome from ledger.records where id = $1', [id])
  expect(rows).toEqual([{ outcome: 'ok' }])
}, 60_000)

test('a key that is refused again by hand stays refused; one that works again frees every model', async () => {
  const scope = await workspace()
  const apiKey = newKey()
  const baseUrl = practice.url.replace(/\/v1$/, '/no-models/v1')
  const one = await models.addModel(scope, { draft: form({ apiKey, baseUrl, name: 'One' }) })
  const two = await models.addModel(scope, { draft: form({ apiKey, baseUrl, name: 'Two' }) })
  await runtime.feed.refresh()
  practice.revoke(apiKey)
  // Without a listing only traffic tells: three refusals in a minute.
  for (let turn = 0; turn < 2; turn++) expect(await embed(scope, one)).toBe(502)
  expect(await tenancy.listNotices(scope)).toEqual([])
  await embed(scope, one)
  await vi.waitFor(async () => expect(await tenancy.listNotices(scope)).toHaveLength(1))
  expect(await models.retryKey(scope, { id: two.id })).toMatchObject({
    accepted: false,
    problem: { code: 'key_refused', field: 'apiKey' },
  })
  expect((await models.getModel(scope, { id: one.id })).keyRefusedAt).not.toBeNull()

  await database.pool.query('update models set base_url = $1 where workspace_id = $2', [
    practice.url.replace(/\/v1$/, '/any-key/v1'),
    scope.workspaceId,
  ])
  expect(await models.retryKey(scope, { id: two.id })).toEqual({ accepted: true, problem: null })
  expect((await models.getModel(scope, { id: one.id })).keyRefusedAt).toBeNull()
  expect(await tenancy.listNotices(scope)).toEqual([])
})

test('a model saved in the middle of its validation is finished by the worker, also after a restart', async () => {
  const scope = await workspace()
  const draft = form({ type: 'chat', baseUrl: slow.url, modelId: 'practice-chat:slow', name: 'Early' })
  await queue.stop(5_000)
  const { id, events } = await models.startValidation(scope, { draft })
  let seen = 0
  for await (const event of events) {
    seen = event.seq
    if (event.type === 'progress' && event.savable) break
  }
  const early = await models.addModel(scope, { draft, validationId: id })
  const waiting = await models.getValidation(scope, { id })
  expect(waiting).toMatchObject({ status: 'running', savable: true, modelId: early.id })
  expect(waiting.checks.filter(({ state }) => state === 'waiting').length).toBeGreaterThan(0)
  const decided = waiting.checks.filter(({ state }) => state === 'passed')

  // Whoever follows goes on seeing events, from where they were.
  const told: string[] = []
  const follow = (async () => {
    for await (const event of await models.validationEvents(scope, { id, after: seen })) {
      told.push(event.type)
      if (event.type === 'finished') return event.validation
    }
    return undefined
  })()
  queue = await startWork()
  // A worker that is stopped in the middle leaves the rest to the next one.
  await vi.waitFor(
    async () => expect((await models.getValidation(scope, { id })).calls).toBeGreaterThan(waiting.calls),
    {
      timeout: 10_000,
    },
  )
  await queue.stop(1)
  expect((await models.getValidation(scope, { id })).status).toBe('running')
  queue = await startWork()
  const finished = await follow
  expect(finished).toMatchObject({ id, status: 'passed' })
  for (const check of decided) expect(finished!.checks.find(({ key }) => key === check.key)).toEqual(check)
  expect(finished!.capabilities.checks).toMatchObject({ vision: { verdict: 'yes' }, n: { verdict: 'yes' } })
  await vi.waitFor(async () =>
    expect((await models.getModel(scope, { id: early.id })).capabilities).toEqual(finished!.capabilities),
  )
  expect(finished!.calls).toBeLessThanOrEqual(40)
}, 60_000)
