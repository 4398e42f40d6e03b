import { type AddressInfo, createServer } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { isId } from '#lib/core/ids.ts'
import { CapabilityCard } from '#lib/models/schema.ts'
import { answers, delta, errorOf, event, fails, modelsThat, streams } from '#lib/testing/acts.ts'
import { type Act, call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { type HouseModel, testHouse } from '#lib/testing/house.ts'

// What callers are answered with where there is no answer to give: the same at both doors.
const { database } = await testDatabase()
const refused = new Map<string, { status: number; code: string; message: string; retryAfterMs?: number }>()
const house = await testHouse(database, {
  random: () => 0,
  reserve({ modelId }) {
    const refusal = refused.get(modelId)
    return refusal
      ? { ok: false, refusal }
      : { ok: true, charges: () => [], release: () => undefined, rates: () => null }
  },
})
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast],
  ["studio's", studio],
] as const

const server = modelsThat(house)
const chat = { messages: [{ role: 'user', content: 'hi' }] }
const good = { choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }] }
const begun = event(delta('begun'))
const breaks =
  (text: string): Act =>
  (_body, response) =>
    void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text, () => response.destroy())

/** Takes connections and does not say a word, so that TLS never stands. */
const mute = createServer()
await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
afterAll(() => mute.close())
const silent = `https://127.0.0.1:${(mute.address() as AddressInfo).port}/v1`
let made = 0
const keys = {
  reader: await house.createKey({ scopes: ['read'] }),
  foreign: await house.foreignKey(),
  revoked: await house.createKey({}),
  expired: await house.createKey({}),
  ofAnother: await house.createKey({}),
}
await house.revokeKey(keys.revoked)
const change = (key: string, to: string) =>
  database.pool.query(`update api_keys set ${to} where position(public_id in $1) > 0`, [key])
await change(keys.expired, `expires_at = now() - interval '1 second'`)
await change(keys.ofAnother, `model_ids = '{mdl_another}'`)
// Makes the keys' snapshot new.
await house.createKey({})

interface Row {
  /** What the model's server does. Without it, it must not be asked. */
  act?: Act
  model?: HouseModel
  /** Where its server would be. */
  at?: string
  key?: string | null
  /** In place of the model's own address. */
  address?: string
  more?: object
  body?: string | Buffer
  path?: string
  refusal?: { status: number; code: string; retryAfterMs?: number }
  status: number
  code: string
  type?: string
  param?: string | null
  retryAfter?: string
  /** A client is told that trying again is useless. */
  final?: true
  /** What the caller must be told, as well. */
  says?: RegExp
  /** Where it is not known who calls there is none. */
  record?: 'none' | 'refused' | 'error'
}

const noTools = { capabilities: CapabilityCard.parse({ checks: { tools: { verdict: 'no' } } }) }
const refusal = { param: null, type: 'rate_limit_error' }
const ours = { type: 'upstream_error' } as const

