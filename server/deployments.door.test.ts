import OpenAI, { APIError } from 'openai'
import { describe, expect, test } from 'vitest'
import { deploymentFigures, getRequest } from '#lib/analytics/index.ts'
import type { DeploymentConfigInput } from '#lib/deployments/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'
import { call, openBothDoors } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { testRequest } from '#lib/testing/tenancy.ts'

const { url, database } = await testDatabase()
const { runtime, practice } = await testInstallation(url)
const ports = await openBothDoors(runtime)
const { tenancy, models, deployments, ledger, feed } = runtime
const { person } = await tenancy.claim(
  { request: testRequest, loopback: true },
  { name: 'Op', email: 'op@example.test', password: 'correct horse battery', workspaceName: 'Operations' },
)

let made = 0

async function workspace() {
  const { slug } = await tenancy.createWorkspace(person, { name: `Workspace ${++made}` })
  const scope = await tenancy.scopeForPerson(person, slug)
  const { secret } = await tenancy.createKey(scope, { name: 'caller' })
  return { scope, secret }
}

async function addModel(
  scope: Awaited<ReturnType<typeof workspace>>['scope'],
  modelId: string,
  slug: string,
): Promise<ModelView> {
  const apiKey = `sk-practice-deploy${String(++made).padStart(8, '0')}`
  const isChat = modelId === 'practice-chat'
  const draft = {
    type: isChat ? 'chat' : 'embedding',
    baseUrl: practice.url,
    apiKey,
    name: slug,
    slug,
    modelId,
    region: 'own',
    inputPrice: '0.15',
    ...(isChat && { outputPrice: '0.6' }),
  }
  return models.addModel(scope, { draft: draft as never })
}

const world = await workspace()
const { scope, secret } = world
const primary = await addModel(scope, 'practice-chat', 'primary')
const spare = await addModel(scope, 'practice-chat', 'spare')
const embed = await addModel(scope, 'practice-embed', 'embed')
await feed.refresh()

const tool = {
  function: {
    name: 'find_order',
    parameters: { type: 'object', properties: { number: { type: 'string' } }, required: ['number'] },
  },
}
const schema = {
  type: 'json_schema' as const,
  json_schema: {
    name: 'answer',
    strict: true,
    schema: {
      type: 'object',
      properties: { text: { type: 'string' } },
      required: ['text'],
      additionalProperties: false,
    },
  },
}

function config(changes: Partial<DeploymentConfigInput['variants'][number]> = {}): DeploymentConfigInput {
  return {
    variables: [{ name: 'question' }, { name: 'tone', default: 'kind' }, { name: 'mail', required: false, pii: true }],
    variants: [
      {
        name: 'main',
        model: primary.id,
        messages: [
          { role: 'system', content: 'Be {{tone}}.' },
          { role: 'user', content: '{{question}}' },
        ],
        fallbacks: [{ model: spare.id, parameters: { temperature: 0.9 } }],
        parameters: { temperature: 0.1 },
        ...changes,
      },
    ],
  }
}

async function create(key: string, given = config()) {
  const { id } = await deployments.createDeployment(scope, { key, config: given })
  await deployments.publish(scope, { id, draftVersion: 1 })
  await feed.refresh()
  return id
}

async function recordOf(requestId: string) {
  await ledger.flush()
  const { rows } = await database.pool.query('select * from ledger.records where id = $1', [requestId])
  return rows[0]
}

async function failureOf(work: Promise<unknown>): Promise<APIError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(APIError)
  return error as APIError
}

const told = (response: Response) =>
  Object.fromEntries(
    ['deployment', 'version', 'variant', 'environment', 'model', 'attempts'].map((name) => [
      name,
      response.headers.get(`x-patchbay-${name}`),
    ]),
  )

