import { describe, expect, test } from 'vitest'
import { CapabilityCard } from '#lib/models/schema.ts'
import {
  answers,
  contentOf,
  delta,
  errorOf,
  event,
  fails,
  goodStream,
  hangs,
  modelsThat,
  refuses,
  resets,
  says,
  streams,
  to,
  usage,
} from '#lib/testing/acts.ts'
import { type Act, type Answer, call, openBothDoors } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'

// What happens when servers fail: the same at both doors.
const { database } = await testDatabase()
// Nobody waits for a retry, and weighted traffic goes where its first member says.
const house = await testHouse(database, { random: () => 0 })
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast],
  ["studio's", studio],
] as const

const server = modelsThat(house)
const huge: Act = (_body, response) => void response.writeHead(200, { 'content-length': '99999999' }).write('{')
const tooLong = fails(400, { code: 'context_length_exceeded' })
const ask = (port: number, model: string, more: object = {}) =>
  call(port, house.key, { model, messages: [{ role: 'user', content: 'hi' }], ...more })
const recordOf = async (answer: Answer) => (await house.record(String(answer.headers['x-request-id'])))!
const attemptsOf = (answer: Answer) => answer.headers['x-patchbay-attempts']

describe.each(doors)('the %s door', (_name, port) => {
  // Row for row: what an attempt came to; whether the same server is asked again, whether another one answers instead.
  const rows: [outcome: string, act: Act, again: boolean, other: boolean, status: number, code: string, more?: object][] = [
    ['no connection', refuses, true, true, 502, 'upstream_unreachable'],
    ['no first byte in its time', hangs, true, true, 504, 'upstream_first_byte_timeout', { timeout: { first_byte: 60 } }],
    ['408', fails(408, { code: 'slow' }), true, true, 408, 'slow'],
    ['409', fails(409, { code: 'busy' }), true, true, 409, 'busy'],
    ['429', fails(429, { code: 'rate' }), true, true, 429, 'rate'],
    ['500', fails(500), true, true, 502, 'upstream_error'],
    ['502', fails(502), true, true, 502, 'upstream_error'],
    ['503', fails(503), true, true, 503, 'upstream_overloaded'],
    ['504', fails(504), true, true, 504, 'upstream_timeout'],
    ['529', fails(529), true, true, 503, 'upstream_overloaded'],
    ['a reset', resets, true, true, 502, 'upstream_reset'],
    ['nonsense', answers(200, { hello: 1 }), true, true, 502, 'upstream_bad_answer'],
    ['an error in a 200', answers(200, { error: { message: 'no' } }), true, true, 502, 'upstream_error'],
    ['an error as first event', streams(event({ error: { message: 'no', code: 503 } })), true, true, 503, 'upstream_overloaded', { stream: true }],
    ['nonsense as first event', streams('data: not json\n\n'), true, true, 502, 'upstream_bad_answer', { stream: true }],
    ['a stream without an event', streams(': hello\n\n'), true, true, 502, 'upstream_bad_answer', { stream: true }],
    ['401', fails(401), false, true, 502, 'upstream_auth_failed'],
    ['403', fails(403), false, true, 502, 'upstream_auth_failed'],
    ['402', fails(402), false, true, 503, 'upstream_quota'],
    ['429 with a quota code', fails(429, { code: 'insufficient_quota' }), false, true, 503, 'upstream_quota'],
    ['404', fails(404), false, true, 502, 'upstream_model_missing'],
    ['302', fails(302, {}, { location: 'http://x' }), false, true, 502, 'upstream_redirect'],
    ['400', fails(400, { code: 'bad' }), false, false, 400, 'bad'],
    ['413', fails(413, { code: 'large' }), false, false, 413, 'large'],
    ['422', fails(422, { code: 'odd' }), false, false, 422, 'odd'],
    ['too much context, the other takes more', tooLong, false, true, 400, 'context_length_exceeded'],
    ['too much context, the other takes no more', tooLong, false, false, 400, 'context_length_exceeded', { larger: false }],
    ['an answer larger than 16 MB', huge, false, false, 502, 'upstream_too_large'],
    ['a first event larger than 1 MB', streams(`data: "${'x'.repeat(1_200_000)}"\n\n`), false, false, 502, 'event_too_large', { stream: true }],
  ] // biome-ignore format: a table

  test.each(rows)(
    '%s',
    async (_outcome, act, again, other, status, code, {
      larger = true,
      ...more
    }: { larger?: boolean; stream?: boolean } = {}) => {
      const alone = await server(act)
      const answer = await ask(port, alone.slug, { retry: { count: 1 }, ...more })
      expect([answer.status, errorOf(answer).code]).toEqual([status, code])
      expect(attemptsOf(answer)).toBe(again ? '2' : '1')
      // Each attempt is on the record with what it came to.
      const { attempts } = await recordOf(answer)
      expect(attempts).toMatchObject(Array(again ? 2 : 1).fill({ modelId: alone.entry.id, code }))

      const first = await server(act, { contextTokens: 8_000 })
      const second = await server(more.stream ? goodStream : says('hi'), { contextTokens: larger ? 9_000 : 8_000 })
      const fallen = await ask(port, first.slug, { ...to(second), ...more })
      expect(second.calls()).toBe(other ? 1 : 0)
      expect(fallen.status).toBe(other ? 200 : status)
      expect(fallen.headers['x-patchbay-model']).toBe(other ? second.slug : first.slug)
      if (act !== refuses) expect([alone.calls(), first.calls()]).toEqual([again ? 2 : 1, 1])
      if (!other) return
      // The fallback's answer, and nothing of the first one's.
      expect(fallen.body.match(/hi/g)).toHaveLength(1)
      expect(fallen.body).not.toContain('error')
      const record = await recordOf(fallen)
      expect(record).toMatchObject({ outcome: 'ok', model_id: second.entry.id })
      expect(record.attempts).toMatchObject([
        { modelId: first.entry.id, code },
        { modelId: second.entry.id, code: '' },
      ])
    },
  )

  test('without a policy each server is asked once', async () => {
    const alone = await server(fails(503))
    const answer = await ask(port, alone.slug)
    expect(alone.calls()).toBe(1)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.headers['x-should-retry']).toBeUndefined()
  })

  test('a retry that works is the answer, and both attempts are on the record with their phases', async () => {
    const shaky = await server(fails(503))
    const { act } = shaky.scripted
    shaky.scripted.act = (...given) => (shaky.calls() === 1 ? act : says('at last'))(...given)
    const answer = await ask(port, shaky.slug, { retry: { count: 3 } })
    expect(contentOf(answer)).toBe('at last')
    expect(attemptsOf(answer)).toBe('2')
    const record = await recordOf(answer)
    expect(record).toMatchObject({ outcome: 'ok', status: 200, input_tokens: '7', output_tokens: '3' })
    expect(record.attempts).toMatchObject([
      { status: 503, code: 'upstream_overloaded', totalMs: expect.any(Number), firstByteMs: expect.any(Number) },
      { status: 200, code: '', totalMs: expect.any(Number), firstByteMs: expect.any(Number) },
    ])
  })

  test('at most four attempts in all, and a client is told not to try again', async () => {
    const all = await Promise.all([fails(503), fails(503), fails(503)].map((act) => server(act)))
    const answer = await ask(port, all[0]!.slug, { retry: { count: 2 }, ...to(all[1]!, all[2]!) })
    expect(all.map(({ calls }) => calls())).toEqual([3, 1, 0])
    expect(answer.status).toBe(503)
    expect(answer.headers['x-should-retry']).toBe('false')
  })

  test('only the codes that the caller names are tried again', async () => {
    const alone = await server(fails(500))
    await ask(port, alone.slug, { retry: { count: 3, on_codes: [429, 503] } })
    expect(alone.calls()).toBe(1)
  })

  test('all attempts share one deadline', async () => {
    const slow = await server(hangs)
    const second = await server(hangs)
    const sinceMs = performance.now()
    const answer = await ask(port, slow.slug, {
      retry: { count: 3 },
      timeout: { call_timeout: 300, first_byte: 120 },
      ...to(second),
    })
    expect(answer.status).toBe(504)
    expect(performance.now() - sinceMs).toBeLessThan(1_000)
    expect(slow.calls() + second.calls()).toBeLessThan(4)
  })

  test('a prompt that is too long goes to a fallback that takes more, and past one that does not', async () => {
    const small = await server(fails(400, { code: 'context_length_exceeded' }), { contextTokens: 8_000 })
    const same = await server(says('wrong'), { contextTokens: 8_000 })
    const large = await server(says('room enough'), { contextTokens: 128_000 })
    const answer = await ask(port, small.slug, to(same, large))
    expect(contentOf(answer)).toBe('room enough')
    expect(same.calls()).toBe(0)
    expect(answer.headers['x-patchbay-skipped']).toBe(`${same.slug} (context_length_exceeded)`)
  })

  test('a fallback that was shown not to do what is asked is passed over and named', async () => {
    const checks = { json_object: { verdict: 'no' as const, detail: '', pinned: false } }
    const first = await server(fails(503))
    const unable = await server(says('wrong'), { capabilities: CapabilityCard.parse({ checks }) })
    const able = await server(says('{}'))
    const answer = await ask(port, first.slug, { response_format: { type: 'json_object' }, ...to(unable, able) })
    expect(answer.status).toBe(200)
    expect(unable.calls()).toBe(0)
    expect(answer.headers['x-patchbay-skipped']).toBe(`${unable.slug} (unsupported_for_model)`)
    expect((await recordOf(answer)).attempts).toMatchObject([
      { modelId: first.entry.id },
      { modelId: unable.entry.id, skipped: true, code: 'unsupported_for_model' },
      { modelId: able.entry.id, status: 200 },
    ])
  })

  test('each target gets a request of its own: model, profile, defaults', async () => {
    const first = await server(fails(503), { modelId: 'first/id', maxTokens: 10 })
    const second = await server(says('x'), {
      modelId: 'second/id',
      maxTokens: 20,
      temperature: 0.5,
      profile: { maxTokensParameter: 'max_completion_tokens', drop: ['seed'] },
    })
    const answer = await ask(port, first.slug, { seed: 1, ...to(second) })
    expect(JSON.parse(String(first.scripted.seen[0]))).toMatchObject({ model: 'first/id', max_tokens: 10, seed: 1 })
    const sent = JSON.parse(String(second.scripted.seen[0]))
    expect(sent).toMatchObject({ model: 'second/id', max_completion_tokens: 20, temperature: 0.5 })
    for (const name of ['seed', 'max_tokens', 'fallbacks', 'retry']) expect(sent).not.toHaveProperty(name)
    expect(answer.headers['x-patchbay-adapted']).toContain('-seed')
  })

  test('the record costs what the model that answered costs', async () => {
    const price = {
      id: 'prc_dear',
      inputPicoUsdPerToken: 1_000_000n,
      outputPicoUsdPerToken: 2_000_000n,
      cachedInputPicoUsdPerToken: null,
      imageNanoUsd: null,
    }
    const first = await server(fails(503))
    const dear = await server(says('x'), { price })
    const answer = await ask(port, first.slug, to(dear))
    expect(await recordOf(answer)).toMatchObject({
      cost_nano_usd: '13000',
      price_id: 'prc_dear',
      model_id: dear.entry.id,
    })
  })

  test('an answer that was paid for and not given is charged on its attempt and in the sum', async () => {
    const price = {
      id: 'prc_even',
      inputPicoUsdPerToken: 1_000_000n,
      outputPicoUsdPerToken: 1_000_000n,
      cachedInputPicoUsdPerToken: null,
      imageNanoUsd: null,
    }
    // In one piece although a stream was asked for, and nothing that a stream can be made of.
    const whole = await server(answers(200, { choices: ['unused'], usage }), { price })
    const good = await server(streams(event(delta('hi')), event({ choices: [], usage }), event('[DONE]')), { price })
    const answer = await ask(port, whole.slug, { stream: true, ...to(good) })
    expect(answer.status).toBe(200)
    const record = await recordOf(answer)
    expect(record).toMatchObject({ outcome: 'ok', cost_nano_usd: '20000', input_tokens: '14', output_tokens: '6' })
    expect(record.attempts).toMatchObject([
      { code: 'upstream_bad_answer', inputTokens: 7, outputTokens: 3, costNanoUsd: '10000' },
      { code: '' },
    ])
  })

  test.each([
    [{ fallbacks: [{ model: 'no-such' }] }, 404, 'model_not_found', 'fallbacks[0].model'],
    [
      { load_balancer: { type: 'weighted', models: [{ model: 'no-such' }] } },
      404,
      'model_not_found',
      'load_balancer.models[0].model',
    ],
    [{ fallbacks: [{ model: 'an-embedder' }] }, 400, 'unsupported_for_model', 'fallbacks[0].model'],
  ])('%j is %i %s', async (more, status, code, param) => {
    house.model('an-embedder', 'http://127.0.0.1:9/v1', { type: 'embedding' })
    const alone = await server(says('x'))
    const answer = await ask(port, alone.slug, more)
    expect(answer.status).toBe(status)
    expect(errorOf(answer)).toMatchObject({ code, param })
    expect(alone.calls()).toBe(0)
  })

  test('a fallback that is switched off is passed over', async () => {
    const first = await server(fails(503))
    const second = await server(says('x'))
    const off = await server(says('x'), { state: 'disabled' })
    const answer = await ask(port, first.slug, to(off, second))
    expect(answer.status).toBe(200)
    expect(answer.headers['x-patchbay-skipped']).toBe(`${off.slug} (model_disabled)`)
  })

  test('a model whose own plan has fallbacks and retries uses them, unless the caller says otherwise', async () => {
    const first = await server(fails(503))
    const second = await server(says('by default'))
    house.plan(first.slug, { fallbacks: [{ entry: second.entry }], retry: { count: 1, onCodes: null } })
    expect(contentOf(await ask(port, first.slug))).toBe('by default')
    expect(first.calls()).toBe(2)
    expect((await ask(port, first.slug, { fallbacks: [], retry: { count: 0 } })).status).toBe(503)
    expect(first.calls()).toBe(3)
  })

  test('a load balancer takes turns, and the others stand in for one that fails', async () => {
    const [a, b, c] = await Promise.all([says('a'), says('b'), says('c')].map((act) => server(act)))
    const models = [a!, b!, c!].map(({ slug }) => ({ model: slug }))
    const balanced = { load_balancer: { type: 'round_robin', models } }
    const turns: string[] = []
    for (let turn = 0; turn < 6; turn++) turns.push(contentOf(await ask(port, a!.slug, balanced)))
    expect(turns).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
    a!.scripted.act = fails(500)
    const answer = await ask(port, b!.slug, balanced)
    expect(contentOf(answer)).toBe('b')
    expect(attemptsOf(answer)).toBe('2')
    const weighted = {
      load_balancer: { type: 'weighted', models: [{ model: c!.slug, weight: 3 }, { model: b!.slug }] },
    }
    expect(contentOf(await ask(port, a!.slug, weighted))).toBe('c')
  })

  test('what one member of a load balancer was shown not to do, another does; the model asked for has no such excuse', async () => {
    const checks = { json_object: { verdict: 'no' as const, detail: '', pinned: false } }
    const unable = await server(says('wrong'), { capabilities: CapabilityCard.parse({ checks }) })
    const able = await server(says('{}'))
    const format = { response_format: { type: 'json_object' } }
    const models = [unable, able].map(({ slug }) => ({ model: slug }))
    const answer = await ask(port, able.slug, { ...format, load_balancer: { type: 'weighted', models } })
    expect(answer.headers['x-patchbay-model']).toBe(able.slug)
    const refused = await ask(port, unable.slug, { ...format, ...to(able) })
    expect(refused.status).toBe(400)
    expect(errorOf(refused)).toMatchObject({ code: 'unsupported_for_model', param: 'response_format' })
    expect(unable.calls()).toBe(0)
  })

  test('a stream that breaks after its first event ends with an error event, and no other server is asked', async () => {
    const first = await server((_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(event(delta('begun')), () => response.destroy())
    })
    const second = await server(goodStream)
    const answer = await ask(port, first.slug, { stream: true, retry: { count: 3 }, ...to(second) })
    expect(answer.status).toBe(200)
    const events = answer.body.trimEnd().split('\n\n')
    expect(events[0]).toContain('begun')
    expect(JSON.parse(events.at(-1)!.slice('data: '.length)).error.code).toBe('upstream_reset')
    expect([first.calls(), second.calls()]).toEqual([1, 0])
    expect(await recordOf(answer)).toMatchObject({ outcome: 'truncated' })
  })
})