// Row for row.
const rows: [situation: string, row: Row][] = [
  ['no key', { key: null, status: 401, code: 'invalid_api_key', record: 'none' }],
  ['a bad key', { key: 'pb_wrong', status: 401, code: 'invalid_api_key', record: 'none' }],
  ['a key with one letter changed', { key: `${house.key.slice(0, -1)}0`, status: 401, code: 'invalid_api_key', record: 'none' }],
  ['a revoked key', { key: keys.revoked, status: 401, code: 'invalid_api_key', record: 'none' }],
  ['an expired key', { key: keys.expired, status: 401, code: 'invalid_api_key', record: 'none' }],

  ['a key without the scope', { key: keys.reader, status: 403, code: 'permission_denied' }],
  ['a key that may call another model', { key: keys.ofAnother, status: 403, code: 'permission_denied' }],

  ['an unknown model', { address: 'no-such', status: 404, code: 'model_not_found', param: 'model' }],
  ['a model of somebody else', { key: keys.foreign, status: 404, code: 'model_not_found', param: 'model' }],
  ['an unknown fallback', { more: { fallbacks: [{ model: 'no-such' }] }, status: 404, code: 'model_not_found', param: 'fallbacks[0].model' }],

  ['a disabled model', { model: { state: 'disabled' }, status: 403, code: 'model_disabled' }],

  ['the wrong endpoint for the Type', { path: '/v1/embeddings', more: { input: 'x' }, status: 400, code: 'unsupported_for_model' }],
  ['a capability that was shown to be missing', { model: noTools, more: { tools: [{ type: 'function' }] }, status: 400, code: 'unsupported_for_model', param: 'tools' }],

  ['no body', { body: '', status: 400, code: 'invalid_request', says: /empty/ }],
  ['malformed JSON', { body: '{', status: 400, code: 'invalid_request', says: /not valid JSON/ }],
  ['a name that stands twice', { body: '{"model":"a","mod\\u0065l":"b"}', status: 400, code: 'invalid_request', says: /twice/, param: 'model' }],
  ['a body nested too deep', { body: `{"x":${'['.repeat(70)}${']'.repeat(70)}}`, status: 400, code: 'invalid_request', says: /64 levels/ }],
  ['a byte order mark', { body: '\ufeff{}', status: 400, code: 'invalid_request', says: /byte order mark/ }],
  ['bytes that are not UTF-8', { body: Buffer.from('{"x":"\xff"}', 'latin1'), status: 400, code: 'invalid_request', says: /UTF-8/ }],
  ['a bad field', { more: { stream: 'yes' }, status: 400, code: 'invalid_request', param: 'stream' }],
  ['a body over 20 MB', { body: Buffer.alloc(21 * 1024 * 1024, 0x20), status: 413, code: 'invalid_request' }],

  ['a limit of rate or concurrency', { refusal: { status: 429, code: 'rate_limit_exceeded', retryAfterMs: 2_500 }, status: 429, code: 'rate_limit_exceeded', retryAfter: '3', ...refusal }],
  ['only open reservations in the way', { refusal: { status: 429, code: 'budget_reserved', retryAfterMs: 1_000 }, status: 429, code: 'budget_reserved', retryAfter: '1', ...refusal }],
  ['an exhausted budget', { refusal: { status: 402, code: 'budget_exceeded' }, status: 402, code: 'budget_exceeded', type: 'insufficient_quota' }],

  ['the server’s 401', { act: fails(401, { message: `Incorrect API key: ${house.upstreamKey}` }), status: 502, code: 'upstream_auth_failed', final: true, ...ours }],
  ['the server’s 403', { act: fails(403), status: 502, code: 'upstream_auth_failed', final: true, ...ours }],
  ['the server’s 402', { act: fails(402), status: 503, code: 'upstream_quota', final: true, ...ours }],
  ['the server’s 429 with a quota code', { act: fails(429, { code: 'insufficient_quota' }), status: 503, code: 'upstream_quota', final: true, ...ours }],
  ['the server’s 404', { act: fails(404), status: 502, code: 'upstream_model_missing', final: true, ...ours }],
  ['the server’s 302', { act: fails(302, {}, { location: '/elsewhere' }), status: 502, code: 'upstream_redirect', final: true, ...ours }],
  ['the server’s 307', { act: fails(307, {}, { location: '/elsewhere' }), status: 502, code: 'upstream_redirect', final: true, ...ours }],

  ['the server’s 429', { act: fails(429, { code: 'slow_down' }, { 'retry-after': '7' }), status: 429, code: 'slow_down', type: 'x', retryAfter: '7' }],
  ['the server’s 400', { act: fails(400, { code: 'bad', param: 'seed' }), status: 400, code: 'bad', type: 'x', param: 'seed' }],
  ['the server’s 404 for something that the caller named', { act: fails(404, { code: 'no_file', param: 'file' }), status: 404, code: 'no_file', param: 'file' }],
  ['the server’s 422, in a shape of its own', { act: answers(422, { detail: [{ loc: ['body', 'top_p'], msg: 'too large' }] }), status: 422, code: 'upstream_422', type: 'invalid_request_error', says: /too large/ }],
  ['the server’s 418, without a body', { act: answers(418, ''), status: 418, code: 'upstream_418', type: 'invalid_request_error' }],

  ['a server that nobody listens at', { at: 'http://127.0.0.1:9/v1', status: 502, code: 'upstream_unreachable', record: 'error', ...ours }],
  ['a server that takes too long to be reached', { at: silent, model: { timeouts: { connectMs: 60, firstByteMs: 5_000, idleMs: 5_000, totalMs: 5_000 } }, status: 504, code: 'upstream_connect_timeout', record: 'error', ...ours }],
  ['a private address that nobody allowed', { model: { baseUrl: 'http://127.0.0.2:9/v1' }, status: 502, code: 'egress_refused', final: true, record: 'error', ...ours }],
  ['a server that hangs up', { act: (_body, response) => void response.destroy(), status: 502, code: 'upstream_reset', ...ours }],
  ['a server that stops in the middle', { act: (_body, response) => void response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()), status: 502, code: 'upstream_reset', ...ours }],
  ['a server that does not begin', { act: () => undefined, more: { timeout: { first_byte: 60 } }, status: 504, code: 'upstream_first_byte_timeout', ...ours }],
  ['a server that stops answering', { act: (_body, response) => void response.writeHead(200).write('{'), more: { timeout: { idle: 60 } }, status: 504, code: 'upstream_idle_timeout', ...ours }],
  ['a server that is too slow in all', { act: () => undefined, more: { timeout: { call_timeout: 60 } }, status: 504, code: 'upstream_total_timeout', ...ours }],
  ['the server’s 504', { act: fails(504), status: 504, code: 'upstream_timeout', ...ours }],
  ['the server’s 503', { act: fails(503, {}, { 'retry-after': '4' }), status: 503, code: 'upstream_overloaded', retryAfter: '4', ...ours }],
  ['the server’s 529', { act: fails(529), status: 503, code: 'upstream_overloaded', retryAfter: '1', ...ours }],
  ['the server’s 500', { act: fails(500), status: 502, code: 'upstream_error', ...ours }],
  ['an error with status 200', { act: answers(200, { error: { message: 'no' } }), status: 502, code: 'upstream_error', ...ours }],
  ['a web page with status 200', { act: answers(200, '<html></html>', { 'content-type': 'text/html' }), status: 502, code: 'upstream_bad_answer', ...ours }],
  ['an empty body with status 200', { act: answers(200, ''), status: 502, code: 'upstream_bad_answer', ...ours }],
  ['JSON that stops in the middle', { act: answers(200, '{"choices":['), status: 502, code: 'upstream_bad_answer', ...ours }],
  ['JSON that is no answer', { act: answers(200, { hello: 1 }), status: 502, code: 'upstream_bad_answer', ...ours }],
  ['an answer larger than 16 MB', { act: (_body, response) => void response.writeHead(200, { 'content-length': '99999999' }).write('{'), status: 502, code: 'upstream_too_large', final: true, ...ours }],
  ['headers larger than 16 KB', { act: (_body, response) => void response.writeHead(200, { x: 'y'.repeat(20_000) }).end(), status: 502, code: 'upstream_headers_too_large', ...ours }],

  ['a stream whose first event is an error', { act: streams(event({ error: { message: 'no capacity', code: 503 } })), more: { stream: true }, status: 503, code: 'upstream_overloaded', says: /no capacity/, ...ours }],
  ['a stream whose first event is nonsense', { act: streams('data: nonsense\n\n'), more: { stream: true }, status: 502, code: 'upstream_bad_answer', ...ours }],
  ['a stream without an event', { act: streams(': hello\n\n'), more: { stream: true }, status: 502, code: 'upstream_bad_answer', ...ours }],
  ['a stream whose first event is larger than 1 MB', { act: streams(`data: "${'x'.repeat(1_200_000)}"\n\n`), more: { stream: true }, status: 502, code: 'event_too_large', ...ours }],

  ['a fault of ours', { act: answers(200, good), more: { user: 'breaks' }, status: 500, code: 'internal_error', type: 'api_error', final: true, record: 'error' }],
] // biome-ignore format: a table

