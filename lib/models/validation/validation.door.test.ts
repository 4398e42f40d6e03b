import { describe, expect, test } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { testModels } from '#lib/testing/models.ts'
import type {
  CapabilityKey,
  CheckProblem,
  RawModelInput,
  ValidationEvent,
  ValidationView,
  Verdict,
  WireProfile,
} from '../schema.ts'

const { database } = await testDatabase()
const house = await testModels(database)
let { scope } = house
let started = 0

/** Runs a validation to its end. */
async function validate(changes: Partial<RawModelInput>): Promise<ValidationView> {
  // The limits are a person's own.
  if (++started % 20 === 0) scope = (await house.workspace()).scope
  const { events } = await house.models.startValidation(scope, { draft: house.form(changes) })
  return lastOf(events)
}

async function lastOf(events: AsyncIterable<ValidationEvent>): Promise<ValidationView> {
  for await (const event of events) if (event.type === 'finished') return event.validation
  throw new Error('the stream ended without its last event')
}

function verdicts(view: ValidationView): Partial<Record<CapabilityKey, Verdict>> {
  return Object.fromEntries(
    Object.entries(view.capabilities.checks).map(([key, capability]) => [key, capability!.verdict]),
  )
}

function problemOf(view: ValidationView): CheckProblem {
  expect(view.status).toBe('failed')
  const failed = view.checks.filter((check) => check.state === 'failed')
  expect(failed).toHaveLength(1)
  return failed[0]!.problem!
}

const everything: Partial<Record<CapabilityKey, Verdict>> = {
  streaming: 'yes',
  stream_usage: 'yes',
  tools: 'yes',
  tools_required: 'yes',
  tools_named: 'yes',
  tools_parallel: 'yes',
  tools_streamed: 'yes',
  json_schema: 'yes',
  json_object: 'yes',
  vision: 'yes',
  reasoning: 'unknown',
  system_role: 'yes',
  developer_role: 'yes',
  temperature: 'yes',
  stop: 'yes',
  seed: 'yes',
  logprobs: 'yes',
  n: 'yes',
  responses: 'yes',
}

test('a good chat model passes every stage, with a yes for everything it can do', async () => {
  const view = await validate({})
  expect(view.checks.map((check) => [check.key, check.state])).toEqual([
    ['address', 'passed'],
    ['listing', 'passed'],
    ['authentication', 'passed'],
    ['model', 'passed'],
    ['streaming', 'passed'],
    ['tools', 'passed'],
    ['structured', 'passed'],
    ['vision', 'passed'],
    ['reasoning', 'skipped'],
    ['roles', 'passed'],
    ['parameters', 'passed'],
    ['responses', 'passed'],
  ])
  expect(verdicts(view)).toEqual(everything)
  expect(view.profile).toEqual({
    maxTokensParameter: 'both',
    drop: [],
    add: {},
    systemRole: 'system',
    developerRole: 'developer',
    streamUsage: 'ask',
    reasoningField: '',
    toolIndexMissing: false,
    embeddingEncodings: 'both',
    jsonSchemaDowngrade: 'none',
  })
  expect(view).toMatchObject({
    status: 'passed',
    savable: true,
    offered: { id: 'practice-chat', inputPrice: '0.15', outputPrice: '0.6' },
  })
  expect(view.capabilities).toMatchObject({ checksKeys: true, contextTokens: 128_000 })
  const required = view.checks.filter((check) => check.group === 'connection').flatMap((check) => check.evidence)
  expect(required.length).toBeLessThanOrEqual(8)
  expect(view.calls).toBeLessThanOrEqual(40)
})