describe.each(['fast', 'studio'] as const)('at the %s door', (door) => {
  const client = new OpenAI({ apiKey: secret, baseURL: `http://127.0.0.1:${ports[door]}/v1`, maxRetries: 0 })
  const ask = (model: string, more: object = {}) =>
    client.chat.completions
      .create({
        model,
        messages: [],
        variables: { question: 'Where is it?' },
        ...more,
      } as OpenAI.ChatCompletionCreateParamsNonStreaming)
      .withResponse()

  test('publish, call, change, publish to staging, promote, roll back: every call shows its version and variant', async () => {
    const key = `journey-${door}`
    const id = await create(
      key,
      config({ tools: [tool], parameters: { response_format: schema, tool_choice: 'auto' } }),
    )
    const address = `deployment/${key}`
    const first = await ask(address)
    expect(told(first.response)).toEqual({
      deployment: key,
      version: '1.0',
      variant: 'main',
      environment: 'production',
      model: 'primary',
      attempts: '1',
    })
    expect(await recordOf(first.response.headers.get('x-request-id')!)).toMatchObject({
      deployment_id: id,
      version: '1.0',
      variant: 'main',
      environment: 'production',
      source: 'deployment',
      model_id: primary.id,
      address,
      outcome: 'ok',
      priced: true,
    })

    const draft = await deployments.getDraft(scope, { id })
    const changed = config({ messages: [{ role: 'user', content: 'Shortly: {{question}}' }] })
    const saved = await deployments.saveDraft(scope, { id, version: draft.version, config: changed })
    const diff = await deployments.diffDeployment(scope, { id, from: '1.0', to: 'draft' })
    expect(diff.sections.map(({ area }) => area)).toEqual(['prompt', 'parameters', 'tools'])
    await deployments.publish(scope, { id, draftVersion: saved.version, environment: 'staging' })
    // No refresh by hand: the notice brings it.
    await expect
      .poll(async () => told((await ask(`${address}@staging`)).response).version, { timeout: 5_000 })
      .toBe('1.1')
    expect(told((await ask(address)).response).version).toBe('1.0')

    await deployments.promote(scope, { id, from: 'staging', to: 'production' })
    await expect.poll(async () => told((await ask(address)).response).version, { timeout: 5_000 }).toBe('1.1')
    await deployments.rollback(scope, { id, environment: 'production' })
    await expect.poll(async () => told((await ask(address)).response).version, { timeout: 5_000 }).toBe('1.0')
    // By number, also what serves nothing.
    await deployments.rollback(scope, { id, environment: 'staging', version: '1.0' })
    await feed.refresh()
    expect(told((await ask(`${address}@1.1`)).response)).toMatchObject({ version: '1.1', environment: null })
  })

  test('streams, with the prompt’s own messages before a caller’s', async () => {
    const key = `stream-${door}`
    await create(key)
    const { data: stream, response } = await client.chat.completions
      .create({
        model: `deployment/${key}`,
        stream: true,
        messages: [
          { role: 'assistant', content: 'Hello' },
          { role: 'user', content: 'Go on' },
        ],
        variables: { question: 'x' },
      } as OpenAI.ChatCompletionCreateParamsStreaming)
      .withResponse()
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).not.toBe('')
    expect(told(response)).toMatchObject({ version: '1.0', variant: 'main' })
    expect(await recordOf(response.headers.get('x-request-id')!)).toMatchObject({
      stream: true,
      version: '1.0',
      outcome: 'ok',
    })
  })

  test('missing and unknown variables are refused by name, and recorded with their version', async () => {
    const key = `strict-${door}`
    await create(key)
    const failure = await failureOf(ask(`deployment/${key}`, { variables: { tone: 3, extra: 'x' } }))
    expect(failure).toMatchObject({ status: 400, param: 'variables.question', code: 'invalid_request' })
    expect(failure.message).toContain('question is missing. tone must be a text. extra is not declared.')
    expect(failure.headers?.get('x-patchbay-version')).toBe('1.0')
    expect(await recordOf(failure.requestID!)).toMatchObject({ outcome: 'refused', version: '1.0', variant: 'main' })
    const lenient = { ...config(), lenient: true }
    await create(`lenient-${door}`, lenient)
    const { response } = await ask(`deployment/lenient-${door}`, { variables: { extra: 'x' } })
    expect(response.headers.get('x-patchbay-warnings')).toBe('question is missing.; extra is not declared.')
  })

  test('a caller’s own parameters fill what the variant leaves open, and what they do not change is told', async () => {
    const key = `parameters-${door}`
    await create(key)
    const body = {
      model: `deployment/${key}`,
      temperature: 1.5,
      max_tokens: 5,
      variables: { question: 'x' },
      messages: [],
    }
    const answer = await call(ports[door], secret, body)
    expect(answer.headers['x-patchbay-overridden']).toBe('temperature')
    expect(JSON.parse(answer.body).usage.completion_tokens).toBeLessThanOrEqual(5)
    const refused = await call(ports[door], secret, { ...body, fallbacks: [{ model: 'spare' }] })
    expect([refused.status, JSON.parse(refused.body).error.param]).toEqual([400, 'fallbacks'])
  })

  test('invoke takes inputs, context, messages, identity, metadata; config shows what would be sent', async () => {
    const key = `invoke-${door}`
    const id = await create(key)
    const body = {
      inputs: { question: 'A "quoted"\nquestion', mail: 'ann@example.test' },
      context: { environment: 'production' },
      prefix_messages: [{ role: 'user', content: 'Before' }],
      messages: [{ role: 'user', content: 'After' }],
      identity: { id: 'ann' },
      thread: { id: 'thread-1' },
      metadata: { team: 'support' },
      extra_params: { temperature: 0.7 },
    }
    const invoked = await call(ports[door], secret, body, { path: `/v1/deployments/${key}/invoke` })
    expect(invoked.status).toBe(200)
    expect(JSON.parse(invoked.body).choices[0].message.role).toBe('assistant')
    expect(await recordOf(String(invoked.headers['x-request-id']))).toMatchObject({
      deployment_id: id,
      endpoint: 'deployments/invoke',
      address: `deployment/${key}`,
      identity: 'ann',
      thread: 'thread-1',
      metadata: { team: 'support' },
    })
    const resolved = await call(ports[door], secret, body, { path: `/v1/deployments/${key}/config` })
    expect(JSON.parse(resolved.body)).toMatchObject({
      object: 'deployment.config',
      version: '1.0',
      model: 'primary',
      request: {
        model: 'primary',
        temperature: 0.7,
        metadata: { team: 'support' },
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'Before' },
          { role: 'user', content: 'A "quoted"\nquestion' },
          { role: 'user', content: 'After' },
        ],
      },
      fallbacks: [{ model: 'spare' }],
    })
    const mock = await call(
      ports[door],
      secret,
      { inputs: { question: 'x' }, invoke_options: { mock_response: 'Canned "é"' } },
      { path: `/v1/deployments/${key}/invoke` },
    )
    expect(JSON.parse(mock.body).choices[0].message).toEqual({ role: 'assistant', content: 'Canned "é"' })
    expect(mock.headers['x-patchbay-mock']).toBe('true')
    expect(await recordOf(String(mock.headers['x-request-id']))).toBeUndefined()
    const wrong = await call(ports[door], secret, { input: {} }, { path: `/v1/deployments/${key}/invoke` })
    expect([wrong.status, JSON.parse(wrong.body).error.param]).toEqual([400, 'input'])
  })

  test('a variant with a cache answers an equal question from it, and a repeat with a key from the first call', async () => {
    const key = `cached-${door}`
    await create(key, config({ cacheSeconds: 60 }))
    const address = `deployment/${key}`
    const variables = { question: `At the ${door} door?` }
    const first = await ask(address, { variables })
    expect(first.response.headers.get('x-patchbay-cache')).toBe('miss')
    const cacheOf = async (more: object = { variables }) =>
      (await ask(address, more)).response.headers.get('x-patchbay-cache')
    await expect.poll(cacheOf).toBe('hit')
    expect(await cacheOf({ variables: { question: `At the ${door} door again?` } })).toBe('miss')
    const again = await ask(address, { variables })
    expect(again.data).toEqual(first.data)
    expect(told(again.response)).toMatchObject({ deployment: key, version: '1.0', variant: 'main' })
    expect(await recordOf(again.response.headers.get('x-request-id')!)).toMatchObject({
      ...{ cache: 'hit', source: 'deployment', version: '1.0', cost_nano_usd: '0' },
    })

    const headers = { authorization: `Bearer ${secret}`, 'idempotency-key': key, 'content-type': 'application/json' }
    const invoke = (more: object = {}) =>
      fetch(`http://127.0.0.1:${ports[door]}/v1/deployments/${key}/invoke`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ inputs: { question: 'Once?' }, ...more }),
      })
    const [once, twice] = [await invoke(), await invoke()]
    expect(await twice.text()).toBe(await once.text())
    expect(twice.headers.get('x-patchbay-replay-of')).toBe(once.headers.get('x-request-id'))
    expect(twice.headers.get('x-patchbay-deployment')).toBe(key)
    expect((await invoke({ stream: true })).status).toBe(422)
  })

  test('an embedding deployment answers embeddings, and nothing else', async () => {
    const key = `embed-${door}`
    const { id } = await deployments.createDeployment(scope, { key, model: embed.id })
    await deployments.publish(scope, { id, draftVersion: 1 })
    await feed.refresh()
    const { data } = await client.embeddings.create({ model: `deployment/${key}`, input: ['a', 'b'] })
    expect(data).toHaveLength(2)
    const failure = await failureOf(ask(`deployment/${key}`, { variables: undefined }))
    expect(failure).toMatchObject({ status: 400, code: 'unsupported_for_model' })
    const invoke = (body: object) =>
      call(ports[door], secret, { inputs: {}, ...body }, { path: `/v1/deployments/${key}/invoke` })
    const without = await invoke({})
    expect([without.status, JSON.parse(without.body).error.param]).toEqual([400, 'input'])
    const wrong = await invoke({ input: 'a', prompt: 'b' })
    expect([wrong.status, JSON.parse(wrong.body).error.message]).toEqual([
      400,
      'A deployment for embeddings takes input, not prompt.',
    ])
    const given = await invoke({ input: ['a', 'b', 'c'] })
    expect([given.status, JSON.parse(given.body).data.length]).toEqual([200, 3])
  })

  test('what does not exist, and what is not published, is a 404 that says so', async () => {
    const key = `unpublished-${door}`
    const { id } = await deployments.createDeployment(scope, { key, config: config() })
    await feed.refresh()
    expect(await failureOf(ask('deployment/nothing'))).toMatchObject({ status: 404, code: 'model_not_found' })
    const unpublished = await failureOf(ask(`deployment/${key}`))
    expect(unpublished.message).toContain('has no version in “production”. Nothing is published yet.')
    expect(await recordOf(unpublished.requestID!)).toMatchObject({ deployment_id: id, outcome: 'refused' })
    // A draft is for people.
    expect((await failureOf(ask(`deployment/${key}@draft`))).status).toBe(404)
    expect((await failureOf(ask(`deployment/journey-${door}@9.9`))).message).toContain('has no version 9.9')
    const other = await workspace()
    const stranger = new OpenAI({ apiKey: other.secret, baseURL: client.baseURL, maxRetries: 0 })
    const foreign = stranger.chat.completions.create({ model: `deployment/journey-${door}`, messages: [] })
    expect(await failureOf(foreign)).toMatchObject({ status: 404, code: 'model_not_found' })
  })
})

