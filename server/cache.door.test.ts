import { describe, expect, test } from 'vitest'
import { forgetKeptAnswers } from '#lib/gateway/index.ts'
import type { PlanCheck } from '#lib/gateway/schema.ts'
import { type Act, type Answer, call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { type HouseModel, testHouse } from '#lib/testing/house.ts'

// What `cache` promises: an equal call of the last `ttl` seconds is answered from the cache, byte for byte and for nothing.
const { database } = await testDatabase()
const refusals = { limits: new Set<string>(), budgets: new Set<string>() }
const house = await testHouse(database, {
  random: () => 0,
  reserve(aimed, _again, part) {
    const full = (kind: 'limits' | 'budgets') =>
      part !== (kind === 'limits' ? 'budgets' : 'limits') && refusals[kind].has(aimed.modelId)
    if (full('limits')) return { ok: false, refusal: { status: 429, code: 'rate_limit_exceeded', message: 'No.' } }
    if (full('budgets')) return { ok: false, refusal: { status: 402, code: 'budget_exceeded', message: 'No.' } }
    return { ok: true, charges: () => [], release: () => undefined }
  },
})
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast, studio],
  ["studio's", studio, fast],
] as const

const usage = { prompt_tokens: 5, completion_tokens: 2 }
const whole: Act = (_body, response) =>
  void response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(
      `{"choices": [{"index":0,"message":{"content":"Gr\u00fc\\u00dfe"},"finish_reason":"stop"}],  "usage":${JSON.stringify(usage)}}`,
    )
const events = [
  ': hello\n',
  'data: {"choices":[{"index":0,"delta":{"content":"\u00fc"},"finish_reason":null}]}\r\n\r\n',
  'data:{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  `data: {"choices":[],"usage":${JSON.stringify(usage)}}\n\n`,
  'data: [DONE]\n\n',
]
const streamed: Act = (_body, response) =>
  void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events.join(''))

let made = 0
/** A model whose server does what the test says. */
async function server(act: Act, changes: HouseModel = {}) {
  const scripted = await openScripted()
  scripted.act = act
  const slug = `cached-${made++}`
  const entry = house.model(slug, scripted.url, changes)
  return { slug, entry, scripted, calls: () => scripted.seen.length }
}

const cache = { type: 'exact_match', ttl: 60 }
const ask = (port: number, model: string, more: object = {}, headers: Record<string, string> = {}) =>
  call(port, house.key, { model, messages: [], cache, ...more }, { headers })
const recordOf = ({ headers }: Answer) => house.record(String(headers['x-request-id']))
const cacheOf = ({ headers }: Answer) => headers['x-patchbay-cache']
/** What is kept is kept off the call's path. */
const kept = (modelId: string, count = 1) =>
  expect
    .poll(async () => {
      const { rows } = await database.pool.query('select from ledger.cached_answers where model_id = $1', [modelId])
      return rows.length
    })
    .toBe(count)

