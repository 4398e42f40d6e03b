import OpenAI, { APIError } from 'openai'
import { describe, expect, test } from 'vitest'
import { CapabilityCard } from '#lib/models/schema.ts'
import { type Act, type Answer, call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { type HouseModel, testHouse } from '#lib/testing/house.ts'
import { startForTests } from '#lib/testing/practice-client.ts'

// The Responses API at both doors: relayed as it is, for models that were shown to have it.
const { database } = await testDatabase()
const house = await testHouse(database, { random: () => 0 })
const { practice } = await startForTests()
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast],
  ["studio's", studio],
] as const
const shown = { capabilities: CapabilityCard.parse({ checks: { responses: { verdict: 'yes' } } }) }
house.model('practice-chat', practice.url, shown)
house.model('practice-chat:failing-responses', practice.url, shown)
house.model('not-shown', practice.url)

let made = 0
async function server(act: Act, changes: HouseModel = {}) {
  const scripted = await openScripted()
  scripted.act = act
  const slug = `responses-${made++}`
  house.model(slug, scripted.url, { ...shown, ...changes })
  return { slug, scripted }
}
const ask = (port: number, model: string, more: object = {}) =>
  call(port, house.key, { model, input: 'Say hello', ...more }, { path: '/v1/responses' })
const recordOf = ({ headers }: Answer) => house.record(String(headers['x-request-id']))
const codeOf = ({ body }: Answer) => JSON.parse(body).error.code

