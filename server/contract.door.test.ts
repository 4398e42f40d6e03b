import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai'
import { describe, expect, test } from 'vitest'
import { isId } from '#lib/core/ids.ts'
import { CapabilityCard } from '#lib/models/schema.ts'
import { createHostCheck } from '#lib/platform/hosts.ts'
import { type Runtime, setRuntime } from '#lib/runtime.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen, serveFetch } from '#lib/testing/doors.ts'
import { testHouse } from '#lib/testing/house.ts'
import { startForTests, user, weather } from '#lib/testing/practice-client.ts'
import { watchPeers } from '#lib/web/peers.ts'
import { watchServers } from '#lib/web/servers.ts'
import * as route from '../app/v1/[...path]/route.ts'
import * as root from '../app/v1/route.ts'
import { createHttpDoor } from './http-door.ts'

// The same promises hold at both doors.
const { database } = await testDatabase()
const house = await testHouse(database)
const { practice } = await startForTests()

/** An upstream that does what the test says. */
let act: (body: Buffer, response: ServerResponse, request: IncomingMessage) => void = () => undefined
const scripted = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => act(Buffer.concat(chunks), response, request))
})
const scriptedUrl = `http://127.0.0.1:${await listen(scripted)}/v1`

const fastPort: number = await listen(
  createHttpDoor({
    gateway: house.gateway,
    isOurHost: (host) => createHostCheck({ bind: '127.0.0.1', port: fastPort, publicUrls: [] })(host),
    notReady: () => [],
    onError: (error) => {
      throw error
    },
  }),
)
const nextServer = serveFetch((request) => {
  const handlers = new URL(request.url).pathname === '/v1' ? root : route
  return handlers[request.method as 'GET'](request)
})
// As Next does: whoever offers another protocol is hung up on.
nextServer.on('upgrade', (_request, socket) => socket.destroy())
const nextPort = await listen(nextServer)
watchPeers()
watchServers()
// All that the route handler asks of its process.
setRuntime({ env: { host: '127.0.0.1', port: nextPort }, gateway: house.gateway } as Runtime)

for (const [slug, type] of [
  ['practice-chat', 'chat'],
  ['practice-small', 'chat'],
  ['practice-reasoner', 'chat'],
  ['practice-completion', 'completion'],
  ['practice-embed', 'embedding'],
  ['practice-image', 'image'],
] as const)
  house.model(slug, practice.url, { type })
const faults = [
  'rate-limited', 'quota', 'no-credit', 'forbidden', 'error', 'overloaded', 'redirect', 'error-200', 'key-echo', 'html', 'empty',
  'bad-json', 'truncated', 'no-usage', 'usage-every-chunk', 'usage-with-choices', 'no-done', 'error-event', 'split-bytes', 'crlf',
  'comments', 'hang', 'endless', 'never-stream', 'reset', 'no-seed', 'stall', 'usage-absurd',
] // biome-ignore format: one list
house.model('practice-completion:never-stream', practice.url, { type: 'completion' })
for (const fault of faults) house.model(`practice-chat:${fault}`, practice.url)
house.model('scripted', scriptedUrl)
house.model('scripted-embed', scriptedUrl, { type: 'embedding' })

const doors = [
  ['fast', fastPort],
  ["studio's", nextPort],
] as const