describe.each(doors)('the %s door', (_name, port, other) => {
  test('the first call is a miss, an equal one a hit at any door: the same bytes, for nothing', async () => {
    const { slug, entry, scripted, calls } = await server(whole)
    const first = await ask(port, slug)
    expect(cacheOf(first)).toBe('miss')
    expect(JSON.parse(String(scripted.seen[0]))).not.toHaveProperty('cache')
    await kept(entry.id)
    for (const hit of [await ask(port, slug), await ask(other, slug, { identity: { id: 'somebody' } })]) {
      expect(hit).toMatchObject({ status: 200, body: first.body })
      expect(hit.headers).toMatchObject({
        ...{ 'content-type': 'application/json', 'x-patchbay-cache': 'hit', 'x-patchbay-model': slug },
        ...{ 'x-patchbay-attempts': '0', 'x-patchbay-cost-usd': '0' },
      })
      expect(await recordOf(hit)).toMatchObject({
        ...{ outcome: 'ok', status: 200, cache: 'hit', model_id: entry.id, cost_nano_usd: '0', priced: true },
        ...{ input_tokens: '0', usage_source: 'none', attempts: null },
      })
    }
    expect(await recordOf(first)).toMatchObject({ cache: 'miss', input_tokens: '5' })
    expect(calls()).toBe(1)
    for (const [more, said] of [
      [{ temperature: 1 }, 'miss'],
      [{ messages: [{ role: 'user', content: 'x' }] }, 'miss'],
      [{ cache: undefined }, 'off'],
    ] as const)
      expect(cacheOf(await ask(port, slug, more))).toBe(said)
    expect(calls()).toBe(4)
    await house.ledger.flush()
    const { rows } = await database.pool.query(
      'select sum(requests)::int as requests, sum(cache_hits)::int as hits from ledger.usage_quarter where model_id = $1',
      [entry.id],
    )
    expect(rows).toEqual([{ requests: 6, hits: 2 }])
  })

  test('a stream comes back byte for byte, apart from whole answers and from who wants to see usage', async () => {
    const { slug, entry, calls } = await server((body, ...given) =>
      (String(body).includes('"stream":true') ? streamed : whole)(body, ...given),
    )
    const cut = [...events.slice(0, 3), events[4]].join('')
    const wants = { stream: true, stream_options: { include_usage: true } }
    const first = await ask(port, slug, { stream: true })
    expect(first.body).toBe(cut)
    expect((await ask(port, slug)).headers['content-type']).toBe('application/json')
    expect((await ask(port, slug, wants)).body).toBe(events.join(''))
    await kept(entry.id, 3)
    const hit = await ask(other, slug, { stream: true })
    expect([hit.body, cacheOf(hit)]).toEqual([cut, 'hit'])
    expect(hit.headers['content-type']).toBe(first.headers['content-type'])
    expect((await ask(port, slug, wants)).body).toBe(events.join(''))
    expect(await recordOf(hit)).toMatchObject({ cache: 'hit', stream: true })
    expect(calls()).toBe(3)
  })

  test('limits come before it, budgets after it', async () => {
    const { slug, entry, calls } = await server(whole)
    refusals.budgets.add(entry.id)
    const poor = await ask(port, slug)
    expect(poor.status).toBe(402)
    expect(await recordOf(poor)).toMatchObject({ outcome: 'refused', error_code: 'budget_exceeded', cache: 'miss' })
    refusals.budgets.delete(entry.id)
    await ask(port, slug)
    await kept(entry.id)
    refusals.budgets.add(entry.id)
    expect(cacheOf(await ask(port, slug))).toBe('hit')
    refusals.limits.add(entry.id)
    expect((await ask(port, slug)).status).toBe(429)
    expect(calls()).toBe(1)
  })

  test('what must not be kept is not: X-No-Store, errors, broken streams, more than 1 MB', async () => {
    const { slug, entry, scripted, calls } = await server(whole)
    const secret = await ask(port, slug, {}, { 'x-no-store': 'true' })
    expect(cacheOf(secret)).toBe('off')
    scripted.act = (_body, response) => void response.writeHead(500).end('{}')
    expect((await ask(port, slug)).status).toBe(500 + 2)
    scripted.act = (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(events[1], () => response.destroy())
    }
    await ask(port, slug, { stream: true })
    const large = `{"choices":[{"message":{"content":"${'x'.repeat(1024 * 1024)}"}}]}`
    scripted.act = (_body, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(large)
    expect((await ask(port, slug, { user: 'large' })).body).toBe(large)
    scripted.act = whole
    expect(cacheOf(await ask(port, slug))).toBe('miss')
    await kept(entry.id)
    // It is there by now, and not for this call.
    expect(cacheOf(await ask(port, slug, {}, { 'x-no-store': '1' }))).toBe('off')
    expect(calls()).toBe(6)
  })
})

test('an answer is as old as the call allows, of this version of the model alone', async () => {
  const { slug, entry, scripted, calls } = await server(whole)
  await ask(fast, slug)
  await kept(entry.id)
  await database.pool.query(`update ledger.cached_answers set made_at = now() - interval '20 s' where model_id = $1`, [
    entry.id,
  ])
  expect(cacheOf(await ask(fast, slug))).toBe('hit')
  expect(cacheOf(await ask(fast, slug, { cache: { type: 'exact_match', ttl: 10 } }))).toBe('miss')
  house.model(slug, scripted.url, { id: entry.id, version: 2 })
  expect(cacheOf(await ask(fast, slug))).toBe('miss')
  expect(calls()).toBe(3)
})

test('embeddings are kept in each encoding apart', async () => {
  const { slug, entry } = await server(
    (_body, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"data":[{"index":0,"embedding":[0.5,-1]}],"usage":{"prompt_tokens":1}}'),
    { type: 'embedding', profile: { embeddingEncodings: 'float' } },
  )
  const embed = (encoding_format: string) =>
    call(fast, house.key, { model: slug, input: 'x', encoding_format, cache }, { path: '/v1/embeddings' })
  const answers = [await embed('float'), await embed('base64')]
  await kept(entry.id, 2)
  for (const [index, encoding] of ['float', 'base64'].entries()) {
    const hit = await embed(encoding)
    expect([hit.body, cacheOf(hit)]).toEqual([answers[index]!.body, 'hit'])
    expect(hit.headers['x-patchbay-adapted']).toBe(answers[index]!.headers['x-patchbay-adapted'])
  }
})

test('a guardrail looks at a kept answer as at any other', async () => {
  const { slug, entry, calls } = await server(whole)
  await ask(fast, slug)
  await kept(entry.id)
  let passed = false
  const check: PlanCheck = { id: 'evl_1', name: 'no greetings', judge: () => ({ passed, why: '' }) }
  house.plan(slug, { checks: { input: [], output: [check], later: [] } })
  const refused = await ask(fast, slug)
  expect(refused.status).toBe(422)
  expect(await recordOf(refused)).toMatchObject({ outcome: 'error', error_code: 'check_failed', cache: 'hit' })
  passed = true
  expect(cacheOf(await ask(fast, slug))).toBe('hit')
  expect(calls()).toBe(1)
})

test('calls do not wait for a cache that does not answer', async () => {
  const { slug } = await server(whole)
  const client = await database.pool.connect()
  try {
    await client.query('begin; lock table ledger.cached_answers in access exclusive mode')
    const answer = await ask(fast, slug)
    expect([answer.status, cacheOf(answer)]).toEqual([200, 'miss'])
  } finally {
    await client.query('rollback')
    client.release()
  }
})

test('what is kept is sealed, and goes with its time or where there is too much', async () => {
  const { slug, entry } = await server(whole)
  const ids = async () => {
    const { rows } = await database.pool.query('select sealed from ledger.cached_answers where model_id = $1', [
      entry.id,
    ])
    return rows
  }
  await ask(fast, slug)
  await kept(entry.id)
  expect(JSON.stringify(await ids())).not.toContain('choices')
  await database.pool.query(`update ledger.cached_answers set made_at = now() - interval '1 s' where model_id = $1`, [
    entry.id,
  ])
  await ask(fast, slug, { user: 'newer' })
  await kept(entry.id, 2)
  const { rows } = await database.pool.query('select sum(bytes)::int as bytes from ledger.cached_answers')
  expect(await forgetKeptAnswers(database.pool, { bytesMax: rows[0].bytes })).toBe(0)
  expect(await forgetKeptAnswers(database.pool, { bytesMax: 200 })).toBeGreaterThan(0)
  await kept(entry.id, 1)
  await database.pool.query("update ledger.cached_answers set expires_at = now() - interval '1 second'")
  await forgetKeptAnswers(database.pool)
  await kept(entry.id, 0)
})