test('the primary model dies: callers get the fallback’s answer, with both attempts and both models on the record', async () => {
  await create('dying')
  await database.pool.query(`update models set model_id = 'practice-chat:error', version = version + 1 where id = $1`, [
    primary.id,
  ])
  await feed.refresh()
  try {
    const answer = await call(ports.fast, secret, {
      model: 'deployment/dying',
      messages: [],
      variables: { question: 'x' },
    })
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'x-patchbay-model': 'spare',
      'x-patchbay-attempts': '2',
      'x-patchbay-version': '1.0',
    })
    const record = await recordOf(String(answer.headers['x-request-id']))
    expect(record).toMatchObject({ model_id: spare.id, outcome: 'ok', priced: true, variant: 'main' })
    expect(Number(record.cost_nano_usd)).toBeGreaterThan(0)
    expect(record.attempts).toMatchObject([
      { modelId: primary.id, status: 500 },
      { modelId: spare.id, status: 200, code: '' },
    ])
    const { attemptList, cost } = await getRequest(scope, String(answer.headers['x-request-id']))
    expect(attemptList.map(({ costNanoUsd }) => costNanoUsd)).toEqual([undefined, cost.nanoUsd])
  } finally {
    await database.pool.query(`update models set model_id = 'practice-chat', version = version + 1 where id = $1`, [
      primary.id,
    ])
    await feed.refresh()
  }
})