describe('what a server refuses or ignores shows in the card and in the wire profile, and nothing else does', () => {
  test.each<[string, Partial<Record<CapabilityKey, Verdict>>, Partial<WireProfile>]>([
    ['practice-chat:max-completion-tokens', {}, { maxTokensParameter: 'max_completion_tokens' }],
    ['practice-chat:max-tokens', {}, { maxTokensParameter: 'max_tokens' }],
    ['practice-chat:needs-256', {}, {}],
    ['practice-chat:no-stream-options', { stream_usage: 'no' }, { streamUsage: 'never', drop: ['stream_options'] }],
    [
      'practice-chat:no-stream',
      { streaming: 'no', stream_usage: 'unknown', tools_streamed: 'no', responses: 'no' },
      { streamUsage: 'never' },
    ],
    [
      'practice-chat:never-stream',
      { streaming: 'ignored', stream_usage: 'unknown', tools_streamed: 'ignored', responses: 'ignored' },
      { streamUsage: 'never' },
    ],
    ['practice-chat:no-usage', { stream_usage: 'ignored' }, { streamUsage: 'never' }],
    ['practice-chat:usage-every-chunk', {}, {}],
    ['practice-chat:usage-with-choices', {}, {}],
    ['practice-chat:comments+crlf', {}, {}],
    ['practice-chat:no-temperature', { temperature: 'no' }, { drop: ['temperature'] }],
    ['practice-chat:no-seed', { seed: 'no' }, { drop: ['seed'] }],
    ['practice-chat:no-stop', { stop: 'no' }, { drop: ['stop'] }],
    ['practice-chat:no-n', { n: 'no' }, { drop: ['n'] }],
    ['practice-chat:no-logprobs', { logprobs: 'no' }, { drop: ['logprobs', 'top_logprobs'] }],
    [
      'practice-chat:no-logprobs+no-seed',
      { logprobs: 'no', seed: 'no' },
      { drop: ['logprobs', 'seed', 'top_logprobs'] },
    ],
    ['practice-chat:ignored-parameters', { stop: 'ignored', n: 'ignored', logprobs: 'ignored' }, {}],
    [
      'practice-chat:no-system',
      { system_role: 'no', developer_role: 'no' },
      { systemRole: 'user', developerRole: 'user' },
    ],
    ['practice-chat:no-developer', { developer_role: 'no' }, { developerRole: 'system' }],
    [
      'practice-chat:no-tools',
      {
        tools: 'no',
        tools_required: 'no',
        tools_named: 'no',
        tools_parallel: 'unknown',
        tools_streamed: 'unknown',
      },
      {},
    ],
    [
      'practice-chat:tools-ignored',
      {
        tools: 'ignored',
        tools_required: 'ignored',
        tools_named: 'ignored',
        tools_parallel: 'ignored',
        tools_streamed: 'ignored',
      },
      {},
    ],
    ['practice-chat:no-required', { tools_required: 'no' }, {}],
    ['practice-chat:no-named', { tools_named: 'no' }, {}],
    ['practice-chat:no-tool-index', {}, { toolIndexMissing: true }],
    ['practice-chat:no-json-schema', { json_schema: 'no' }, {}],
    ['practice-chat:json-schema-ignored', { json_schema: 'ignored' }, {}],
    ['practice-chat:no-json-object', { json_object: 'no' }, {}],
    ['practice-chat:json-object-ignored', { json_object: 'ignored' }, {}],
    ['practice-chat:no-vision', { vision: 'no' }, {}],
    ['practice-chat:blind', { vision: 'ignored' }, {}],
    ['practice-reasoner', { reasoning: 'yes' }, { reasoningField: 'reasoning_content' }],
    ['practice-reasoner:reasoning-field', { reasoning: 'yes' }, { reasoningField: 'reasoning' }],
    // Thoughts in the text are in the way of whoever parses it.
    ['practice-reasoner:think-tags', { reasoning: 'yes', json_schema: 'ignored', json_object: 'ignored' }, {}],
  ])('%s', async (modelId, changed, profile) => {
    const view = await validate({ modelId })
    expect(view.status).toBe('passed')
    expect(verdicts(view)).toEqual({ ...everything, ...changed })
    const standard = {
      maxTokensParameter: 'both',
      drop: [],
      systemRole: 'system',
      developerRole: 'developer',
      streamUsage: 'ask',
      reasoningField: '',
      toolIndexMissing: false,
    }
    const { drop, ...rest } = view.profile
    // A server without streams says nothing about usage in them.
    expect({ ...rest, drop: [...drop].sort() }).toMatchObject({ ...standard, ...profile })
    expect(view.calls).toBeLessThanOrEqual(40)
  })
})

