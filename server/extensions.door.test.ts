import { describe, expect, test } from 'vitest'
import { type Answer, call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { type HouseModel, testHouse } from '#lib/testing/house.ts'

// What a caller may add to OpenAI's fields, and what comes of each: the same at both doors.
const { database } = await testDatabase()
const house = await testHouse(database, { random: () => 0 })
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast],
  ["studio's", studio],
] as const
const good = { choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }] }

let made = 0
async function server(changes: HouseModel = {}) {
  const scripted = await openScripted()
  const authorizations: (string | undefined)[] = []
  scripted.act = (_body, response, request) => {
    authorizations.push(request.headers.authorization)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(good))
  }
  const slug = `model-${made++}`
  house.model(slug, scripted.url, changes)
  return { slug, scripted, authorizations }
}
// Prompts and answers of this workspace are kept, unless a call says otherwise.
await database.pool.query('update workspaces set payload_days = 7 where id = $1', [house.scope.workspaceId])
await house.createKey({})
house.model('other', 'http://127.0.0.1:9/v1')

const long = (length: number) => 'x'.repeat(length)
const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']))

interface Field {
  /** Shapes that are taken, with what is on the record of each. */
  right: [value: unknown, record?: object][]
  /** Shapes that are refused, with the name that the refusal gives. */
  wrong: [value: unknown, param: string][]
  /** OpenAI's own: the server sees it, too. */
  isPassedOn?: true
}

// Row for row.
const fields: Record<string, Field> = {
  retry: {
    right: [[{ count: 0 }], [{ count: 5, on_codes: [408, 409, 429, 500, 502, 503, 504] }], [null]],
    wrong: [
      [3, 'retry'],
      [{}, 'retry.count'],
      [{ count: 6 }, 'retry.count'],
      [{ count: -1 }, 'retry.count'],
      [{ count: 1.5 }, 'retry.count'],
      [{ count: 1, on_codes: 429 }, 'retry.on_codes'],
      [{ count: 1, on_codes: [503, 400] }, 'retry.on_codes[1]'],
      [{ count: 1, onCodes: [429] }, 'retry.onCodes'],
    ],
  },
  fallbacks: {
    right: [[[]], [[{ model: 'other' }]], [null]],
    wrong: [
      ['other', 'fallbacks'],
      [['other'], 'fallbacks[0]'],
      [[{}], 'fallbacks[0].model'],
      [[{ model: 'other', retries: 1 }], 'fallbacks[0].retries'],
      [Array(6).fill({ model: 'other' }), 'fallbacks'],
    ],
  },
  load_balancer: {
    right: [
      [{ type: 'weighted', models: [{ model: '*', weight: 0.5 }] }],
      [{ type: 'round_robin', models: [{ model: '*' }] }],
    ],
    wrong: [
      [{ models: [{ model: 'other' }] }, 'load_balancer.type'],
      [{ type: 'fastest', models: [{ model: 'other' }] }, 'load_balancer.type'],
      [{ type: 'weighted', models: [] }, 'load_balancer.models'],
      [{ type: 'weighted', models: [{ model: 'other', weight: 0 }] }, 'load_balancer.models[0].weight'],
      [{ type: 'weighted', models: [{ model: 'other', share: 1 }] }, 'load_balancer.models[0].share'],
      [{ type: 'weighted', models: [{ model: 'other' }], sticky: true }, 'load_balancer.sticky'],
    ],
  },
  timeout: {
    right: [[{}], [{ call_timeout: 9_000, first_byte: 8_000, idle: 7_000 }]],
    wrong: [
      [30, 'timeout'],
      [{ call_timeout: 0 }, 'timeout.call_timeout'],
      [{ first_byte: '1s' }, 'timeout.first_byte'],
      [{ idle: 3_600_001 }, 'timeout.idle'],
      [{ total: 1_000 }, 'timeout.total'],
    ],
  },
  cache: {
    right: [[{ type: 'exact_match', ttl: 1 }, { cache: 'miss' }], [{ type: 'exact_match', ttl: 259_200 }]],
    wrong: [
      [true, 'cache'],
      [{ type: 'semantic', ttl: 60 }, 'cache.type'],
      [{ type: 'exact_match' }, 'cache.ttl'],
      [{ type: 'exact_match', ttl: 0 }, 'cache.ttl'],
      [{ type: 'exact_match', ttl: 259_201 }, 'cache.ttl'],
      [{ type: 'exact_match', ttl: 60, shared: true }, 'cache.shared'],
    ],
  },
  identity: {
    right: [
      [{ id: 'u1' }, { identity: 'u1' }],
      [{ id: 'u2', display_name: 'U', email: 'u@example.test', tags: ['a'] }, { identity: 'u2' }],
    ],
    wrong: [
      ['u1', 'identity'],
      [{}, 'identity.id'],
      [{ id: '' }, 'identity.id'],
      [{ id: long(257) }, 'identity.id'],
      [{ id: 'u', tags: ['a', 1] }, 'identity.tags[1]'],
      [{ id: 'u', admin: true }, 'identity.admin'],
    ],
  },
  thread: {
    right: [[{ id: 't1', tags: ['a'] }, { thread: 't1' }]],
    wrong: [
      ['t1', 'thread'],
      [{ id: 7 }, 'thread.id'],
      [{ id: 't', tags: Array(17).fill('a') }, 'thread.tags'],
      [{ id: 't', parent: 's' }, 'thread.parent'],
    ],
  },
  name: {
    right: [['nightly', { name: 'nightly' }]],
    wrong: [
      ['', 'name'],
      [7, 'name'],
      [long(129), 'name'],
    ],
  },
  // Its values are a deployment's; a model has none to fill.
  variables: { right: [], wrong: [[{ city: 'Paris' }, 'variables']] },
  metadata: {
    isPassedOn: true,
    right: [
      [{ team: 'search' }, { metadata: { team: 'search' } }],
      [pairs(16), { metadata: pairs(16) }],
      [{ [long(64)]: long(512) }],
      [null],
    ],
    wrong: [
      ['x', 'metadata'],
      [['x'], 'metadata'],
      [pairs(17), 'metadata'],
      [{ [long(65)]: 'v' }, `metadata.${long(64)}`],
      [{ team: 7 }, 'metadata.team'],
      [{ team: long(513) }, 'metadata.team'],
    ],
  },
}