test('a model that is disabled is passed over and told; without another one the refusal says which', async () => {
  const solo = config({ fallbacks: [] })
  await create('with-spare')
  await create('alone', solo)
  await models.setModelState(scope, {
    id: primary.id,
    state: 'disabled',
    version: (await models.getModel(scope, { id: primary.id })).version,
  })
  await feed.refresh()
  try {
    const body = { messages: [], variables: { question: 'x' } }
    const answer = await call(ports.fast, secret, { model: 'deployment/with-spare', ...body })
    expect(answer.headers).toMatchObject({
      'x-patchbay-model': 'spare',
      'x-patchbay-skipped': 'primary (model_disabled)',
    })
    const refused = await call(ports.fast, secret, { model: 'deployment/alone', ...body })
    expect([refused.status, JSON.parse(refused.body).error]).toMatchObject([
      403,
      { code: 'model_disabled', message: 'The model “primary” of the variant “main” of “alone” is disabled.' },
    ])
  } finally {
    await models.setModelState(scope, {
      id: primary.id,
      state: 'active',
      version: (await models.getModel(scope, { id: primary.id })).version,
    })
    await feed.refresh()
  }
})

test('routing, splits and canaries are stable for an identity, and told on the record', async () => {
  const variant = config().variants[0]!
  const id = await create('routed', {
    ...config(),
    variants: [variant, { ...variant, name: 'gold' }, { ...variant, name: 'other' }],
    routing: {
      default: 'main',
      rows: [
        {
          conditions: [{ field: 'plan', type: 'string', operator: 'equals', value: 'gold' }],
          split: [{ variant: 'gold', percent: 100 }],
        },
        {
          conditions: [{ field: 'trial', type: 'boolean', operator: 'equals', value: true }],
          split: [
            { variant: 'main', percent: 50 },
            { variant: 'other', percent: 50 },
          ],
        },
      ],
    },
  })
  const ask = async (context: object, identity: string) => {
    const body = {
      inputs: { question: 'x' },
      context,
      identity: { id: identity },
      invoke_options: { mock_response: '' },
    }
    const { headers } = await call(ports.fast, secret, body, { path: '/v1/deployments/routed/invoke' })
    return `${headers['x-patchbay-version']} ${headers['x-patchbay-variant']}`
  }
  expect(await ask({ plan: 'gold' }, 'a')).toBe('1.0 gold')
  expect(await ask({}, 'a')).toBe('1.0 main')
  const people = Array.from({ length: 30 }, (_, index) => `person-${index}`)
  const split = await Promise.all(people.map((name) => ask({ trial: true }, name)))
  expect(new Set(split)).toEqual(new Set(['1.0 main', '1.0 other']))
  expect(await Promise.all(people.map((name) => ask({ trial: true }, name)))).toEqual(split)
  const tried = await deployments.tryContext(scope, {
    id,
    source: 'production',
    context: { trial: true },
    identity: people[0],
  })
  expect(split[0]).toBe(`1.0 ${tried.variant}`)

  const saved = await deployments.saveDraft(scope, { id, version: 1, config: config() })
  await deployments.publish(scope, { id, draftVersion: saved.version, environment: 'staging' })
  await deployments.setCanary(scope, { id, environment: 'production', version: '1.1', percent: 40 })
  await feed.refresh()
  const versions = await Promise.all(people.map((name) => ask({}, name)))
  expect(new Set(versions)).toEqual(new Set(['1.0 main', '1.1 main']))
  expect(await Promise.all(people.map((name) => ask({}, name)))).toEqual(versions)

  // Another model in place of a version: one is made of what is served, and the draft stays.
  const { config: drafted, version: draftVersion } = await deployments.getDraft(scope, { id })
  const production = { id, environment: 'production', percent: 40 }
  for (const wrong of [
    { model: 'nobody' },
    { model: 'primary' },
    { model: 'embed' },
    { model: 'spare', version: '1.1' },
    {},
  ])
    await expect(deployments.setCanary(scope, { ...production, ...wrong })).rejects.toMatchObject({
      kind: 'invalid_input',
    })
  expect((await deployments.listVersions(scope, { id })).items).toHaveLength(2)
  await deployments.setCanary(scope, { ...production, model: 'spare' })
  const { config: made } = await deployments.getVersion(scope, { id, version: '1.2' })
  const { config: served } = await deployments.getVersion(scope, { id, version: '1.0' })
  const [first, ...others] = served.variants
  // It was the fallback of the one before.
  expect(made).toEqual({ ...served, variants: [{ ...first!, model: spare.id, fallbacks: [] }, ...others] })
  expect(await deployments.getDraft(scope, { id })).toMatchObject({ config: drafted, version: draftVersion })
  await feed.refresh()
  // Who was in the canary before is in it still.
  const now = await Promise.all(people.map((name) => ask({}, name)))
  expect(now).toEqual(versions.map((each) => each.replace('1.1', '1.2')))
})