/** One call of somebody who may call these models. */
async function askAs(
  modelIds: readonly string[],
  body: object,
  signal = new AbortController().signal,
): Promise<Answer> {
  const { workspaceId } = house.scope
  const actor = { kind: 'user', id: 'usr_1', label: 'someone' } as const
  const reply = await house.gateway.handleAs(
    { workspaceId, actor, keyId: '', scopes: ['inference'], modelIds, source: 'try' },
    {
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {},
      body: Buffer.from(JSON.stringify({ messages: [], ...body })),
      peer: '127.0.0.1',
      signal,
      receivedAtMs: Date.now(),
    },
  )
  return { ...reply, body: reply.body instanceof Uint8Array ? Buffer.from(reply.body).toString('utf8') : '' }
}

test('no fallback leads to a model that the caller may not call', async () => {
  const first = await server(fails(503))
  const second = await server(says('x'))
  const denied = await askAs([first.entry.id], { model: first.slug, ...to(second) })
  expect(denied.status).toBe(403)
  expect(errorOf(denied).param).toBe('fallbacks[0].model')
  house.plan(first.slug, { fallbacks: [{ entry: second.entry }] })
  expect((await askAs([first.entry.id], { model: first.slug })).status).toBe(503)
  expect((await askAs([], { model: first.slug })).status).toBe(200)
})

test('a caller who leaves between two attempts is on the record as aborted, and nobody is asked again', async () => {
  const busy = await server(fails(429, {}, { 'retry-after': '5' }))
  const left = new AbortController()
  const answer = askAs([], { model: busy.slug, retry: { count: 2 } }, left.signal)
  await expect.poll(() => busy.calls()).toBe(1)
  left.abort()
  const record = await recordOf(await answer)
  expect(busy.calls()).toBe(1)
  expect(record).toMatchObject({ outcome: 'aborted', cost_nano_usd: '0' })
})

test('nothing of all this is left in flight', async () => {
  await expect.poll(() => house.gateway.inFlight()).toBe(0)
  expect(house.upstream.stats().calls).toBe(0)
})