describe('servers of many manners are understood', () => {
  test.each<[string, Partial<RawModelInput>, boolean]>([
    ['no-models', {}, true],
    ['bare-list', {}, true],
    ['empty-models', {}, true],
    ['html-models', {}, true],
    ['ten-thousand-models', {}, true],
    ['prefixed-models', {}, true],
    ['any-key', {}, false],
    ['no-models/any-key', {}, false],
    ['public-models', {}, true],
    ['api-key-header', { keyHeader: 'api-key' }, true],
    ['x-api-key-header', { keyHeader: 'x-api-key' }, true],
    ['needs-header', { headers: { 'X-Practice-Project': 'one' } }, true],
    ['needs-query', { query: { 'api-version': '1' } }, true],
  ])('%s', async (prefix, changes, checksKeys) => {
    const view = await validate({ ...changes, baseUrl: house.below(prefix) })
    expect(view.status).toBe('passed')
    expect(verdicts(view)).toEqual(everything)
    expect(view.capabilities.checksKeys).toBe(checksKeys)
  })

  test.each(['', 'no-models', 'ok-paths'])('a missing /v1 is found by trying (%s)', async (prefix) => {
    const whole = prefix ? house.below(prefix) : house.practice.url
    const view = await validate({ baseUrl: whole.replace(/\/v1$/, '') })
    expect(view.status).toBe('passed')
    expect(view.baseUrl).toBe(whole)
  })

  test('a server that needs no key is used without one', async () => {
    const view = await validate({ baseUrl: house.below('any-key'), apiKey: '', noKey: true })
    expect(view.status).toBe('passed')
    expect(view.capabilities.checksKeys).toBe(false)
  })
})

describe('what is wrong is named at its field, with cause and fix', () => {
  test('wrong key', async () => {
    const problem = problemOf(await validate({ apiKey: 'sk-wrong-0000000000000000' }))
    expect(problem).toMatchObject({ code: 'key_refused', field: 'apiKey' })
    expect(problem.message).toBe(
      `${new URL(house.practice.url).host} refuses this key. Copy it again, or make a new one there.`,
    )
  })

  test('no key where one is needed', async () => {
    expect(problemOf(await validate({ apiKey: '', noKey: true }))).toMatchObject({
      code: 'key_missing',
      field: 'apiKey',
    })
  })

  test.each([
    '',
    'no-models',
    'string-errors',
    'coded-errors',
    'flat-errors',
    'object-errors',
    'detail-errors',
    'detail-list-errors',
    'message-errors',
    'typed-errors',
    'fault-errors',
    'wrapped-errors',
    'array-errors',
    'html-errors',
    'text-errors',
    'ok-errors',
  ])('a wrong Model ID, told in the manner %j', async (prefix) => {
    const problem = problemOf(
      await validate({ modelId: 'practice-chatt', ...(prefix && { baseUrl: house.below(prefix) }) }),
    )
    if (prefix === 'no-models')
      expect(problem).toMatchObject({ field: 'modelId', message: 'Not served here. Check the Model ID.' })
    else {
      expect(problem).toMatchObject({
        code: 'model_not_served',
        field: 'modelId',
        message: 'Not served here. Did you mean practice-chat?',
      })
      expect(problem.fixes).toEqual([{ field: 'modelId', value: 'practice-chat', label: 'practice-chat' }])
    }
  })

  test.each([
    ['chat', 'practice-embed', 'embedding', 'This model answers embeddings.', 'Change Type to Embedding'],
    ['chat', 'practice-completion', 'completion', 'This model answers completions.', 'Change Type to Completion'],
    ['embedding', 'practice-chat', 'chat', 'This model answers chat.', 'Change Type to Chat Completion'],
    ['completion', 'practice-chat', 'chat', 'This model answers chat.', 'Change Type to Chat Completion'],
  ] as const)('Type %s for %s', async (type, modelId, right, message, label) => {
    const problem = problemOf(await validate({ type, modelId }))
    expect(problem).toEqual({
      code: 'type_mismatch',
      field: 'type',
      message,
      fixes: [{ field: 'type', value: right, label }],
      allow: null,
    })
  })

  test('a temperature that the model does not take', async () => {
    const problem = problemOf(await validate({ modelId: 'practice-chat:no-temperature', temperature: '0,2' }))
    expect(problem).toMatchObject({
      field: 'temperature',
      message: 'This model accepts only its own temperature; leave this empty.',
    })
  })

  test.each([
    ['html', 'web_page', 'baseUrl'],
    ['empty-body', 'not_openai', 'baseUrl'],
    ['redirect', 'redirect', 'baseUrl'],
    ['forbidden', 'key_forbidden', 'apiKey'],
    ['no-credit', 'no_credit', 'apiKey'],
    ['down', 'server_error', 'baseUrl'],
    ['reset', 'reset', 'baseUrl'],
  ])('a server that always answers %s', async (prefix, code, field) => {
    expect(problemOf(await validate({ baseUrl: house.below(prefix) }))).toMatchObject({ code, field })
  })

  test.each([
    ['error-200', 'error_with_200', 'modelId'],
    ['html', 'web_page', 'baseUrl'],
    ['bad-json', 'not_openai', 'baseUrl'],
    ['error', 'server_error', 'baseUrl'],
    ['no-credit', 'no_credit', 'apiKey'],
    ['reset', 'reset', 'baseUrl'],
    ['redirect', 'redirect', 'baseUrl'],
  ])('a model that always answers %s', async (fault, code, field) => {
    expect(problemOf(await validate({ modelId: `practice-chat:${fault}` }))).toMatchObject({ code, field })
  })

  test('nobody listens', async () => {
    const port = await freePort()
    house.allow(`127.0.0.1:${port}`)
    const problem = problemOf(await validate({ baseUrl: `http://127.0.0.1:${port}/v1` }))
    expect(problem).toEqual({
      code: 'unreachable',
      field: 'baseUrl',
      message: `127.0.0.1:${port} cannot be reached. Is the server running, and is this its port?`,
      fixes: [],
      allow: null,
    })
  })

  test('a private address: the operator gets a button, everybody else is sent to the operator', async () => {
    const port = await freePort()
    const changes = { baseUrl: `http://127.0.0.1:${port}/v1` }
    const asked = problemOf(await validate(changes))
    expect(asked).toMatchObject({ code: 'private_address', field: 'baseUrl', allow: null })
    expect(asked.message).toBe(
      `127.0.0.1:${port} is not a public address. Ask the operator to allow 127.0.0.1:${port}.`,
    )
    const operator = { ...scope, operator: true }
    const { events } = await house.models.startValidation(operator, { draft: house.form(changes) })
    expect(problemOf(await lastOf(events))).toMatchObject({ code: 'private_address', allow: `127.0.0.1:${port}` })
  })

  test('names that lead nowhere, to refused addresses or are refused by rule get one answer', async () => {
    const messages = new Set<string>()
    for (const host of ['localhost', 'server.internal', 'no-such-name.invalid']) {
      const problem = problemOf(await validate({ baseUrl: `https://${host}:8443/v1` }))
      expect(problem).toMatchObject({ code: 'private_address', field: 'baseUrl' })
      messages.add(problem.message.replaceAll(`${host}:8443`, 'name:port'))
    }
    expect([...messages]).toEqual(['This name does not lead to a public address. Ask the operator to allow name:port.'])
  })
})

