import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createUpstream } from '#lib/openai/upstream.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { createEgress } from '#lib/platform/egress.ts'
import { parseAllowedEntries } from '#lib/platform/egress-entries.ts'
import { createTelemetry, readRecords, type Telemetry } from '#lib/telemetry/index.ts'
import { call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen } from '#lib/testing/doors.ts'
import { testHouse } from '#lib/testing/house.ts'
import { silentLogger } from '#lib/testing/ledger.ts'

const { database } = await testDatabase()
let telemetry: Telemetry | undefined
const house = await testHouse(database, {
  random: () => 0,
  onWritten: (records) => telemetry?.take(readRecords(records)),
  onKept: (workspaceId, words) => telemetry?.keep(workspaceId, words),
})
const { fast, studio } = await openBothDoors(house)

type Value = { stringValue?: string; intValue?: string; doubleValue?: number; arrayValue?: { values: Value[] } }
interface Attribute {
  key: string
  value: Value
}
interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: Attribute[]
  status: { code?: number; message?: string }
}
interface Metric {
  name: string
  unit: string
  histogram: {
    aggregationTemporality: number
    dataPoints: {
      count: string
      sum: number
      attributes: Attribute[]
      bucketCounts: string[]
      explicitBounds: number[]
    }[]
  }
}

/**
 * A collector that keeps what it gets; `answers` are the statuses of its first answers, then 200. `content`: it may have
 * prompts and answers.
 */
async function collector(answers: number[] = [], content = false) {
  const got: { path: string; authorization: string | undefined; text: string }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const status = answers.shift() ?? 200
      if (status === 200)
        got.push({
          path: request.url!,
          authorization: request.headers.authorization,
          text: Buffer.concat(chunks).toString(),
        })
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  const port = await listen(server)
  const egress = createEgress({
    ...{ allowed: () => parseAllowedEntries(`127.0.0.1:${port}`), selfAddresses: () => [], clock: systemClock },
  })
  const upstream = createUpstream({ egress, clock: systemClock, logger: silentLogger })
  const own = createTelemetry({
    endpoint: new URL(`http://127.0.0.1:${port}`),
    headers: { authorization: 'Bearer of-the-collector' },
    ...{ serviceName: 'patchbay', process: 'gateway', upstream, clock: systemClock, logger: silentLogger },
    find: (_workspaceId, id) => ({ modelId: `server-${id}`, host: 'models.example.test', port: 443 }),
    everyMs: 3_600_000,
    content: content ? { keeps: (workspaceId) => house.keeper.plan(workspaceId) !== '' } : undefined,
  })
  telemetry = own
  onTestFinished(async () => {
    telemetry = undefined
    await own.close()
    await upstream.close()
  })
  const of = (path: string) => got.filter((each) => each.path === path).map(({ text }) => JSON.parse(text))
  return {
    got,
    own,
    spans: () => of('/v1/traces').flatMap((body) => body.resourceSpans[0].scopeSpans[0].spans as Span[]),
    metrics: () => of('/v1/metrics').flatMap((body) => body.resourceMetrics[0].scopeMetrics[0].metrics as Metric[]),
  }
}

const read = (attributes: readonly Attribute[]) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.doubleValue ??
        value.arrayValue?.values.map((each) => each.stringValue) ??
        Number(value.intValue),
    ]),
  )

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'
const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }
const good = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content: 'a secret answer' }, finish_reason: 'stop' }],
  usage,
})