test('a key may be for deployments alone: it calls them, not the models behind them, and sees only them', async () => {
  const id = await create('allowed')
  await create('forbidden')
  const { secret: narrow } = await tenancy.createKey(scope, { name: 'narrow', deploymentIds: [id] })
  await feed.refresh()
  const body = { messages: [{ role: 'user', content: 'x' }], variables: { question: 'x' } }
  const status = async (key: string, model: string, more: object = body) =>
    (await call(ports.fast, key, { model, ...more })).status
  expect(await status(narrow, 'deployment/allowed')).toBe(200)
  expect(await status(narrow, 'deployment/forbidden')).toBe(403)
  expect(await status(narrow, 'primary', { messages: body.messages })).toBe(403)
  const models = new OpenAI({ apiKey: narrow, baseURL: `http://127.0.0.1:${ports.fast}/v1` })
  const listed = await models.models.list()
  expect(listed.data.map(({ id }) => id)).toEqual(['deployment/allowed'])
  expect(await models.models.retrieve('deployment/allowed')).toMatchObject({
    patchbay: { environments: { production: '1.0' } },
  })
  // A key for some models may not call deployments that it does not name.
  const { secret: modelsOnly } = await tenancy.createKey(scope, { name: 'models', modelIds: [primary.id] })
  await feed.refresh()
  expect(await status(modelsOnly, 'deployment/allowed')).toBe(403)
  expect(await status(modelsOnly, 'primary', { messages: body.messages })).toBe(200)
})