describe('other Types', () => {
  test('completion', async () => {
    const view = await validate({ type: 'completion', modelId: 'practice-completion' })
    expect(view.status).toBe('passed')
    expect(verdicts(view)).toEqual({ streaming: 'yes', stream_usage: 'yes' })
  })

  test.each<[string, Partial<Record<CapabilityKey, Verdict>>, string]>([
    ['practice-embed', { embedding_base64: 'yes', embedding_dimensions: 'yes', embedding_batch: 'yes' }, 'both'],
    [
      'practice-embed:no-base64',
      { embedding_base64: 'no', embedding_dimensions: 'yes', embedding_batch: 'yes' },
      'float',
    ],
    [
      'practice-embed:base64-ignored',
      { embedding_base64: 'ignored', embedding_dimensions: 'yes', embedding_batch: 'yes' },
      'float',
    ],
    [
      'practice-embed:no-dimensions',
      { embedding_base64: 'yes', embedding_dimensions: 'no', embedding_batch: 'yes' },
      'both',
    ],
    [
      'practice-embed:dimensions-ignored',
      { embedding_base64: 'yes', embedding_dimensions: 'ignored', embedding_batch: 'yes' },
      'both',
    ],
    [
      'practice-embed:no-batch',
      { embedding_base64: 'yes', embedding_dimensions: 'yes', embedding_batch: 'no' },
      'both',
    ],
    // Every second call is a 429: waited for, and never a no.
    [
      'practice-embed:rate-limited-once',
      { embedding_base64: 'yes', embedding_dimensions: 'yes', embedding_batch: 'yes' },
      'both',
    ],
  ])('embedding: %s', async (modelId, expected, encodings) => {
    const view = await validate({ type: 'embedding', modelId })
    expect(view.status).toBe('passed')
    expect(verdicts(view)).toEqual(expected)
    expect(view.capabilities.dimensions).toBe(512)
    expect(view.profile.embeddingEncodings).toBe(encodings)
  })

  test('a model that is always rate limited fails with that cause, after waiting', async () => {
    const problem = problemOf(await validate({ type: 'embedding', modelId: 'practice-embed:rate-limited' }))
    expect(problem.code).toBe('rate_limited')
  })

  test('no picture is made without consent to its price, and the listing vouches for the model', async () => {
    const form = {
      type: 'image',
      modelId: 'practice-image',
      inputPrice: '',
      outputPrice: '',
      cachedInputPrice: '',
      imagePrice: '0.04',
    } as const
    const before = imagesMade()
    const view = await validate(form)
    expect(view).toMatchObject({ status: 'passed', capabilities: { checks: {} } })
    expect(view.checks.find((check) => check.key === 'model')?.summary).toBe(
      'Listed, not called: that would make 3 pictures for at most $0.12',
    )
    expect(imagesMade()).toBe(before)
    const made = await validate({ ...form, imageConsent: true })
    expect(made.status).toBe('passed')
    expect(verdicts(made)).toEqual({ image_b64: 'yes', image_url: 'yes' })
    expect(made.cost.usd).toBe('0.12')
    expect(imagesMade()).toBe(before + 3)
  })
})