test.each([
  ['fast', fast],
  ["studio's", studio],
])(
  'a call with a retry and a fallback at the %s door is one trace of the conventions, without a word of it; servers hear of it',
  async (door, port) => {
    const sink = await collector([503])
    const heard: (string | undefined)[] = []
    const failing = await openScripted()
    failing.act = (_body, response, request) => {
      heard.push(request.headers.traceparent as string)
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}')
    }
    const working = await openScripted()
    working.act = (_body, response, request) => {
      heard.push(request.headers.traceparent as string)
      expect(request.headers.tracestate).toBe('vendor=1')
      response.writeHead(200, { 'content-type': 'application/json' }).end(good)
    }
    const first = house.model(`first-${port}`, failing.url)
    const second = house.model(`second-${port}`, working.url)
    const answer = await call(
      port,
      house.key,
      {
        ...{ model: first.slug, messages: [{ role: 'user', content: 'a secret question' }] },
        ...{ retry: { count: 1 }, fallbacks: [{ model: second.slug }], thread: { id: 'thread-9' } },
        identity: { id: 'somebody@example.test' },
      },
      { headers: { traceparent: `00-${traceId}-${parentId}-01`, tracestate: 'vendor=1' } },
    )
    expect([door, answer.status]).toEqual([door, 200])
    await house.ledger.flush()
    await sink.own.flush()

    expect(sink.got.every(({ authorization }) => authorization === 'Bearer of-the-collector')).toBe(true)
    const spans = sink.spans()
    const [root, ...attempts] = spans
    expect(root).toMatchObject({
      traceId,
      parentSpanId: parentId,
      name: 'POST /v1/chat/completions',
      kind: 2,
      status: {},
    })
    expect(read(root!.attributes)).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'http.response.status_code': 200,
      'gen_ai.conversation.id': 'thread-9',
      'patchbay.request.id': answer.headers['x-request-id'],
      'patchbay.attempts': 3,
    })
    expect(attempts.map(({ name, kind, parentSpanId, status }) => [name, kind, parentSpanId, status.code])).toEqual([
      [`chat server-${first.id}`, 3, root!.spanId, 2],
      [`chat server-${first.id}`, 3, root!.spanId, 2],
      [`chat server-${second.id}`, 3, root!.spanId, undefined],
    ])
    expect(attempts.map(({ spanId }) => `00-${traceId}-${spanId}-01`)).toEqual(heard)
    expect(read(attempts[0]!.attributes)).toMatchObject({
      'http.response.status_code': 500,
      'error.type': 'upstream_error',
    })
    expect(read(attempts[2]!.attributes)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': `server-${second.id}`,
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 3,
      'gen_ai.response.finish_reasons': ['stop'],
      'server.address': 'models.example.test',
      'server.port': 443,
    })
    for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
      expect(startTimeUnixNano).toMatch(/^\d{19}$/)
      expect(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano)).toBe(true)
    }

    const metrics = Object.fromEntries(sink.metrics().map((metric) => [metric.name, metric]))
    expect(Object.fromEntries(Object.values(metrics).map(({ name, unit }) => [name, unit]))).toEqual({
      'gen_ai.client.token.usage': '{token}',
      'gen_ai.client.operation.duration': 's',
      'gen_ai.server.request.duration': 's',
    })
    const tokens = metrics['gen_ai.client.token.usage']!.histogram
    expect(tokens.aggregationTemporality).toBe(1)
    expect(tokens.dataPoints.map(({ sum, attributes }) => [read(attributes)['gen_ai.token.type'], sum])).toEqual([
      ['input', 7],
      ['output', 3],
    ])
    const operations = metrics['gen_ai.client.operation.duration']!.histogram.dataPoints
    expect(operations.map(({ count, attributes }) => [count, read(attributes)['error.type']])).toEqual([
      ['2', 'upstream_error'],
      ['1', undefined],
    ])
    for (const { bucketCounts, explicitBounds, count } of operations) {
      expect(bucketCounts.length).toBe(explicitBounds.length + 1)
      expect(bucketCounts.reduce((sum, each) => sum + Number(each), 0)).toBe(Number(count))
    }
    const everything = sink.got.map(({ text }) => text).join('')
    for (const word of ['secret', 'somebody@example.test', house.key, house.upstreamKey])
      expect(everything).not.toContain(word)
  },
)

