import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testModels } from '#lib/testing/models.ts'
import { enqueueDue } from './index.ts'
import type { ModelView, RawModelInput } from './schema.ts'
import { listedMax } from './validation/listing.ts'

const { database } = await testDatabase()
const house = await testModels(database)
const { models, tenancy } = house

/**
 * The practice provider behind a door that can make it another server: model IDs are changed on their way in, and its
 * listing on its way out.
 */
const changed = new Map<string, string>()
const hidden = new Set<string>()
/** So many other models are listed before its own. Null: it has no listing. */
let listedBefore: number | null = 0
const door = createServer((incoming, outgoing) => {
  const parts: Buffer[] = []
  incoming.on('data', (part: Buffer) => parts.push(part))
  incoming.on('end', () => {
    let text = Buffer.concat(parts).toString()
    for (const [from, to] of changed) text = text.replace(`"model":"${from}"`, `"model":"${to}"`)
    const { host: _host, 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = incoming.headers
    const target = new URL(incoming.url ?? '/', house.practice.url)
    const onward = send(target, {
      method: incoming.method,
      headers: { ...headers, 'content-length': Buffer.byteLength(text) },
    })
    onward.on('response', (answer) => {
      const answered: Buffer[] = []
      answer.on('data', (part: Buffer) => answered.push(part))
      answer.on('end', () => {
        let body = Buffer.concat(answered).toString()
        for (const id of hidden) body = body.replaceAll(`"id":"${id}"`, '"id":"something-else"')
        const others = Array.from({ length: listedBefore ?? 0 }, (_, index) => `{"id":"other-${index}"},`)
        const isListing = incoming.url === '/v1/models'
        if (isListing) body = body.replace('"data":[', `"data":[${others.join('')}`)
        const { 'content-length': _old, 'transfer-encoding': _other, ...kept } = answer.headers
        const status = isListing && listedBefore === null ? 404 : (answer.statusCode ?? 500)
        outgoing.writeHead(status, kept).end(status === 404 ? '{}' : body)
      })
    })
    onward.end(text)
  })
})
await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
const { port } = door.address() as AddressInfo
house.allow(`127.0.0.1:${port}`)
afterAll(async () => {
  door.closeAllConnections()
  await new Promise((resolve) => door.close(resolve))
})

async function setUp(changes: Partial<RawModelInput> = {}) {
  changed.clear()
  hidden.clear()
  listedBefore = 0
  const { scope } = await house.workspace()
  const baseUrl = `http://127.0.0.1:${port}/v1`
  const model = await models.addModel(scope, { draft: house.form({ baseUrl, name: 'Watched', ...changes }) })
  await age(scope, 8)
  const job = await tenancy.jobScope(scope.workspaceId, 'watch')
  const data = { workspaceId: scope.workspaceId, modelId: model.id }
  const { signal } = new AbortController()
  return {
    scope,
    model,
    job,
    validate: () => models.validateAgain(job, { ...data, askedBy: null }, signal),
    look: () => models.lookAfter(job, data),
    notices: () => tenancy.listNotices(scope),
    read: () => models.getModel(scope, { id: model.id }),
  }
}

/** As if everything had happened so many days earlier. */
async function age(scope: Scope, days: number): Promise<void> {
  await database.pool.query(
    `update models set validated_at = validated_at - $2 * interval '1 day', created_at = created_at - $2 * interval '1 day' where workspace_id = $1`,
    [scope.workspaceId, days],
  )
  await database.pool.query(
    `update model_watches set checked_at = checked_at - $2 * interval '1 day', validated_at = validated_at - $2 * interval '1 day' where workspace_id = $1`,
    [scope.workspaceId, days],
  )
}

test('a server that has not changed raises no notice, and its card is the same', async () => {
  const { validate, notices, read, model, scope } = await setUp()
  await validate()
  expect(await notices()).toEqual([])
  const after = await read()
  const verdicts = ({ capabilities: { checks, ...rest } }: ModelView) => [
    rest,
    Object.entries(checks).map(([key, { verdict }]) => [key, verdict]),
  ]
  expect(verdicts(after)).toEqual(verdicts(model))
  expect(after.validationId).not.toBe(model.validationId)
  const { items } = await models.listValidations(scope, { model: model.id })
  expect(items.map(({ reason, startedBy }) => [reason, startedBy])).toEqual([
    ['drift', 'watch'],
    ['form', expect.any(String)],
  ])
})

test('a lost capability is found by the weekly validation, agreed by a second run, and told with what to do', async () => {
  const { validate, notices, read, model, scope } = await setUp()
  expect(model.capabilities.checks.tools?.verdict).toBe('yes')
  changed.set('practice-chat', 'practice-chat:no-json-schema')
  await validate()
  const told = await notices()
  expect(told).toMatchObject([
    {
      level: 'warn',
      title: 'Watched lost Structured output',
      body: 'Structured output: yes → no.',
      actionLabel: 'See what changed',
      href: `/${scope.workspace.slug}/router/models/watched?tab=validations`,
    },
  ])
  expect((await read()).capabilities.checks.json_schema?.verdict).toBe('no')
  expect((await models.listValidations(scope, { model: model.id })).items).toHaveLength(3)
  // The next week it is as it was last time: nothing more is told.
  await age(scope, 8)
  await validate()
  expect(await notices()).toEqual(told)
})

test('what was validated within the week, disabled or deleted is left alone', async () => {
  const { validate, model, scope } = await setUp({ type: 'embedding', modelId: 'practice-embed' })
  const count = async () => (await models.listValidations(scope, { model: model.id })).items.length
  await models.setModelState(scope, { id: model.id, state: 'disabled' })
  await validate()
  expect(await count()).toBe(1)
  await models.setModelState(scope, { id: model.id, state: 'active' })
  await validate()
  await validate()
  expect(await count()).toBe(2)
  await models.deleteModel(scope, { id: model.id })
  await validate()
})

test('a model that is gone from the listing is told once by the daily look, and settled when it is back', async () => {
  const { look, notices, scope } = await setUp({ type: 'embedding', modelId: 'practice-embed' })
  await look()
  expect(await notices()).toEqual([])
  hidden.add('practice-embed')
  await look()
  expect(await notices()).toMatchObject([
    { title: `Watched is no longer offered by 127.0.0.1:${port}`, actionLabel: 'Validate again' },
  ])
  const [first] = await notices()
  await tenancy.dismissNotice(scope, { id: first!.id })
  await look()
  expect(await notices()).toEqual([])
  hidden.clear()
  await look()
  hidden.add('practice-embed')
  await look()
  expect(await notices()).toHaveLength(1)
  hidden.clear()
  await look()
  expect(await notices()).toEqual([])
})

test('a model beyond what is read of a long listing is not taken for gone', async () => {
  const { look, notices } = await setUp({ type: 'embedding', modelId: 'practice-embed' })
  listedBefore = listedMax
  await look()
  expect(await notices()).toEqual([])
  hidden.add('practice-embed')
  await look()
  expect(await notices()).toEqual([])
  listedBefore = listedMax - 100
  await look()
  expect(await notices()).toMatchObject([{ title: `Watched is no longer offered by 127.0.0.1:${port}` }])
  // Nor for back.
  listedBefore = listedMax
  await look()
  expect(await notices()).toHaveLength(1)
})

test.each([
  ['more models than are read', listedMax],
  ['none', null],
])('the weekly validation says nothing of a picture model where the server lists %s', async (_, before) => {
  const image = { type: 'image', modelId: 'practice-image', imagePrice: '0.04', imageConsent: true } as const
  const { validate, notices, scope, model } = await setUp({
    ...image,
    inputPrice: '',
    outputPrice: '',
    cachedInputPrice: '',
  })
  listedBefore = before
  for (let week = 0; week < 4; week++) {
    await validate()
    await age(scope, 8)
  }
  expect(await notices()).toEqual([])
  const { items } = await models.listValidations(scope, { model: model.id })
  const { checks } = await models.getValidation(scope, { id: items[0]!.id })
  expect(checks.find(({ key }) => key === 'model')?.problem?.code).toBe('image_consent')
})

test('a server out of reach is told at the third look in a row', async () => {
  const { look, notices, scope } = await setUp({ type: 'embedding', modelId: 'practice-embed' })
  await database.pool.query(`update models set base_url = 'http://127.0.0.1:1/v1' where workspace_id = $1`, [
    scope.workspaceId,
  ])
  house.allow('127.0.0.1:1')
  await look()
  await look()
  expect(await notices()).toEqual([])
  await look()
  expect(await notices()).toMatchObject([{ title: 'The server of Watched cannot be reached' }])
})

test('a look costs nothing and is on record as drift', async () => {
  const { look, scope } = await setUp({ type: 'embedding', modelId: 'practice-embed' })
  await look()
  await house.ledger.flush()
  const { rows } = await database.pool.query(
    `select endpoint, cost_nano_usd::text as cost, input_tokens::text as tokens from ledger.records where workspace_id = $1 and source = 'drift'`,
    [scope.workspaceId],
  )
  expect(rows).toEqual([{ endpoint: 'models', cost: '0', tokens: '0' }])
})

test('the weekly validation finds a revoked key and marks every model with it', async () => {
  const apiKey = 'sk-practice-watchrevoked1'
  const { validate, notices, scope } = await setUp({ type: 'embedding', modelId: 'practice-embed', apiKey })
  const baseUrl = `http://127.0.0.1:${port}/v1`
  const second = house.form({ type: 'embedding', modelId: 'practice-embed', baseUrl, apiKey, name: 'Second' })
  const other = await models.addModel(scope, { draft: second })
  house.practice.revoke(apiKey)
  await validate()
  expect(await notices()).toMatchObject([{ title: `127.0.0.1:${port} refuses the key of 2 models` }])
  expect((await models.getModel(scope, { id: other.id })).keyRefusedAt).not.toBeNull()
})

test('what is due is put into the queue once, spread over the time until the next turn', async () => {
  const { scope, model } = await setUp({ type: 'embedding', modelId: 'practice-embed' })
  const asked: { queue: string; data: object; startAfter?: Date }[] = []
  const queue = {
    enqueue: async (_tx: unknown, job: (typeof asked)[number]) => {
      asked.push(job)
      return 'id'
    },
  }
  const transact = (work: (tx: Tx) => Promise<void>) => database.system.$transaction(work)
  const now = new Date()
  await enqueueDue({ queue, pool: database.pool }, transact, now, 600_000)
  const own = asked.filter(({ data }) => (data as { modelId: string }).modelId === model.id)
  expect(own).toMatchObject([{ queue: 'model-validate', data: { workspaceId: scope.workspaceId, askedBy: null } }])
  for (const { startAfter } of asked) {
    expect(startAfter!.getTime()).toBeGreaterThanOrEqual(now.getTime())
    expect(startAfter!.getTime()).toBeLessThan(now.getTime() + 600_000)
  }
  await database.pool.query('update models set validated_at = now() where id = $1', [model.id])
  asked.length = 0
  await enqueueDue({ queue, pool: database.pool }, transact, now, 600_000)
  expect(asked.filter(({ data }) => (data as { modelId: string }).modelId === model.id)).toMatchObject([
    { queue: 'model-look' },
  ])
})