test('a limit of a deployment holds for its calls, and not for those of its model', async () => {
  const id = await create('limited')
  await runtime.budgets.createLimit(scope, {
    scope: 'deployment',
    scopeId: 'limited',
    kind: 'requests_per_minute',
    amount: 1,
  })
  await feed.refresh()
  const body = { messages: [{ role: 'user', content: 'x' }] }
  const statuses: number[] = []
  for (let index = 0; index < 3; index++)
    statuses.push(
      (await call(ports.fast, secret, { model: 'deployment/limited', ...body, variables: { question: 'x' } })).status,
    )
  expect(statuses).toContain(200)
  expect(statuses).toContain(429)
  expect((await call(ports.fast, secret, { model: 'primary', ...body })).status).toBe(200)
  expect(await runtime.budgets.listLimits(scope)).toMatchObject([{ scopeId: id, scopeLabel: 'limited' }])
})

test('figures by version, variant and environment add up, and are those of the calls', async () => {
  const id = await create('counted')
  const ask = async (model: string) =>
    (await call(ports.fast, secret, { model, messages: [], variables: { question: 'x' } })).status
  expect([await ask('deployment/counted'), await ask('deployment/counted@1.0')]).toEqual([200, 200])
  const saved = await deployments.saveDraft(scope, { id, version: 1, config: { ...config(), lenient: true } })
  await deployments.publish(scope, { id, draftVersion: saved.version, environment: 'staging' })
  await feed.refresh()
  expect(await ask('deployment/counted@staging')).toBe(200)
  await ledger.flush()
  const figures = await deploymentFigures(scope, { id: 'counted' })
  const counts = (rows: readonly { key: string; requests: number }[]) =>
    Object.fromEntries(rows.map(({ key, requests }) => [key, requests]))
  expect(counts(figures.byVersion)).toEqual({ '1.0': 2, '1.1': 1 })
  expect(counts(figures.byVariant)).toEqual({ main: 3 })
  expect(counts(figures.byEnvironment)).toEqual({ production: 1, staging: 1, '': 1 })
  expect(figures.total.requests).toBe(3)
  expect(BigInt(figures.total.cost.nanoUsd)).toBeGreaterThan(0n)
  for (const { latency } of figures.byVersion) expect(latency?.p50Ms).toBeGreaterThanOrEqual(0)
})