test('a call without a trace has one of its own and tells servers of none; a collector that is away costs nobody a call', async () => {
  const sink = await collector([400, 400])
  const scripted = await openScripted()
  let told: unknown = 'nothing came'
  scripted.act = (_body, response, request) => {
    told = request.headers.traceparent
    response.writeHead(200, { 'content-type': 'application/json' }).end(good)
  }
  const model = house.model('without-trace', scripted.url)
  const ask = () => call(fast, house.key, { model: model.slug, messages: [{ role: 'user', content: 'hi' }] })
  expect((await ask()).status).toBe(200)
  expect(told).toBeUndefined()
  await house.ledger.flush()
  await sink.own.flush()
  expect(sink.got).toEqual([])
  expect((await ask()).status).toBe(200)
  await house.ledger.flush()
  await sink.own.flush()
  const [root, attempt, ...others] = sink.spans()
  expect(others).toEqual([])
  expect(root!.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(root!.parentSpanId).toBeUndefined()
  expect(attempt).toMatchObject({ traceId: root!.traceId, parentSpanId: root!.spanId })
})

test('prompts and answers are told only where the operator asked for it and the workspace keeps them', async () => {
  const scripted = await openScripted()
  scripted.act = (_body, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(good)
  }
  const model = house.model('of-words', scripted.url)
  const body = { model: model.slug, messages: [{ role: 'user', content: 'a secret question' }] }
  const keepFor = async (days: number) => {
    await database.pool.query('update workspaces set payload_days = $2 where id = $1', [house.scope.workspaceId, days])
    // The process hears of it.
    await house.createKey({})
  }
  async function told(content: boolean, headers: Record<string, string> = {}, before = async () => {}) {
    const sink = await collector([], content)
    expect((await call(studio, house.key, body, { headers })).status).toBe(200)
    await house.ledger.flush()
    await before()
    await sink.own.flush()
    expect(sink.spans()).toHaveLength(2)
    return { text: sink.got.map((each) => each.text).join(''), attempt: read(sink.spans()[1]!.attributes) }
  }
  const nothing = async (what: ReturnType<typeof told>) => {
    const { text, attempt } = await what
    expect(text).not.toContain('secret')
    expect(Object.keys(attempt).filter((key) => key.endsWith('messages'))).toEqual([])
  }
  await keepFor(0)
  await nothing(told(true))
  await keepFor(7)
  await nothing(told(false))
  await nothing(told(true, { 'x-no-store': '1' }))
  const { attempt } = await told(true)
  expect(JSON.parse(attempt['gen_ai.input.messages'] as string)).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'a secret question' }] },
  ])
  expect(JSON.parse(attempt['gen_ai.output.messages'] as string)).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'a secret answer' }], finish_reason: 'stop' },
  ])
  // Turned off while they wait to be sent.
  await nothing(told(true, {}, () => keepFor(0)))
})

test('the span of a stream waits for its words, which its caller reads slowly', async () => {
  const sink = await collector([], true)
  const { workspaceId } = house.scope
  await database.pool.query('update workspaces set payload_days = 7 where id = $1', [workspaceId])
  await house.createKey({})
  const record = {
    ...{ id: 'req_01m8j1r9qs000fpr5j383hsp00', started_at: new Date().toISOString(), workspace_id: workspaceId },
    ...{ source: 'gateway', endpoint: 'chat/completions', outcome: 'ok', usage_source: 'provider', priced: true },
    ...{
      payload: 'kept',
      attempts: [{ modelId: 'mdl_1', startedAtMs: Date.now(), status: 200, code: '', totalMs: 5 }],
    },
  }
  sink.own.take([record])
  await sink.own.flush()
  expect(sink.spans()).toEqual([])
  const kept = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: 'slowly' }] }))
  sink.own.keep(workspaceId, {
    ...{ requestId: record.id, request: { kept, bytes: kept.length }, answer: null, stream: true },
  })
  await sink.own.flush()
  expect(read(sink.spans()[1]!.attributes)['gen_ai.input.messages']).toContain('slowly')
  sink.own.take([{ ...record, id: 'req_01m8j1r9qs000fpr5j383hsp01' }])
  // None come any more: the span goes without.
  await sink.own.close()
  expect(sink.spans()).toHaveLength(4)
})
