import { request as httpRequest, type ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { forgetKeptAnswers } from '#lib/gateway/index.ts'
import { type Answer, call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'

// What an Idempotency-Key promises: the same call is made once, whoever repeats it gets the same answer.
const { database } = await testDatabase()
const house = await testHouse(database, { random: () => 0 })
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast, studio],
  ["studio's", studio, fast],
] as const

const answer = (content: string) =>
  `{ "id":"x",  "choices":[{"index":0,"message":{"role":"assistant","content":"${content}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}`
const says =
  (content: string, status = 200) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(answer(content))

let made = 0
/** A model whose server does what the test says. */
async function server(act: (response: ServerResponse) => void) {
  const scripted = await openScripted()
  const given = { act }
  scripted.act = (_body, response) => given.act(response)
  const slug = `once-${made++}`
  house.model(slug, scripted.url)
  return { slug, given, calls: () => scripted.seen.length }
}

const ask = (port: number, model: string, key: string, more: object = {}, headers: Record<string, string> = {}) =>
  call(port, house.key, { model, messages: [], ...more }, { headers: { 'idempotency-key': key, ...headers } })
const idOf = ({ headers }: Answer) => String(headers['x-request-id'])
const errorOf = ({ body }: Answer) => JSON.parse(body).error

describe.each(doors)('the %s door', (_name, port, other) => {
  test('a repeat gets the same answer at any door, for nothing, and the server sees one call', async () => {
    const { slug, calls } = await server(says('Grüße'))
    const key = `repeat-${slug}`
    const first = await ask(port, slug, key)
    const repeats = [await ask(port, slug, key), await ask(other, slug, key)]
    expect(first.headers['x-patchbay-replay-of']).toBeUndefined()
    for (const repeat of repeats) {
      expect(repeat).toMatchObject({ status: 200, body: answer('Grüße') })
      expect(repeat.headers).toMatchObject({
        'content-type': 'application/json',
        'x-patchbay-model': slug,
        'x-patchbay-replay-of': idOf(first),
        'x-patchbay-cost-usd': '0',
      })
      expect(await house.record(idOf(repeat))).toMatchObject({
        ...{ outcome: 'ok', status: 200, cache: 'replay', address: slug, cost_nano_usd: '0', priced: true },
        ...{ input_tokens: '0', usage_source: 'none', attempts: null },
      })
    }
    expect(await house.record(idOf(first))).toMatchObject({ cache: '', input_tokens: '5' })
    expect(calls()).toBe(1)
  })

  test('a twin of a call under way is told to wait, another body is refused, another caller is somebody else', async () => {
    const begun = Promise.withResolvers<ServerResponse>()
    const { slug, given, calls } = await server(begun.resolve)
    const key = `twin-${slug}`
    const first = ask(port, slug, key)
    const response = await begun.promise
    given.act = says('mine')
    const twin = await ask(other, slug, key)
    expect(twin).toMatchObject({ status: 409, headers: { 'retry-after': '1' } })
    expect(twin.headers['x-should-retry']).toBeUndefined()
    expect(errorOf(twin).code).toBe('idempotency_in_flight')
    const another = await ask(port, slug, key, { temperature: 1 })
    expect(another).toMatchObject({ status: 422, headers: { 'x-should-retry': 'false' } })
    expect(errorOf(another).code).toBe('idempotency_mismatch')
    const somebody = await call(
      port,
      await house.createKey({}),
      { model: slug, messages: [] },
      { headers: { 'idempotency-key': key } },
    )
    expect(somebody.body).toBe(answer('mine'))
    says('late')(response)
    expect((await first).body).toBe(answer('late'))
    expect((await ask(port, slug, key)).body).toBe(answer('late'))
    expect(calls()).toBe(2)
    expect(await house.record(idOf(twin))).toMatchObject({ outcome: 'refused', error_code: 'idempotency_in_flight' })
  })

  test('a stream is refused, and a key that cannot be one', async () => {
    const { slug, calls } = await server(says('x'))
    const stream = await ask(port, slug, `stream-${slug}`, { stream: true })
    expect(stream.status).toBe(400)
    expect(errorOf(stream)).toMatchObject({ code: 'invalid_request', param: 'stream' })
    for (const key of ['', 'two words', 'x'.repeat(256)]) {
      const bad = await ask(port, slug, key)
      expect(bad.status).toBe(400)
      expect(errorOf(bad)).toMatchObject({ code: 'invalid_request', param: 'Idempotency-Key' })
    }
    expect(calls()).toBe(0)
    // What came to nothing did not use the key up.
    expect((await ask(port, slug, `stream-${slug}`)).status).toBe(200)
  })

  test('what a server refused may be tried again; what it may have done is not done twice', async () => {
    const { slug, given, calls } = await server(says('no', 503))
    const key = `again-${slug}`
    expect((await ask(port, slug, key)).status).toBe(503)
    given.act = says('yes')
    expect((await ask(port, slug, key)).body).toBe(answer('yes'))
    expect(calls()).toBe(2)

    given.act = () => undefined
    const lost = `lost-${slug}`
    const asked = { timeout: { first_byte: 100 } }
    const first = await ask(port, slug, lost, asked)
    expect(first.status).toBe(504)
    const repeat = await ask(port, slug, lost, asked)
    expect(repeat).toMatchObject({ status: 504, body: first.body })
    expect(repeat.headers).toMatchObject({ 'x-patchbay-replay-of': idOf(first), 'x-should-retry': 'false' })
    expect(await house.record(idOf(repeat))).toMatchObject({ outcome: 'error', status: 504, cache: 'replay' })
    expect(calls()).toBe(3)
  })

  test('a caller who leaves finds the answer when he comes back', async () => {
    const begun = Promise.withResolvers<ServerResponse>()
    const { slug, calls } = await server(begun.resolve)
    const key = `left-${slug}`
    const headers = { authorization: `Bearer ${house.key}`, 'idempotency-key': key }
    const path = '/v1/chat/completions'
    const leaving = httpRequest({ host: '127.0.0.1', port, method: 'POST', path, agent: false, headers })
    leaving.on('error', () => undefined)
    leaving.end(JSON.stringify({ model: slug, messages: [] }))
    const response = await begun.promise
    leaving.destroy()
    // The gateway has seen him leave once another call has come and gone.
    expect((await ask(port, slug, key)).status).toBe(409)
    says('kept')(response)
    await expect.poll(async () => (await ask(port, slug, key)).body).toBe(answer('kept'))
    expect(calls()).toBe(1)
  })

  test('of an answer that must not be kept, or is larger than 1 MB, only the fact is known', async () => {
    const { slug, given, calls } = await server(says('secret'))
    const huge = 'x'.repeat(1024 * 1024)
    for (const [key, headers, content] of [
      [`fact-${slug}`, { 'x-no-store': 'true' }, 'secret'],
      [`large-${slug}`, {}, huge],
    ] as const) {
      given.act = says(content)
      const first = await ask(port, slug, key, {}, headers)
      expect(first.body).toBe(answer(content))
      const repeat = await ask(port, slug, key)
      expect(repeat).toMatchObject({ status: 409, headers: { 'x-should-retry': 'false' } })
      expect(errorOf(repeat)).toMatchObject({ code: 'answer_not_kept' })
      expect(errorOf(repeat).message).toContain(idOf(first))
    }
    expect(calls()).toBe(2)
  })
})