test.each(['fast', 'studio'] as const)('a model that was saved a moment ago is listed at the %s door', async (door) => {
  const client = new OpenAI({ apiKey: secret, baseURL: `http://127.0.0.1:${ports[door]}/v1`, maxRetries: 0 })
  const { slug } = await addModel(scope, 'practice-chat', `just-saved-${door}`)
  const listed = await client.models.list()
  expect(listed.data.map(({ id }) => id)).toContain(slug)
})

test('a guardrail on input refuses before a model is called, one on output after it, whole or streamed, by its name', async () => {
  const banned = (value: string) =>
    runtime.evaluators.createEvaluator(scope, {
      name: `No ${value}`,
      config: { kind: 'contains', mode: 'none', values: [value] },
    })
  const [noSecret, noAnswer] = [await banned('secret'), await banned('e')]
  await create('guarded-in', config({ guardrails: [{ evaluator: noSecret.id, on: 'input' }] }))
  await create('guarded-out', config({ guardrails: [{ evaluator: noAnswer.id, on: 'output' }] }))
  const ask = (model: string, question: string, stream = false) =>
    call(ports.fast, secret, { model, messages: [], variables: { question }, stream })
  expect((await ask('deployment/guarded-in', 'fine')).status).toBe(200)
  const refused = await ask('deployment/guarded-in', 'a SECRET')
  expect([refused.status, JSON.parse(refused.body).error]).toMatchObject([
    422,
    { code: 'check_failed', param: 'No secret' },
  ])
  expect(await recordOf(String(refused.headers['x-request-id']))).toMatchObject({ outcome: 'refused', version: '1.0' })
  for (const stream of [false, true]) {
    const answer = await ask('deployment/guarded-out', 'x', stream)
    expect([answer.status, JSON.parse(answer.body).error.param]).toEqual([422, 'No e'])
  }
  await create('guarded-after', config({ guardrails: [{ evaluator: noAnswer.id, on: 'output', stream: 'after' }] }))
  expect((await ask('deployment/guarded-after', 'x')).status).toBe(422)
  const late = await ask('deployment/guarded-after', 'x', true)
  expect(late.status).toBe(200)
  expect(late.body).toContain('"code":"check_failed"')
  expect(late.body).not.toContain('[DONE]')
  expect(await recordOf(String(late.headers['x-request-id']))).toMatchObject({ outcome: 'error', version: '1.0' })
})

