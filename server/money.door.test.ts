import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { usage } from '#lib/analytics/index.ts'
import type { UsageRow } from '#lib/analytics/schema.ts'
import type { ModelView, RawModelInput } from '#lib/models/schema.ts'
import { createHostCheck } from '#lib/platform/hosts.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen, serveFetch } from '#lib/testing/doors.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { look, picture, user, weather } from '#lib/testing/practice-client.ts'
import { testRequest } from '#lib/testing/tenancy.ts'
import { GET, POST } from '../app/v1/[...path]/route.ts'
import { createHttpDoor } from './http-door.ts'

// Two books are kept of the same calls, by us and by the provider: they must agree to the nano-dollar.
const { database, url } = await testDatabase()
const studioPort = await listen(serveFetch((request) => (request.method === 'GET' ? GET(request) : POST(request))))
const { runtime, practice } = await testInstallation(url, { studioPort })
const { tenancy, models, ledger } = runtime
const fastPort: number = await listen(
  createHttpDoor({
    gateway: runtime.gateway,
    isOurHost: (host) => createHostCheck({ bind: '127.0.0.1', port: fastPort, publicUrls: [] })(host),
    notReady: () => [],
    onError: (error) => {
      throw error
    },
  }),
)

const { person, workspace } = await tenancy.claim(
  { request: testRequest, loopback: true },
  { name: 'Ada', email: 'ada@example.test', password: 'correct horse battery', workspaceName: 'Money' },
)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const { secret } = await tenancy.createKey(scope, { name: 'caller' })

/** As the provider charges. */
const prices: Record<string, Partial<RawModelInput>> = {
  'practice-chat': { inputPrice: '0.15', cachedInputPrice: '0.075', outputPrice: '0.6' },
  'practice-small': { inputPrice: '0.05', cachedInputPrice: '0.025', outputPrice: '0.08' },
  'practice-reasoner': { inputPrice: '1.1', cachedInputPrice: '0.55', outputPrice: '4.4' },
  'practice-completion': { type: 'completion', inputPrice: '0.5', outputPrice: '1.5' },
  'practice-embed': { type: 'embedding', inputPrice: '0.02' },
  'practice-image': { type: 'image', imagePrice: '0.04', imageConsent: true },
}

let count = 0
/** Form of a model with a key of its own, so that the provider keeps its calls apart. */
function formOf(modelId: string): RawModelInput & { apiKey: string } {
  const apiKey = `sk-practice-money${String(++count).padStart(8, '0')}`
  const base = { type: 'chat', baseUrl: practice.url, region: 'own', name: `Model ${count}` } as const
  return { ...base, ...prices[modelId.split(':')[0]!], apiKey, modelId }
}

/** Validates, waits for its whole card, and saves. */
async function add(modelId: string): Promise<{ model: ModelView; apiKey: string }> {
  const draft = formOf(modelId)
  const validation = await models.startValidation(scope, { draft })
  for await (const event of validation.events) if (event.type === 'finished') break
  return { model: await models.addModel(scope, { draft, validationId: validation.id }), apiKey: draft.apiKey }
}

async function rowOf(modelId: string): Promise<UsageRow | undefined> {
  await ledger.flush()
  const { rows } = await usage(scope, { range: '24h', includePractice: true })
  return rows.find(({ key }) => key === modelId)
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

const doors: [string, OpenAI][] = [
  ['fast', fastPort],
  ["studio's", studioPort],
].map(([name, port]) => [
  String(name),
  new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: secret, maxRetries: 0 }),
])

const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const jsonSchema = { type: 'json_schema' as const, json_schema: { name: 'city', schema, strict: true } }
const tools = { tools: [weather], tool_choice: 'required' as const }

async function chatInManyWays(openai: OpenAI, model: string): Promise<void> {
  const { completions } = openai.chat
  const messages = user('What is the weather in Zürich? 東京? Say it twice.')
  await completions.create({ model, messages })
  await completions.create({ model, messages, n: 2, max_tokens: 20 })
  await completions.create({ model, messages, ...tools })
  await completions.create({ model, messages, response_format: jsonSchema })
  await completions.create({ model, messages: look(picture('red', 'circle'), picture('blue', 'square')) })
  await drain(await completions.create({ model, messages, stream: true }))
  await drain(await completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }))
  await drain(await completions.create({ model, messages, stream: true, ...tools }))
  await drain(await completions.create({ model, messages, stream: true, n: 3, response_format: jsonSchema }))
}

async function chatPlainly(openai: OpenAI, model: string): Promise<void> {
  await openai.chat.completions.create({ model, messages: user('Say hello') })
  await drain(await openai.chat.completions.create({ model, messages: user('Say hello'), stream: true }))
}

async function complete(openai: OpenAI, model: string): Promise<void> {
  await openai.completions.create({ model, prompt: ['Once upon a time', 'Twice'], n: 2 })
  await drain(await openai.completions.create({ model, prompt: 'Once upon a time', stream: true }))
}

async function embed(openai: OpenAI, model: string): Promise<void> {
  await openai.embeddings.create({ model, input: ['one', 'two and a half'] })
  await openai.embeddings.create({ model, input: 'three', encoding_format: 'float', dimensions: 64 })
}

async function paint(openai: OpenAI, model: string): Promise<void> {
  await openai.images.generate({ model, prompt: 'a red circle', n: 2, size: '256x256' })
}