test('of a call whose process is gone nobody knows what came, and it is not made again', async () => {
  const { slug, calls } = await server(says('x'))
  const first = await ask(fast, slug, 'gone')
  await database.pool.query(`update ledger.idempotency set state = 'running', holder = 'hld_gone' where key = 'gone'`)
  const repeat = await ask(studio, slug, 'gone')
  expect(repeat).toMatchObject({ status: 409, headers: { 'x-should-retry': 'false' } })
  expect(errorOf(repeat)).toMatchObject({ code: 'outcome_unknown' })
  expect(errorOf(repeat).message).toContain(idOf(first))
  expect(calls()).toBe(1)
})

test('answers are kept sealed, for 24 hours', async () => {
  const { slug, calls } = await server(says('confidential'))
  await ask(fast, slug, 'day')
  const { rows } = await database.pool.query(
    `select *, expires_at > now() + interval '23 hours 59 minutes' as day from ledger.idempotency where key = 'day'`,
  )
  expect(rows).toMatchObject([{ state: 'answered', day: true }])
  expect(JSON.stringify(rows)).not.toContain('confidential')
  await database.pool.query(`update ledger.idempotency set expires_at = now() - interval '1 second' where key = 'day'`)
  expect((await ask(fast, slug, 'day')).headers['x-patchbay-replay-of']).toBeUndefined()
  expect(calls()).toBe(2)
  await database.pool.query(`update ledger.idempotency set expires_at = now() - interval '1 second' where key = 'day'`)
  expect(await forgetKeptAnswers(database.pool)).toBe(1)
})

// Last in its file: the gateway takes no call afterwards.
test('a call that is cut is told so, and nobody knows what came of it', async () => {
  const begun = Promise.withResolvers<ServerResponse>()
  const { slug } = await server(begun.resolve)
  const first = ask(fast, slug, 'cut')
  await begun.promise
  house.gateway.cut()
  const told = await first
  expect(told).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  expect(errorOf(told).code).toBe('shutting_down')
  expect(await house.record(idOf(told))).toMatchObject({ outcome: 'error', usage_source: 'estimated' })
  const { rows } = await database.pool.query(`select state from ledger.idempotency where key = 'cut'`)
  expect(rows).toEqual([{ state: 'unknown' }])
})