interface Raw {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** One request as it is, without a client's help. */
function raw(
  port: number,
  options: {
    method?: string
    path?: string
    headers?: Record<string, string>
    body?: string | Buffer
    key?: string | null
  },
): Promise<Raw> {
  const { method = 'POST', path = '/v1/chat/completions', headers = {}, body, key = house.key } = options
  return new Promise((resolve, reject) => {
    const call = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        headers: {
          'content-type': 'application/json',
          ...(key !== null && { authorization: `Bearer ${key}` }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
        response.on('error', reject)
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

/** Bytes as they are. Resolves with what came until the connection ended or `enough` was there. */
function send(port: number, text: string, enough?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (enough?.test(answer)) socket.destroy()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

const chat = (model: string, more: object = {}) => JSON.stringify({ model, messages: user('Say hello'), ...more })

async function errorOf(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof APIError)) throw new Error(`expected an APIError, got ${String(error)}`)
  return error
}

describe.each(doors)('the %s door', (_name, port) => {
  const baseURL = `http://127.0.0.1:${port}/v1`
  const client = (apiKey = house.key) => new OpenAI({ baseURL, apiKey, maxRetries: 0 })
  const openai = client()

  describe('serves the official client', () => {
    test('with a chat answer that is on the record with its exact cost', async () => {
      const before = practice.account(house.upstreamKey).costNanoUsd
      const { data, response } = await openai.chat.completions
        .create({ model: 'practice-chat', messages: user('Say hello') })
        .withResponse()
      expect(data.choices[0]?.message.content).toContain('Hello')
      const id = response.headers.get('x-request-id') ?? ''
      expect(isId('req', id)).toBe(true)
      expect(response.headers.get('x-patchbay-model')).toBe('practice-chat')
      expect(response.headers.get('x-patchbay-attempts')).toBe('1')
      expect(response.headers.get('x-patchbay-cache')).toBe('off')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('server-timing')).toMatch(/^gateway;dur=\d+\.\d, upstream;dur=\d+\.\d$/)
      const record = await house.record(id)
      expect(record).toMatchObject({
        outcome: 'ok',
        status: 200,
        usage_source: 'provider',
        priced: true,
        finish_reason: 'stop',
        endpoint: 'chat/completions',
      })
      expect(record?.input_tokens).toBe(String(data.usage?.prompt_tokens))
      expect(record?.output_tokens).toBe(String(data.usage?.completion_tokens))
      const cost = BigInt(practice.account(house.upstreamKey).costNanoUsd) - BigInt(before)
      expect(record?.cost_nano_usd).toBe(String(cost))
      expect(Number(response.headers.get('x-patchbay-cost-usd')) * 1e9).toBeCloseTo(Number(cost), 3)
    })

    test('with a stream without usage, which is metered all the same', async () => {
      const { data, response } = await openai.chat.completions
        .create({ model: 'practice-chat', messages: user('Say hello'), stream: true })
        .withResponse()
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(response.headers.get('x-accel-buffering')).toBe('no')
      let text = ''
      for await (const chunk of data) {
        expect(chunk.usage ?? null).toBeNull()
        expect(chunk.choices.length).toBeGreaterThan(0)
        text += chunk.choices[0]?.delta.content ?? ''
      }
      expect(text).toContain('Hello')
      const record = await house.record(response.headers.get('x-request-id')!)
      expect(record).toMatchObject({
        outcome: 'ok',
        stream: true,
        usage_source: 'provider',
        finish_reason: 'stop',
        adapted: '+stream_options',
      })
      expect(Number(record?.output_tokens)).toBeGreaterThan(0)
    })

    test('with a stream with usage where it asks for it', async () => {
      const stream = await openai.chat.completions.create({
        model: 'practice-chat',
        messages: user('Say hello'),
        stream: true,
        stream_options: { include_usage: true },
      })
      let usage: OpenAI.CompletionUsage | undefined
      for await (const chunk of stream) if (chunk.usage) usage = chunk.usage
      expect(usage?.total_tokens).toBeGreaterThan(0)
    })

    test('with tools, whole and streamed', async () => {
      const params = {
        model: 'practice-chat',
        messages: user('What is the weather in Paris?'),
        tools: [weather],
        tool_choice: 'required' as const,
      }
      const whole = await openai.chat.completions.create(params)
      const call = whole.choices[0]?.message.tool_calls?.[0]
      expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toMatchObject({ city: 'Paris' })
      const runner = openai.chat.completions.stream({ ...params, stream: true })
      const final = await runner.finalChatCompletion()
      const streamed = final.choices[0]?.message.tool_calls?.[0]
      expect(streamed?.type === 'function' && JSON.parse(streamed.function.arguments)).toMatchObject({ city: 'Paris' })
    })

    test('with a stream of a server that answers whole: text, tools, choices, usage if asked for', async () => {
      const params = { model: 'practice-chat:never-stream', messages: user('Say hello'), n: 2 }
      const { data, response } = await openai.chat.completions.create({ ...params, stream: true }).withResponse()
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(response.headers.get('x-patchbay-adapted')).toBe('+stream_options, answer:whole>stream')
      const texts = ['', '']
      for await (const { choices, usage } of data) {
        expect(usage ?? null).toBeNull()
        texts[choices[0]!.index] += choices[0]!.delta.content ?? ''
      }
      for (const text of texts) expect(text).toContain('Hello')
      expect(await house.record(response.headers.get('x-request-id')!)).toMatchObject({
        outcome: 'ok',
        stream: true,
        usage_source: 'provider',
        finish_reason: 'stop',
        adapted: '+stream_options, answer:whole>stream',
      })
      const runner = openai.chat.completions.stream({
        model: 'practice-chat:never-stream',
        messages: user('What is the weather in Paris, Oslo and Rome? Call the tool once for each city.'),
        tools: [weather],
        parallel_tool_calls: true,
        stream_options: { include_usage: true },
      })
      const { choices, usage } = await runner.finalChatCompletion()
      const calls = choices[0]?.message.tool_calls ?? []
      const cities = calls.map((call) => call.type === 'function' && JSON.parse(call.function.arguments).city)
      expect(cities).toEqual(['Paris', 'Oslo', 'Rome'])
      expect(choices[0]?.finish_reason).toBe('tool_calls')
      expect(usage?.total_tokens).toBeGreaterThan(0)
      let text = ''
      const legacy = { model: 'practice-completion:never-stream', prompt: 'One, two,', stream: true as const }
      for await (const chunk of await openai.completions.create(legacy)) text += chunk.choices[0]?.text ?? ''
      expect(text).not.toBe('')
    })

    test('with legacy completions, whole and streamed', async () => {
      const whole = await openai.completions.create({ model: 'practice-completion', prompt: 'Once upon a time' })
      expect(whole.choices[0]?.text).toBeTruthy()
      let text = ''
      for await (const chunk of await openai.completions.create({
        model: 'practice-completion',
        prompt: 'Once upon a time',
        stream: true,
      }))
        text += chunk.choices[0]?.text ?? ''
      expect(text).toBe(whole.choices[0]?.text)
    })

    test('with embeddings, the same numbers by default and as floats', async () => {
      const byDefault = await openai.embeddings.create({ model: 'practice-embed', input: ['one', 'two'] })
      const asFloats = await openai.embeddings.create({
        model: 'practice-embed',
        input: ['one', 'two'],
        encoding_format: 'float',
      })
      expect(byDefault.data).toHaveLength(2)
      expect(byDefault.data[0]?.embedding).toHaveLength(512)
      for (const [index, value] of asFloats.data[1]!.embedding.entries())
        expect(byDefault.data[1]?.embedding[index]).toBeCloseTo(value, 5)
    })

    test('with a picture, counted and priced', async () => {
      const { data, response } = await openai.images
        .generate({ model: 'practice-image', prompt: 'a red circle', response_format: 'b64_json', size: '256x256' })
        .withResponse()
      expect(
        Buffer.from(data.data?.[0]?.b64_json ?? '', 'base64')
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG')
      expect(await house.record(response.headers.get('x-request-id')!)).toMatchObject({
        images: 1,
        cost_nano_usd: '40000000',
        priced: true,
      })
    })

    test('with the models that its key may call', async () => {
      const ids: string[] = []
      for await (const model of openai.models.list()) ids.push(model.id)
      expect(ids).toContain('practice-chat')
      const one = await openai.models.retrieve('practice-chat')
      expect(one).toMatchObject({
        id: 'practice-chat',
        object: 'model',
        patchbay: { type: 'chat', prices: { input: '0.15' } },
      })
      expect(await errorOf(openai.models.retrieve('nothing'))).toBeInstanceOf(NotFoundError)
    })
  })

  describe('ends a call that cannot be served as the right error', () => {
    test('401 without a good key, and no record', async () => {
      for (const key of ['wrong', `${house.key.slice(0, -1)}0`]) {
        const error = await errorOf(
          client(key).chat.completions.create({ model: 'practice-chat', messages: user('x') }),
        )
        expect(error).toBeInstanceOf(AuthenticationError)
        expect(error.code).toBe('invalid_api_key')
        expect(isId('req', error.requestID ?? '')).toBe(true)
      }
      expect((await raw(port, { key: null, body: chat('practice-chat') })).status).toBe(401)
    })

    test('401 from the moment a key is revoked', async () => {
      const key = await house.createKey({})
      expect((await raw(port, { key, body: chat('practice-chat') })).status).toBe(200)
      await house.revokeKey(key)
      expect((await raw(port, { key, body: chat('practice-chat') })).status).toBe(401)
    })

    test('404 for a model that is unknown or foreign, the same answer for both', async () => {
      const foreign = client(await house.foreignKey())
      const unknown = await errorOf(openai.chat.completions.create({ model: 'no-such', messages: user('x') }))
      const hidden = await errorOf(foreign.chat.completions.create({ model: 'practice-chat', messages: user('x') }))
      expect(unknown).toBeInstanceOf(NotFoundError)
      expect(hidden).toBeInstanceOf(NotFoundError)
      expect(hidden.message.replace('practice-chat', 'no-such')).toBe(unknown.message)
      expect(unknown.code).toBe('model_not_found')
      expect(await house.record(unknown.requestID!)).toMatchObject({
        outcome: 'refused',
        status: 404,
        error_code: 'model_not_found',
      })
      expect((await (await foreign.models.list()).data).length).toBe(0)
    })

    test('403 for a key without the scope or the model, and for a disabled model', async () => {
      const reader = client(await house.createKey({ scopes: ['read'] }))
      expect(
        await errorOf(reader.chat.completions.create({ model: 'practice-chat', messages: user('x') })),
      ).toBeInstanceOf(PermissionDeniedError)
      house.model('off', practice.url, { state: 'disabled' })
      const disabled = await errorOf(openai.chat.completions.create({ model: 'off', messages: user('x') }))
      expect(disabled).toBeInstanceOf(PermissionDeniedError)
      expect(disabled.code).toBe('model_disabled')
    })

    test('400 for the wrong endpoint and for what the model was shown not to do, without a call upstream', async () => {
      const checks = { tools: { verdict: 'no' as const, detail: '', pinned: false } }
      house.model('no-tools', scriptedUrl, { capabilities: CapabilityCard.parse({ checks }) })
      let calls = 0
      act = (_body, response) => {
        calls++
        response.end('{}')
      }
      const wrong = await errorOf(openai.embeddings.create({ model: 'practice-chat', input: 'x' }))
      const tools = await errorOf(
        openai.chat.completions.create({ model: 'no-tools', messages: user('x'), tools: [weather] }),
      )
      for (const error of [wrong, tools]) {
        expect(error).toBeInstanceOf(BadRequestError)
        expect(error.code).toBe('unsupported_for_model')
      }
      expect(tools.param).toBe('tools')
      expect(calls).toBe(0)
    })

    test.each([
      ['practice-chat:rate-limited', 429, 'rate_limit_exceeded', RateLimitError],
      ['practice-chat:quota', 503, 'upstream_quota', InternalServerError],
      ['practice-chat:no-credit', 503, 'upstream_quota', InternalServerError],
      ['practice-chat:forbidden', 502, 'upstream_auth_failed', InternalServerError],
      ['practice-chat:key-echo', 502, 'upstream_auth_failed', InternalServerError],
      ['practice-chat:error', 502, 'upstream_error', InternalServerError],
      ['practice-chat:overloaded', 503, 'upstream_overloaded', InternalServerError],
      ['practice-chat:redirect', 502, 'upstream_redirect', InternalServerError],
      ['practice-chat:error-200', 502, 'upstream_error', InternalServerError],
      ['practice-chat:html', 502, 'upstream_bad_answer', InternalServerError],
      ['practice-chat:empty', 502, 'upstream_bad_answer', InternalServerError],
      ['practice-chat:bad-json', 502, 'upstream_bad_answer', InternalServerError],
      ['practice-chat:truncated', 502, 'upstream_reset', InternalServerError],
      ['practice-chat:reset', 502, 'upstream_reset', InternalServerError],
      ['practice-chat:no-seed', 400, null, BadRequestError],
    ] as const)('%s: %i %s', async (model, status, code, kind) => {
      const error = await errorOf(openai.chat.completions.create({ model, messages: user('x'), seed: 1 }))
      expect(error).toBeInstanceOf(kind)
      expect(error.status).toBe(status)
      expect(error.code).toBe(code ?? error.code)
      expect(JSON.stringify(error.error)).not.toContain(house.upstreamKey.slice(0, 19))
      const record = await house.record(error.requestID!)
      expect(record).toMatchObject({ outcome: 'error', status, usage_source: 'none', cost_nano_usd: '0' })
      if (model.endsWith(':rate-limited')) expect(error.headers?.get('retry-after')).toBe('1')
    })

    test('504 within the time that the caller allows', async () => {
      const answer = await raw(port, { body: chat('practice-chat:hang', { timeout: { first_byte: 100 } }) })
      expect(answer.status).toBe(504)
      expect(JSON.parse(answer.body).error.code).toBe('upstream_first_byte_timeout')
    })

    test.each([
      ['', 'empty'],
      ['{', 'not valid JSON'],
      ['{"model":"practice-chat","model":"scripted","messages":[]}', 'twice'],
      ['{"model":"practice-chat","mod\\u0065l":"scripted"}', 'twice'],
      [`{"model":"practice-chat","x":${'['.repeat(70)}${']'.repeat(70)}}`, '64 levels'],
      ['\ufeff{"model":"practice-chat"}', 'byte order mark'],
      ['{"model":"practice-chat","cache":{"type":"semantic","ttl":60}}', 'cache.type'],
      ['{"model":"practice-chat","identity":{"id":"a","admin":true}}', 'identity.admin'],
    ])('400 for the body %s', async (body, message) => {
      const answer = await raw(port, { body })
      expect(answer.status).toBe(400)
      const { error } = JSON.parse(answer.body)
      expect(error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_request' })
      expect(error.message).toContain(message)
    })

    test('400 for bytes that are not UTF-8', async () => {
      const answer = await raw(port, { body: Buffer.from('{"model":"practice-chat","x":"\xff"}', 'latin1') })
      expect(answer.status).toBe(400)
    })

    test('413 for a body over 20 MB', async () => {
      const answer = await raw(port, {
        headers: { 'content-length': String(21 * 1024 * 1024) },
        body: Buffer.alloc(21 * 1024 * 1024, 0x20),
      })
      expect(answer.status).toBe(413)
    })

    test('401 before the body is there, whole or in pieces, however long it is', async () => {
      for (const [length, name] of [
        ['content-length: 20000000', 'of a stated length'],
        ['transfer-encoding: chunked', 'without one'],
      ]) {
        const answer = await send(
          port,
          `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer wrong\r\n${length}\r\n\r\n`,
          /invalid_api_key/,
        )
        expect(answer, name).toMatch(/^HTTP\/1.1 401 /)
      }
    })

    test('401 to a caller who sends 19 MB with a bad key', async () => {
      const answer = await raw(port, { key: 'wrong', body: Buffer.alloc(19 * 1024 * 1024, 0x20) })
      expect(answer.status).toBe(401)
      expect(JSON.parse(answer.body).error.code).toBe('invalid_api_key')
    })

    test('400 for more than one key, also in one header twice', async () => {
      const body = chat('practice-chat')
      const twice = await send(
        port,
        `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${house.key}\r\nAuthorization: Bearer ${house.key}\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        /more than one API key/,
      )
      expect(twice).toMatch(/^HTTP\/1.1 400 /)
      const both = await raw(port, { headers: { 'api-key': await house.createKey({}) }, body })
      expect(both.status).toBe(400)
      expect(JSON.parse(both.body).error.message).toContain('more than one API key')
    })

    test.each([
      ['GET', '/v1', 404, 'unsupported_endpoint'],
      ['GET', '/v1/', 404, 'unsupported_endpoint'],
      ['GET', '/v1//models', 404, 'unsupported_endpoint'],
      ['GET', '/v1/../models', 404, 'unsupported_endpoint'],
      ['GET', '/v1/models/%zz', 404, 'unsupported_endpoint'],
      ['GET', '/v1/models/%ff', 404, 'unsupported_endpoint'],
      ['TRACE', '/v1/models', 405, 'method_not_allowed'],
      ['TRACE', '/v1', 404, 'unsupported_endpoint'],
      ['PROPFIND', '/v1/chat/completions', 405, 'method_not_allowed'],
      ['POST', '/v1', 404, 'unsupported_endpoint'],
    ])('%s %s: %i %s', async (method, path, status, code) => {
      const answer = await raw(port, { method, path })
      expect(answer.status).toBe(status)
      expect(JSON.parse(answer.body).error.code).toBe(code)
      expect(isId('req', String(answer.headers['x-request-id']))).toBe(true)
    })

    test('200 to a caller who offers HTTP/2 with every call', async () => {
      const body = chat('practice-chat')
      const answer = await send(
        port,
        [
          'POST /v1/chat/completions HTTP/1.1',
          `host: 127.0.0.1:${port}`,
          `authorization: Bearer ${house.key}`,
          'connection: Upgrade, HTTP2-Settings, close',
          'upgrade: h2c',
          'http2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
          `content-length: ${Buffer.byteLength(body)}`,
          '',
          body,
        ].join('\r\n'),
      )
      expect(answer).toMatch(/^HTTP\/1.1 200 /)
      expect(answer).toContain('"finish_reason":"stop"')
    })

    test('404 and 405 for what is not served', async () => {
      const unknown = await raw(port, { path: '/v1/audio/speech', body: '{}' })
      expect(unknown.status).toBe(404)
      expect(JSON.parse(unknown.body).error.code).toBe('unsupported_endpoint')
      expect((await raw(port, { method: 'GET' })).status).toBe(405)
    })

    test('421 for a Host that is not ours', async () => {
      const answer = await raw(port, { headers: { host: `evil.example:${port}` }, body: chat('practice-chat') })
      expect(answer.status).toBe(421)
    })
  })

  describe('relays', () => {
    const answer =
      ' {"id":"x","big":12345678901234567890,"e":1e400,"u":"\\u00e9 é","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}} \n'

    test('a whole answer and its request byte for byte, but for the model', async () => {
      let seen = ''
      let headers: IncomingMessage['headers'] = {}
      act = (body, response, request) => {
        seen = body.toString('utf8')
        headers = request.headers
        response
          .writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'a=b', 'x-secret': 'internal' })
          .end(answer)
      }
      const body = '{ "x":1e400,"y":-0 ,"model":"scripted","messages":[{"role":"user","content":"\\ud83d\\ude00 é"}]}\n'
      const reply = await raw(port, { body, headers: { cookie: 'session=1', 'x-forwarded-for': '1.2.3.4' } })
      expect(reply.status).toBe(200)
      expect(reply.body).toBe(answer)
      expect(seen).toBe(body)
      expect(reply.headers).not.toHaveProperty('set-cookie')
      expect(reply.headers).not.toHaveProperty('x-secret')
      expect(headers.authorization).toBe(`Bearer ${house.upstreamKey}`)
      for (const name of ['cookie', 'x-forwarded-for']) expect(headers).not.toHaveProperty(name)
    })

    const event = (data: object | string, end = '\n') =>
      `data: ${typeof data === 'string' ? data : JSON.stringify(data)}${end}${end}`
    const delta = (content: string, more: object = {}) => ({
      choices: [{ index: 0, delta: { content }, finish_reason: null }],
      ...more,
    })
    const usage = { choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } }
    const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }

    function streamOf(pieces: readonly (string | Buffer)[]) {
      return (_body: Buffer, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        let at = 0
        const next = () => {
          const piece = pieces[at++]
          if (piece === undefined) response.end()
          else response.write(piece, () => setImmediate(next))
        }
        next()
      }
    }

    test.each(['\n', '\r\n', '\r'])(
      'a stream byte for byte whatever its cuts are, its lines ending with %j',
      async (end) => {
        const text = `: hi${end}${end}${event(delta('é😀'), end)}event: x${end}${event(delta('a'), end)}${event(finish, end)}${event(usage, end)}${event('[DONE]', end)}`
        const bytes = Buffer.from(text)
        for (const size of [1, 7, 1000]) {
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
            bytes.subarray(index * size, (index + 1) * size),
          )
          act = streamOf(pieces)
          const reply = await raw(port, {
            body: chat('scripted', { stream: true, stream_options: { include_usage: true } }),
          })
          expect(reply.body).toBe(text)
          const record = await house.record(String(reply.headers['x-request-id']))
          expect(record).toMatchObject({ outcome: 'ok', input_tokens: '7', output_tokens: '3' })
        }
      },
    )

    test('a stream without the usage event that we asked for, and with nothing else left out', async () => {
      const rest = [
        event(delta('a', { usage: null })),
        event(delta('b', { usage: { prompt_tokens: 7, completion_tokens: 1 } })),
        event(finish),
      ]
      const odd = event({ choices: [], x_extra: 1, usage: null })
      for (const size of [5, 10_000]) {
        const bytes = Buffer.from(`${rest.join('')}${event(usage)}${odd}${event('[DONE]')}`)
        act = streamOf(
          Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
            bytes.subarray(index * size, (index + 1) * size),
          ),
        )
        const reply = await raw(port, { body: chat('scripted', { stream: true }) })
        expect(reply.body).toBe(`${rest.join('')}${odd}${event('[DONE]')}`)
        expect(await house.record(String(reply.headers['x-request-id']))).toMatchObject({
          input_tokens: '7',
          output_tokens: '3',
          usage_source: 'provider',
        })
      }
    })

    test.each([
      'practice-chat:split-bytes',
      'practice-chat:crlf',
      'practice-chat:comments',
      'practice-chat:usage-every-chunk',
      'practice-chat:usage-with-choices',
      'practice-chat:no-done',
    ])('the stream of %s to its end, metered by its usage', async (model) => {
      const { data, response } = await openai.chat.completions
        .create({ model, messages: user('Say hello'), stream: true })
        .withResponse()
      let text = ''
      for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? ''
      expect(text).toContain('Hello')
      expect(await house.record(response.headers.get('x-request-id')!)).toMatchObject({
        outcome: 'ok',
        usage_source: 'provider',
      })
    })

    test('a stream without usage, estimated and marked', async () => {
      const { data, response } = await openai.chat.completions
        .create({ model: 'practice-chat:no-usage', messages: user('Say hello'), stream: true })
        .withResponse()
      let text = ''
      for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? ''
      const record = await house.record(response.headers.get('x-request-id')!)
      expect(record).toMatchObject({ outcome: 'ok', usage_source: 'estimated' })
      expect(record?.output_tokens).toBe(String(Math.round(Buffer.byteLength(text) / 4)))
    })

    test.each([
      ['practice-chat:truncated', 'upstream_reset'],
      ['practice-chat:error-event', null],
    ])('%s as an error event after the first byte, recorded as truncated', async (model, code) => {
      const reply = await raw(port, { body: chat(model, { stream: true }) })
      expect(reply.status).toBe(200)
      const last = reply.body.trimEnd().split('\n\n').at(-1) ?? ''
      const { error } = JSON.parse(last.slice('data: '.length))
      expect(error.message).toBeTruthy()
      if (code) expect(error.code).toBe(code)
      const record = await house.record(String(reply.headers['x-request-id']))
      expect(record).toMatchObject({ outcome: 'truncated', status: 200, error_code: error.code })
    })

    test('usage that cannot be, estimated and flagged, whole and streamed', async () => {
      for (const stream of [false, true]) {
        const reply = await raw(port, { body: chat('practice-chat:usage-absurd', { stream }) })
        expect(reply.status).toBe(200)
        expect(await house.record(String(reply.headers['x-request-id']))).toMatchObject({
          outcome: 'ok',
          usage_source: 'estimated',
          usage_flags: 'refused_count',
        })
      }
    })

    test('an error in the first event as an answer with a status', async () => {
      act = streamOf([event({ error: { message: 'no capacity', type: 'server_error', code: 503 } })])
      const reply = await raw(port, { body: chat('scripted', { stream: true }) })
      expect(reply.status).toBe(503)
      expect(JSON.parse(reply.body).error.message).toContain('no capacity')
    })

    test('embeddings in the encoding that was asked for, whatever the server speaks', async () => {
      const numbers = [0.5, -1.25, 3]
      const bytes = Buffer.alloc(12)
      for (const [index, value] of numbers.entries()) bytes.writeFloatLE(value, index * 4)
      const usageOf = { prompt_tokens: 1, total_tokens: 1 }
      act = (_body, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ object: 'list', data: [{ index: 0, embedding: numbers }], usage: usageOf }))
      const { data, response } = await openai.embeddings.create({ model: 'scripted-embed', input: 'x' }).withResponse()
      expect(data.data[0]?.embedding).toEqual(numbers)
      expect(response.headers.get('x-patchbay-adapted')).toBe('embedding:float>base64')
      act = (_body, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(
          JSON.stringify({
            object: 'list',
            data: [{ index: 0, embedding: bytes.toString('base64') }],
            usage: usageOf,
          }),
        )
      const floats = await raw(port, {
        path: '/v1/embeddings',
        body: JSON.stringify({ model: 'scripted-embed', input: 'x' }),
      })
      expect(JSON.parse(floats.body).data[0].embedding).toEqual(numbers)
    })

    test('streamed tool calls with the index that the server leaves out', async () => {
      house.model('no-index', practice.url, {
        modelId: 'practice-chat:no-tool-index',
        profile: { toolIndexMissing: true },
      })
      const runner = openai.chat.completions.stream({
        model: 'no-index',
        messages: user('What is the weather in Paris?'),
        tools: [weather],
        tool_choice: 'required',
        stream: true,
      })
      const final = await runner.finalChatCompletion()
      const call = final.choices[0]?.message.tool_calls?.[0]
      expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toMatchObject({ city: 'Paris' })
    })
  })

  describe('when the caller leaves', () => {
    test('stops the upstream within a second and records what was used', async () => {
      const left = Promise.withResolvers<void>()
      act = (_body, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: 'abcdefgh' } }] })}\n\n`)
        response.on('close', () => left.resolve())
      }
      const { data, response } = await openai.chat.completions
        .create({ model: 'scripted', messages: user('x'), stream: true })
        .withResponse()
      for await (const chunk of data) if (chunk.choices[0]?.delta.content) break
      const sinceMs = performance.now()
      data.controller.abort()
      await left.promise
      expect(performance.now() - sinceMs).toBeLessThan(1000)
      expect(await settled(response.headers.get('x-request-id')!)).toMatchObject({
        outcome: 'aborted',
        output_tokens: '2',
        usage_source: 'estimated',
      })
    })

    test('before an answer came, too', async () => {
      const arrived = Promise.withResolvers<void>()
      const left = Promise.withResolvers<void>()
      act = (_body, response) => {
        response.on('close', () => left.resolve())
        arrived.resolve()
      }
      const abort = new AbortController()
      const call = openai.chat.completions.create({ model: 'scripted', messages: user('x') }, { signal: abort.signal })
      await arrived.promise
      abort.abort()
      await expect(call).rejects.toThrow()
      await left.promise
    })

    test('and the gateway holds nothing of it afterwards', async () => {
      await expect.poll(() => house.gateway.inFlight()).toBe(0)
      expect(house.upstream.stats().calls).toBe(0)
    })
  })
})

/** The record of a call whose end nobody waited for. */
async function settled(id: string): Promise<Record<string, unknown> | undefined> {
  await expect.poll(() => house.gateway.inFlight()).toBe(0)
  return house.record(id)
}

describe('the fast door alone', () => {
  test('refuses absolute-form targets, garbage, and headers over 16 KB', async () => {
    expect(
      await send(
        fastPort,
        'GET http://evil.example/v1/models HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1.1 400 /)
    expect(await send(fastPort, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /)
    expect(await send(fastPort, `GET /v1/models HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 /,
    )
    expect(
      await send(
        fastPort,
        'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1.1 400 /)
  })

  test('lets go of a caller who takes nothing, and of what it read for him', async () => {
    const port: number = await listen(
      createHttpDoor({
        gateway: house.gateway,
        isOurHost: () => true,
        notReady: () => [],
        onError: (error) => {
          throw error
        },
        stalledMs: 300,
      }),
    )
    act = (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(10_000) } }] })}\n\n`
      const more = () => {
        while (!response.destroyed && response.write(event));
        response.once('drain', more)
      }
      more()
    }
    const body = chat('scripted', { stream: true, user: 'stalled' })
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.pause()
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${house.key}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
    await expect.poll(() => house.gateway.inFlight(), { interval: 5 }).toBe(1)
    await expect.poll(() => house.gateway.inFlight(), { timeout: 5000 }).toBe(0)
    expect(house.upstream.stats().calls).toBe(0)
    socket.destroy()
    await house.ledger.flush()
    const { rows } = await database.pool.query('select outcome from ledger.records order by started_at desc limit 1')
    expect(rows).toEqual([{ outcome: 'aborted' }])
  })

  test('counts the bodies that are still coming in', async () => {
    const port: number = await listen(
      createHttpDoor({
        gateway: house.gateway,
        isOurHost: () => true,
        notReady: () => [],
        onError: (error) => {
          throw error
        },
        heldBytesMax: 1000,
      }),
    )
    const slow = connect(port, '127.0.0.1')
    slow.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${house.key}\r\ntransfer-encoding: chunked\r\n\r\n320\r\n${'x'.repeat(800)}\r\n`,
    )
    const status = async () => (await raw(port, { body: 'y'.repeat(600) })).status
    await expect.poll(status).toBe(503)
    slow.destroy()
    await expect.poll(status).toBe(400)
  })

  test('tells its health to anybody', async () => {
    expect(
      (await raw(fastPort, { method: 'GET', path: '/health/live', key: null, headers: { host: 'any' } })).status,
    ).toBe(200)
    expect((await raw(fastPort, { method: 'GET', path: '/health/ready', key: null })).status).toBe(200)
  })
})