const usage = { input_tokens: 7, input_tokens_details: { cached_tokens: 2 }, output_tokens: 3 }
const response = (more: object = {}) => ({ id: 'resp_1', object: 'response', error: null, output: [], usage, ...more })
const event = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
const created = event('response.created', { sequence_number: 0, response: response({ usage: null }) })
const completed = event('response.completed', {
  sequence_number: 2,
  response: response({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
})
const streams =
  (...parts: string[]): Act =>
  (_body, answer) =>
    void answer.writeHead(200, { 'content-type': 'text/event-stream' }).end(parts.join(''))

describe.each(doors)('the %s door', (_name, port) => {
  const client = new OpenAI({ apiKey: house.key, baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 })

  test('serves the official client: functions, what is kept of an earlier response, a schema', async () => {
    const tools = [
      {
        type: 'function' as const,
        name: 'get_weather',
        strict: false,
        parameters: { type: 'object', properties: { city: { type: 'string' } } },
      },
    ]
    const first = await client.responses.create({
      model: 'practice-chat',
      input: 'What is the weather in Paris? Use the tool.',
      tools,
    })
    const asked = first.output.find((item) => item.type === 'function_call')!
    expect(JSON.parse(asked.arguments)).toMatchObject({ city: 'Paris' })
    const result = { type: 'function_call_output' as const, call_id: asked.call_id, output: '{"sky":"clear"}' }
    const second = await client.responses.create({
      model: 'practice-chat',
      previous_response_id: first.id,
      input: [result],
      tools,
    })
    expect(second.output_text).not.toBe('')
    const third = await client.responses.create({
      model: 'practice-chat',
      input: [{ role: 'user', content: 'Hi' }, { type: 'item_reference', id: asked.id! }, result],
    })
    expect(third.status).toBe('completed')
    const schema = { type: 'object', properties: { wings: { type: 'integer' } }, required: ['wings'] }
    const fourth = await client.responses.create({
      model: 'practice-chat',
      input: 'Describe a seagull.',
      text: { format: { type: 'json_schema', name: 'bird', schema, strict: false } },
    })
    expect(Number.isInteger(JSON.parse(fourth.output_text).wings)).toBe(true)
  })

  test('refuses what was not shown, another Type, what cannot be relayed, and tells what the server does not know', async () => {
    expect(codeOf(await ask(port, 'not-shown'))).toBe('unsupported_for_model')
    const background = await ask(port, 'practice-chat', { background: true })
    expect(background.status).toBe(400)
    expect(JSON.parse(background.body).error.param).toBe('background')
    const unknown = await client.responses
      .create({ model: 'practice-chat', input: 'x', previous_response_id: 'resp_none' })
      .catch((error: unknown) => error)
    expect(unknown).toBeInstanceOf(APIError)
    expect(unknown).toMatchObject({ status: 404, code: 'previous_response_not_found' })
  })

  test('changes model, extensions and the output bound, and no other byte; usage and cost are on the record', async () => {
    const text = ` {"id":"resp_1","object":"response",  "status":"completed","error":null,"output":[],"usage":${JSON.stringify(usage)}}`
    const { slug, scripted } = await server(
      (_body, answer) => void answer.writeHead(200, { 'content-type': 'application/json' }).end(text),
      { modelId: 'their-name', maxTokens: 50 },
    )
    const answer = await ask(port, slug, { max_output_tokens: 90, thread: { id: 't' }, big: 1 })
    expect(String(scripted.seen[0])).toBe('{"model":"their-name","input":"Say hello","max_output_tokens":50,"big":1}')
    expect(answer).toMatchObject({ status: 200, body: text })
    expect(await recordOf(answer)).toMatchObject({
      ...{ endpoint: 'responses', input_tokens: '7', cached_tokens: '2', output_tokens: '3', priced: true },
      ...{ finish_reason: 'completed', outcome: 'ok', thread: 't' },
    })
  })

  test('relays a stream byte for byte and reads its last event', async () => {
    const delta = event('response.output_text.delta', { sequence_number: 1, delta: 'x'.repeat(40) })
    const { slug, scripted } = await server(streams(created, delta, completed))
    const answer = await ask(port, slug, { stream: true })
    expect(answer.body).toBe(created + delta + completed)
    expect(JSON.parse(String(scripted.seen[0]))).not.toHaveProperty('stream_options')
    expect(await recordOf(answer)).toMatchObject({
      ...{ outcome: 'ok', input_tokens: '7', output_tokens: '3', finish_reason: 'max_output_tokens' },
    })
    const cut = await server(streams(created, delta))
    const broken = await ask(port, cut.slug, { stream: true })
    expect(await recordOf(broken)).toMatchObject({
      outcome: 'truncated',
      usage_source: 'estimated',
      output_tokens: '10',
    })
  })

  test('a failure before the first event is the fallback’s; after it the server’s own event ends the stream, without our key', async () => {
    const spare = await server(streams(created, completed))
    const error = { code: 'server_error', message: `no ${house.upstreamKey}` }
    const failed = event('response.failed', { sequence_number: 1, response: response({ status: 'failed', error }) })
    const early = await server(streams(failed))
    const saved = await ask(port, early.slug, { stream: true, fallbacks: [{ model: spare.slug }] })
    expect(saved.headers['x-patchbay-model']).toBe(spare.slug)
    const late = await server(streams(created, failed))
    const told = await ask(port, late.slug, { stream: true, fallbacks: [{ model: spare.slug }] })
    expect(told.body).toContain('"type":"response.failed"')
    expect(told.body).not.toContain(house.upstreamKey)
    expect(await recordOf(told)).toMatchObject({ outcome: 'truncated', error_code: 'server_error' })
    const reset = await server((_body, answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream' })
      answer.write(created, () => answer.destroy())
    })
    const broken = await ask(port, reset.slug, { stream: true })
    const last = JSON.parse(broken.body.split('data: ').at(-1)!)
    expect(last).toMatchObject({
      type: 'error',
      sequence_number: 1,
      code: 'upstream_reset',
      error: { code: 'upstream_reset' },
    })
  })

  test('what builds on a server’s own state goes to that server alone', async () => {
    const first = await server((_body, answer) => void answer.writeHead(503).end('{}'))
    const spare = await server(streams(created, completed))
    const answer = await ask(port, first.slug, {
      previous_response_id: 'resp_1',
      fallbacks: [{ model: spare.slug }],
    })
    expect(answer.status).toBe(503)
    expect(answer.headers['x-patchbay-skipped']).toBe(`${spare.slug} (state_elsewhere)`)
    expect(spare.scripted.seen).toHaveLength(0)
    const models = [{ model: first.slug }, { model: spare.slug }]
    const spread = await ask(port, first.slug, {
      previous_response_id: 'resp_1',
      load_balancer: { type: 'round_robin', models },
    })
    expect([spread.status, codeOf(spread)]).toEqual([400, 'invalid_request'])
  })
})