const rights = Object.entries(fields).flatMap(([field, { right, isPassedOn = false }]) =>
  right.map(([value, record = {}]) => ({ field, value, record, isPassedOn, text: JSON.stringify(value).slice(0, 60) })),
)
const wrongs = Object.entries(fields).flatMap(([field, { wrong }]) =>
  wrong.map(([value, param]) => ({ field, value, param, text: JSON.stringify(value).slice(0, 60) })),
)
const errorOf = ({ body }: Answer) => JSON.parse(body).error
const recordOf = ({ headers }: Answer) => house.record(String(headers['x-request-id']))

describe.each(doors)('the %s door', (_name, port) => {
  test.each(rights)('takes $field $text', async ({ field, value, record, isPassedOn }) => {
    const { slug, scripted } = await server()
    const given = JSON.parse(JSON.stringify(value).replace('"*"', JSON.stringify(slug)))
    const answer = await call(port, house.key, { model: slug, messages: [], [field]: given, top_k: 3 })
    expect(answer.status, answer.body).toBe(200)
    const sent = { model: slug, messages: [], ...(isPassedOn && { [field]: given }), top_k: 3 }
    expect(JSON.parse(String(scripted.seen[0]))).toEqual(sent)
    expect(await recordOf(answer)).toMatchObject({ outcome: 'ok', ...record })
  })

  test.each(wrongs)('refuses $field $text as $param', async ({ field, value, param }) => {
    const { slug, scripted } = await server()
    const answer = await call(port, house.key, { model: slug, messages: [], [field]: value })
    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatchObject({ type: 'invalid_request_error', code: 'invalid_request', param })
    expect(errorOf(answer).message).toContain(param)
    expect(scripted.seen).toHaveLength(0)
  })

  test.each([
    ['x-identity-id', 'u9', 200, { identity: 'u9' }],
    ['x-identity-id', long(257), 400, { error_code: 'invalid_request' }],
    ['idempotency-key', `once-at-${port}`, 200, {}],
    ['idempotency-key', 'two words', 400, { error_code: 'invalid_request' }],
    ['x-no-store', 'true', 200, { payload: 'no_store' }],
    ['x-no-store', 'false', 200, { payload: 'kept' }],
  ])('takes the header %s: %s as %i', async (header, value, status, record) => {
    const { slug } = await server()
    const answer = await call(port, house.key, { model: slug, messages: [] }, { headers: { [header]: value } })
    expect(answer.status).toBe(status)
    if (status === 400) expect(errorOf(answer).param.toLowerCase()).toBe(header)
    expect(await recordOf(answer)).toMatchObject(record)
  })

  test('keeps the body’s identity before the header’s, and cuts metadata out where the profile drops it', async () => {
    const { slug, scripted } = await server({ profile: { drop: ['metadata'] } })
    const body = { model: slug, messages: [], identity: { id: 'body' }, metadata: { team: 'x' } }
    const answer = await call(port, house.key, body, { headers: { 'x-identity-id': 'header' } })
    expect(JSON.parse(String(scripted.seen[0]))).toEqual({ model: slug, messages: [] })
    expect(await recordOf(answer)).toMatchObject({ identity: 'body', metadata: { team: 'x' } })
  })

  test('lets nothing in a body, a header or a query change where a call goes or what it carries', async () => {
    const { slug, authorizations, scripted } = await server()
    const elsewhere = await openScripted()
    const own = {
      base_url: elsewhere.url,
      api_base: elsewhere.url,
      api_key: 'sk-mine',
      provider: 'x',
      extra_headers: { a: 'b' },
    }
    const answer = await call(
      port,
      house.key,
      { model: slug, messages: [], ...own },
      {
        path: `/v1/chat/completions?base_url=${encodeURIComponent(elsewhere.url)}&model=other&api-key=sk-mine`,
        headers: { 'x-base-url': elsewhere.url, 'x-forwarded-host': 'evil.example', 'openai-organization': 'org' },
      },
    )
    expect(answer.status).toBe(200)
    expect(authorizations).toEqual([`Bearer ${house.upstreamKey}`])
    expect(elsewhere.seen).toHaveLength(0)
    // Names that are not ours are the server's to judge.
    expect(JSON.parse(String(scripted.seen[0]))).toEqual({ model: slug, messages: [], ...own })
  })
})