describe.each(doors)('the %s door answers', (_name, port) => {
  test.each(rows)('%s', async (_situation, row) => {
    const scripted = await openScripted()
    if (row.act) scripted.act = row.act
    const slug = `row-${made++}`
    const entry = house.model(slug, row.at ?? scripted.url, row.model)
    if (row.refusal) refused.set(entry.id, { message: 'No.', ...row.refusal })
    if (row.code === 'internal_error') {
      const judge = () => {
        throw new Error('a secret inside')
      }
      house.plan(slug, { checks: { input: [], output: [{ id: 'evl_1', name: 'broken', judge }], later: [] } })
    }
    const body = row.body ?? { model: row.address ?? slug, ...chat, ...row.more }
    const key = row.key === undefined ? house.key : row.key
    const answer = await call(port, key, body, { path: row.path })

    expect([answer.status, errorOf(answer).code], answer.body).toEqual([row.status, row.code])
    const error = errorOf(answer)
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type'])
    expect(error.message).toMatch(row.says ?? /./)
    if (row.type) expect(error.type).toBe(row.type)
    if (row.param !== undefined) expect(error.param).toBe(row.param)
    if (row.retryAfter) expect(answer.headers['retry-after']).toBe(row.retryAfter)
    expect(answer.headers['x-should-retry']).toBe(row.final ? 'false' : undefined)
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' })
    expect(answer.body).not.toContain(house.upstreamKey.slice(0, 19))
    expect(answer.body).not.toContain('secret')
    expect(scripted.seen.length).toBe(row.act ? 1 : 0)

    const id = String(answer.headers['x-request-id'])
    expect(isId('req', id)).toBe(true)
    const outcome = row.record ?? (row.act ? 'error' : 'refused')
    const record = await house.record(id)
    if (outcome === 'none') expect(record).toBeUndefined()
    else expect(record).toMatchObject({ outcome, status: row.status, error_code: row.code, cost_nano_usd: '0' })
  })

  test('an unknown model as one of somebody else, word for word', async () => {
    const slug = `row-${made++}`
    house.model(slug, 'http://127.0.0.1:9/v1')
    const unknown = await call(port, keys.foreign, { model: `no-${slug}`, ...chat })
    const foreign = await call(port, keys.foreign, { model: slug, ...chat })
    expect(foreign.body).toBe(unknown.body.replace(`no-${slug}`, slug))
  })

  test('an error in OpenAI’s shape with what else it holds, but for our key', async () => {
    const text = (key: string) => `{"error":{"message":"bad ${key}","type":"x", "inner":{"at":7}},"trace":[1e400]}`
    const { slug } = await server(answers(400, text(house.upstreamKey)))
    expect((await call(port, house.key, { model: slug, ...chat })).body).toBe(text('[redacted]'))
  })

  test.each([
    ['breaks', breaks(begun), 'upstream_reset', 'upstream_error'],
    ['tells an error', streams(begun + event({ error: { message: 'gone', type: 'y', code: 'z' } })), 'z', 'y'],
    ['ends without an end', streams(begun), null, null],
  ])(
    'a stream that %s after its first byte with one more event, and its record is truncated',
    async (_how, act, code, type) => {
      const { slug } = await server(act)
      const answer = await call(port, house.key, { model: slug, ...chat, stream: true })
      expect(answer.status).toBe(200)
      expect(answer.body.startsWith(begun)).toBe(true)
      const last = answer.body.slice(begun.length)
      if (code === null) expect(last).toBe('')
      else expect(JSON.parse(last.slice('data: '.length)).error).toMatchObject({ code, type })
      expect(await house.record(String(answer.headers['x-request-id']))).toMatchObject({
        outcome: 'truncated',
        status: 200,
        error_code: code ?? 'upstream_bad_answer',
      })
    },
  )
})