const cases: [modelId: string, call: (openai: OpenAI, model: string) => Promise<void>][] = [
  ['practice-chat', chatInManyWays],
  ['practice-chat:cached', chatInManyWays],
  ['practice-reasoner', chatInManyWays],
  ['practice-reasoner:cached+reasoning-outside', chatPlainly],
  ['practice-small', chatPlainly],
  ['practice-chat:usage-every-chunk', chatPlainly],
  ['practice-chat:usage-with-choices', chatPlainly],
  ['practice-chat:no-done', chatPlainly],
  ['practice-chat:split-bytes+crlf', chatPlainly],
  ['practice-completion', complete],
  ['practice-embed', embed],
  ['practice-image', paint],
]

describe('the workspace pays what the provider charged, to the nano-dollar', () => {
  test.each(cases)('for %s, its validation, every way to call it, on both doors', async (modelId, call) => {
    const { model, apiKey } = await add(modelId)
    const validated = await rowOf(model.id)
    expect(validated?.probes).toBeGreaterThan(0)
    expect(validated?.cost.nanoUsd).toBe(practice.account(apiKey).costNanoUsd)
    for (const [name, openai] of doors) {
      const before = await rowOf(model.id)
      await call(openai, model.slug)
      const after = await rowOf(model.id)
      expect(after!.ok, name).toBeGreaterThan(before!.ok)
      expect(after!.cost.nanoUsd, name).toBe(practice.account(apiKey).costNanoUsd)
    }
    const last = await rowOf(model.id)
    expect(last).toMatchObject({ unpriced: 0, estimated: 0, errors: 0 })
    expect(BigInt(last!.cost.nanoUsd)).toBeGreaterThan(BigInt(validated!.cost.nanoUsd))
  })

  test('and nothing for calls that failed, ours and theirs', async () => {
    const { model, apiKey } = await add('practice-chat')
    const before = practice.account(apiKey)
    for (const [, openai] of doors) {
      const { completions } = openai.chat
      await expect(completions.create({ model: 'no-such-model', messages: user('x') })).rejects.toThrow('no-such-model')
      await expect(completions.create({ model: model.slug, messages: user('x'), temperature: 9 })).rejects.toThrow()
      await expect(openai.embeddings.create({ model: model.slug, input: 'x' })).rejects.toThrow()
    }
    expect(practice.account(apiKey).costNanoUsd).toBe(before.costNanoUsd)
    expect(await rowOf(model.id)).toMatchObject({ cost: { nanoUsd: before.costNanoUsd }, errors: doors.length })
  })

  test('also for an answer that came whole where a stream was asked for', async () => {
    const { model, apiKey } = await add('practice-chat:never-stream')
    const { costNanoUsd } = practice.account(apiKey)
    const params = { model: model.slug, messages: user('Say hello'), stream: true as const }
    for (const [, openai] of doors) await drain(await openai.chat.completions.create(params))
    expect(BigInt(practice.account(apiKey).costNanoUsd)).toBeGreaterThan(BigInt(costNanoUsd))
    expect(await rowOf(model.id)).toMatchObject({ cost: { nanoUsd: practice.account(apiKey).costNanoUsd }, errors: 0 })
  })

  test('for validations that failed and whose model was never saved', async () => {
    for (const modelId of [
      'practice-chat:html',
      'practice-chat:error',
      'practice-chat:quota',
      'practice-chat:bad-json',
    ]) {
      await expect(models.addModel(scope, { draft: formOf(modelId) })).rejects.toMatchObject({
        code: 'validation_failed',
      })
    }
  })

  // After everything above: one sum over all keys, models, doors and sources.
  test('in all', async () => {
    await ledger.flush()
    const { total, rows } = await usage(scope, { range: '24h', includePractice: true })
    expect(rows.length).toBeGreaterThan(cases.length)
    expect(total.cost.nanoUsd).toBe(practice.account().costNanoUsd)
    expect(total.unpriced).toBe(0)
    const { rows: sums } = await database.pool.query<{ sum: string }>(
      'select sum(cost_nano_usd)::text as sum from ledger.records where workspace_id = $1',
      [scope.workspaceId],
    )
    expect(sums[0]!.sum).toBe(practice.account().costNanoUsd)
  })
})

// What the server does not tell cannot be equal: then the record says that it is an estimate, and prices that.
describe('what cannot be known is marked', () => {
  test('a server without usage: every call is estimated, at the price', async () => {
    const { model } = await add('practice-chat:no-usage')
    const before = await rowOf(model.id)
    for (const [, openai] of doors) await chatPlainly(openai, model.slug)
    const after = await rowOf(model.id)
    expect(after!.estimated - before!.estimated).toBe(4)
    expect(BigInt(after!.cost.nanoUsd)).toBeGreaterThan(BigInt(before!.cost.nanoUsd))
  })

  test('a stream that the caller left: charged there for what was sent, here estimated from what was passed on', async () => {
    const { model, apiKey } = await add('practice-chat')
    await database.pool.query(
      `update models set model_id = 'practice-chat:endless', version = version + 1 where id = $1`,
      [model.id],
    )
    await runtime.feed.refresh()
    let left = 0
    for (const [name, openai] of doors) {
      const messages = user('Go on and on')
      const stream = await openai.chat.completions.create({ model: model.slug, messages, stream: true })
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
      stream.controller.abort()
      left += 1
      await expect.poll(async () => (await rowOf(model.id))?.aborted, { message: name }).toBe(left)
    }
    const charged = practice.account(apiKey).rows.find((row) => row.model === 'practice-chat:endless')
    expect(charged).toMatchObject({ calls: left, aborted: left })
    const { rows } = await database.pool.query<{ usage_source: string; cost: string }>(
      `select usage_source, cost_nano_usd::text as cost from ledger.records where model_id = $1 and outcome = 'aborted'`,
      [model.id],
    )
    expect(rows.map((row) => row.usage_source)).toEqual(['estimated', 'estimated'])
    expect(rows.every((row) => BigInt(row.cost) > 0n)).toBe(true)
  })
})