test('an evaluator rates a share of the calls once they were answered: feedback, and figures of each version', async () => {
  const { id: evaluator } = await runtime.evaluators.createEvaluator(scope, {
    name: 'Says something',
    config: { kind: 'length', unit: 'characters', min: 1, max: null },
  })
  const rating = (sample: number) => config({ guardrails: [{ evaluator, on: 'output', act: 'rate', sample }] })
  await create('rated', rating(100))
  await create('rated-seldom', rating(0.001))
  const ask = (model: string, stream = false) =>
    call(ports.fast, secret, { model, messages: [], variables: { question: 'x' }, stream })
  const answers = [await ask('deployment/rated'), await ask('deployment/rated', true)]
  for (const { status } of answers) expect(status).toBe(200)
  expect((await ask('deployment/rated-seldom')).status).toBe(200)
  const judged = async (id: string) => (await deploymentFigures(scope, { id })).byVersion.map((row) => row.judged)
  await expect.poll(() => judged('rated')).toEqual([{ passed: 2, of: 2 }])
  expect(await judged('rated-seldom')).toEqual([{ passed: 0, of: 0 }])
  const { feedbackList } = await getRequest(scope, String(answers[0]!.headers['x-request-id']))
  expect(feedbackList).toMatchObject([
    { rating: 'good', author: { kind: 'job', id: evaluator, label: 'Says something' } },
  ])
})

test('a person calls a draft that nobody has published, and hears what is wrong with it', async () => {
  const { id } = await deployments.createDeployment(scope, { key: 'drafted', config: config() })
  await feed.refresh()
  const as = async () => {
    const reply = await runtime.gateway.handleAs(
      {
        workspaceId: scope.workspaceId,
        actor: scope.actor,
        keyId: '',
        scopes: ['inference'],
        modelIds: [],
        source: 'playground',
      },
      {
        method: 'POST',
        path: '/v1/deployments/drafted@draft/invoke',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify({ inputs: { question: 'x' }, invoke_options: { variant: 'main' } })),
        peer: '',
        signal: new AbortController().signal,
        receivedAtMs: Date.now(),
      },
    )
    return { ...reply, text: Buffer.from((reply.body as Uint8Array | null) ?? '').toString('utf8') }
  }
  const answered = await as()
  expect([answered.status, answered.headers['x-patchbay-version']]).toEqual([200, 'draft'])
  expect(await recordOf(answered.headers['x-request-id']!)).toMatchObject({ source: 'playground', version: 'draft' })
  await deployments.saveDraft(scope, { id, version: 1, config: { ...config(), variables: [] } })
  expect([(await as()).status, (await as()).text]).toEqual([400, expect.stringContaining('is not declared')])
})

test('two deployments that are invoked alike with one Idempotency-Key are two calls', async () => {
  await create('twin-a')
  await create('twin-b')
  const ask = (key: string) =>
    call(
      ports.fast,
      secret,
      { inputs: { question: 'x' } },
      { path: `/v1/deployments/${key}/invoke`, headers: { 'idempotency-key': 'same-key' } },
    )
  expect((await ask('twin-a')).status).toBe(200)
  const again = await ask('twin-a')
  expect(again.headers).toMatchObject({ 'x-patchbay-deployment': 'twin-a', 'x-patchbay-version': '1.0' })
  expect(again.headers['x-patchbay-replay-of']).toBeDefined()
  expect((await ask('twin-b')).status).toBe(422)
})

test('what is kept of a call is the prompt as the model saw it, with what is personal named and not told', async () => {
  const { version } = await tenancy.getWorkspace(scope)
  await tenancy.updateWorkspace(scope, { version, payloadDays: 7 })
  const messages = [{ role: 'user' as const, content: '{{question}} from {{mail}}' }]
  await create('personal', config({ messages }))
  const variables = { question: 'Where is it?', mail: 'ann@example.test' }
  const { headers } = await call(ports.fast, secret, { model: 'deployment/personal', messages: [], variables })
  await Promise.all([runtime.keeper.flush(), ledger.flush()])
  const { request } = await runtime.payloads.getPayload(scope, String(headers['x-request-id']))
  expect(request.text).toContain('Where is it? from [mail]')
  expect(request.text).not.toContain('ann@example.test')
})
