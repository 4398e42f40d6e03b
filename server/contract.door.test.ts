import type { IncomingMessage, ServerResponse } from 'node:http'
import OpenAI, { APIError, NotFoundError } from 'openai'
import { describe, expect, test } from 'vitest'
import { isId } from '#lib/core/ids.ts'
import { call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'
import { startForTests, user, weather } from '#lib/testing/practice-client.ts'

// The same promises hold at both doors.
const { database } = await testDatabase()
const house = await testHouse(database)
const { practice } = await startForTests()

const scripted = await openScripted()
const { fast: fastPort, studio: nextPort } = await openBothDoors(house)

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
  ...['truncated', 'no-usage', 'usage-every-chunk', 'usage-with-choices', 'no-done', 'error-event'],
  ...['split-bytes', 'crlf', 'comments', 'never-stream', 'usage-absurd'],
]
house.model('practice-completion:never-stream', practice.url, { type: 'completion' })
for (const fault of faults) house.model(`practice-chat:${fault}`, practice.url)
house.model('scripted', scripted.url)
house.model('scripted-embed', scripted.url, { type: 'embedding' })

const doors = [
  ['fast', fastPort],
  ["studio's", nextPort],
] as const

const chat = (model: string, more: object = {}) => JSON.stringify({ model, messages: user('Say hello'), ...more })

const raw = (
  port: number,
  {
    body = '',
    key = house.key,
    ...rest
  }: { method?: string; path?: string; headers?: Record<string, string>; body?: string; key?: string | null },
) => call(port, key, body, rest)

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

  describe('relays', () => {
    const answer =
      ' {"id":"x","big":12345678901234567890,"e":1e400,"u":"\\u00e9 é","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}} \n'

    test('a whole answer and its request byte for byte, but for the model', async () => {
      let seen = ''
      let headers: IncomingMessage['headers'] = {}
      scripted.act = (body, response, request) => {
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
          scripted.act = streamOf(pieces)
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
        scripted.act = streamOf(
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
      scripted.act = streamOf([event({ error: { message: 'no capacity', type: 'server_error', code: 503 } })])
      const reply = await raw(port, { body: chat('scripted', { stream: true }) })
      expect(reply.status).toBe(503)
      expect(JSON.parse(reply.body).error.message).toContain('no capacity')
    })

    test('embeddings in the encoding that was asked for, whatever the server speaks', async () => {
      const numbers = [0.5, -1.25, 3]
      const bytes = Buffer.alloc(12)
      for (const [index, value] of numbers.entries()) bytes.writeFloatLE(value, index * 4)
      const usageOf = { prompt_tokens: 1, total_tokens: 1 }
      scripted.act = (_body, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ object: 'list', data: [{ index: 0, embedding: numbers }], usage: usageOf }))
      const { data, response } = await openai.embeddings.create({ model: 'scripted-embed', input: 'x' }).withResponse()
      expect(data.data[0]?.embedding).toEqual(numbers)
      expect(response.headers.get('x-patchbay-adapted')).toBe('embedding:float>base64')
      scripted.act = (_body, response) =>
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
    test('before an answer came, stops the upstream', async () => {
      const arrived = Promise.withResolvers<void>()
      const left = Promise.withResolvers<void>()
      scripted.act = (_body, response) => {
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