function imagesMade(): number {
  return house.practice.account().rows.reduce((sum, row) => sum + row.images, 0)
}

test('no eight characters of the key leave in events, rows or the ledger, also where the server repeats it', async () => {
  const { scope: own } = await house.workspace()
  const apiKey = 'sk-practice-Zq7Xw9Kp3Lm5Vt8Rn2'
  const { id, events } = await house.models.startValidation(own, {
    draft: house.form({ apiKey, modelId: 'practice-chat:key-echo' }),
  })
  let seen = ''
  for await (const event of events) seen += JSON.stringify(event)
  await house.ledger.flush()
  const rows = await database.pool.query('select row_to_json(v) as row from validations v where id = $1', [id])
  const records = await database.pool.query(
    'select row_to_json(r) as row from ledger.records r where workspace_id = $1',
    [own.workspaceId],
  )
  const all = seen + JSON.stringify(rows.rows) + JSON.stringify(records.rows)
  const parts = Array.from({ length: apiKey.length - 7 }, (_, at) => apiKey.slice(at, at + 8))
  // `practice` is a word of the Model ID too.
  expect(parts.filter((part) => all.includes(part) && !'practice-chat'.includes(part))).toEqual([])
})

test('the cost of a validation is what the provider itself charged for it, and every call is a record', async () => {
  const { scope: own } = await house.workspace()
  const draft = house.form({})
  const key = String(draft.apiKey)
  const { events } = await house.models.startValidation(own, { draft })
  const view = await lastOf(events)
  await house.ledger.flush()
  const { rows } = await database.pool.query(
    `select count(*)::int as calls, sum(cost_nano_usd)::text as cost, bool_and(source = 'validation') as ours from ledger.records where workspace_id = $1`,
    [own.workspaceId],
  )
  const charged = house.practice.account(key).rows.reduce((sum, row) => sum + BigInt(row.costNanoUsd), 0n)
  expect(rows[0]).toEqual({ calls: view.calls, cost: view.cost.nanoUsd, ours: true })
  expect(view.cost.nanoUsd).toBe(charged.toString())
})

test('a validation goes on without its reader, can be resumed from any event, and tells the same', async () => {
  const { id, events } = await house.models.startValidation(scope, { draft: house.form({}) })
  const first = await events.next()
  await events.return(undefined)
  expect(first.value).toMatchObject({ seq: 1, type: 'started' })
  const all: ValidationEvent[] = []
  for await (const event of await house.models.validationEvents(scope, { id })) all.push(event)
  expect(all.map((event) => event.seq)).toEqual(all.map((_, index) => index + 1))
  const rest: ValidationEvent[] = []
  for await (const event of await house.models.validationEvents(scope, { id, after: 5 })) rest.push(event)
  expect(rest).toEqual(all.slice(5))
  const row = await house.models.getValidation(scope, { id })
  const last = all.at(-1)
  expect(last?.type === 'finished' && last.validation).toMatchObject({ ...row, modelId: null })
})

test('a cancelled validation stops at once and says so', async () => {
  const { id, events } = await house.models.startValidation(scope, {
    draft: house.form({ modelId: 'practice-chat:hang' }),
  })
  for await (const event of events) {
    if (event.type === 'check' && event.check.key === 'authentication') break
  }
  await house.models.cancelValidation(scope, { id })
  expect((await house.models.getValidation(scope, { id })).status).toBe('cancelled')
})
