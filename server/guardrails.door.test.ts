import { describe, expect, test } from 'vitest'
import type { PlanCheck } from '#lib/gateway/schema.ts'
import { delta, errorOf, event, goodStream, modelsThat, says, streams, usage } from '#lib/testing/acts.ts'
import { type Answer, call, openBothDoors } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'

// What a plan checks of requests and answers: the same at both doors.
const { database } = await testDatabase()
const house = await testHouse(database)
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast],
  ["studio's", studio],
] as const
const server = modelsThat(house)
const ask = (port: number, model: string, more: object = {}) =>
  call(port, house.key, { model, messages: [{ role: 'user', content: 'hi' }], ...more })
const recordOf = async (answer: Answer) => (await house.record(String(answer.headers['x-request-id'])))!

describe.each(doors)('guardrails of a plan at the %s door', (_name, port) => {
  const refusing: PlanCheck = {
    ...{ id: 'evl_1', name: 'no secrets' },
    judge: ({ request, answer }) => ({ passed: !Buffer.from(answer ?? request).includes('secret'), why: '' }),
  }

  test('an input check that refuses is 422 with its name, and nothing is sent', async () => {
    const { slug, calls } = await server(says('x'))
    house.plan(slug, { checks: { input: [refusing], output: [], later: [] } })
    const answer = await ask(port, slug, { user: 'secret' })
    expect(answer.status).toBe(422)
    expect(errorOf(answer)).toMatchObject({ code: 'check_failed', param: 'no secrets' })
    expect(calls()).toBe(0)
    expect((await ask(port, slug)).status).toBe(200)
  })

  test('an output check that refuses keeps the answer back, whole or streamed, and it is charged', async () => {
    const { slug, scripted } = await server(says('a secret'))
    house.plan(slug, { checks: { input: [], output: [refusing], later: [] } })
    const whole = await ask(port, slug)
    expect(whole.status).toBe(422)
    expect(whole.body).not.toContain('a secret')
    expect(await recordOf(whole)).toMatchObject({ outcome: 'error', input_tokens: '7', output_tokens: '3' })
    scripted.act = streams(
      event(delta('a sec')),
      event(delta('a secret')),
      event({ choices: [], usage }),
      event('[DONE]'),
    )
    const streamed = await ask(port, slug, { stream: true })
    expect(streamed.status).toBe(422)
    expect(streamed.body).not.toContain('a sec')
    expect(await recordOf(streamed)).toMatchObject({ outcome: 'error', input_tokens: '7', output_tokens: '3' })
    scripted.act = goodStream
    expect((await ask(port, slug, { stream: true })).body).toContain('[DONE]')
  })

  test('a check for afterwards lets a stream leave as it comes, and refuses its end by an event', async () => {
    const { slug, scripted } = await server(says('a secret'))
    const after = { ...refusing, isAfter: true }
    house.plan(slug, { checks: { input: [], output: [after], later: [] } })
    // Whole answers wait for nothing that they would not wait for anyhow.
    expect((await ask(port, slug)).status).toBe(422)

    const said = Promise.withResolvers<void>()
    scripted.act = async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event(delta('a sec')))
      await said.promise
      // The end in pieces, as a network may cut it.
      response.write(`${event(delta('a secret'))}${event({ choices: [], usage })}data: [DO`)
      await new Promise((resolve) => response.write('NE]\n', resolve))
      response.end('\n')
    }
    const first = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${house.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: slug, messages: [{ role: 'user', content: 'hi' }], stream: true }),
    })
    let text = ''
    for await (const part of first.body!.pipeThrough(new TextDecoderStream())) {
      text += part
      // The second word comes only once the first has left.
      if (text.includes('a sec')) said.resolve()
    }
    expect(first.status).toBe(200)
    expect(text).toContain('a secret')
    expect(text).not.toContain('[DONE]')
    const last = text.trimEnd().split('\n\n').at(-1)!
    expect(JSON.parse(last.replace(/^data: /, '')).error).toMatchObject({ code: 'check_failed', param: 'no secrets' })
    expect(await house.record(first.headers.get('x-request-id')!)).toMatchObject({
      ...{ outcome: 'error', status: 200, error_code: 'check_failed', input_tokens: '7', output_tokens: '3' },
    })

    scripted.act = goodStream
    const good = await ask(port, slug, { stream: true })
    expect(good.body).toBe(await plain(port, slug))
    expect(await recordOf(good)).toMatchObject({ outcome: 'ok' })
  })

  /** The same stream where nothing looks at it. */
  async function plain(port: number, slug: string): Promise<string> {
    house.plan(slug, {})
    return (await ask(port, slug, { stream: true })).body
  }
})

describe.each(doors)('a check that looks at calls later, at the %s door', (_name, port) => {
  const seen: { request: string; answer: string }[] = []
  const rating: PlanCheck = {
    ...{ id: 'evl_2', name: 'no secrets' },
    judge({ request, answer }) {
      seen.push({ request: Buffer.from(request).toString(), answer: Buffer.from(answer!).toString() })
      return { passed: !Buffer.from(answer!).includes('secret'), why: 'It looked.' }
    },
  }
  const saidOf = async (answer: Answer) => {
    const { rows } = await database.pool.query(
      'select author_kind, author_id, rating from ledger.feedback where request_id = $1',
      [answer.headers['x-request-id']],
    )
    return rows
  }

  test('refuses nothing; what it says of a whole answer or a stream is feedback', async () => {
    const { slug, scripted } = await server(says('a secret'))
    house.plan(slug, { checks: { input: [], output: [], later: [rating] } })
    const whole = await ask(port, slug, { user: 'someone' })
    expect(whole.status).toBe(200)
    await expect.poll(() => saidOf(whole)).toEqual([{ author_kind: 'job', author_id: 'evl_2', rating: 'bad' }])
    expect(seen.at(-1)!.request).toContain('someone')
    scripted.act = goodStream
    const streamed = await ask(port, slug, { stream: true })
    expect(streamed.body).toContain('[DONE]')
    await expect.poll(() => saidOf(streamed)).toMatchObject([{ rating: 'good' }])
    expect(seen.at(-1)!.answer).toBe(streamed.body)
  })

  test('does not look at errors and at streams that broke', async () => {
    const { slug, scripted } = await server(says('fine'))
    house.plan(slug, { checks: { input: [], output: [], later: [rating] } })
    const before = seen.length
    scripted.act = (_, response) => response.writeHead(400).end('{"error":{"message":"no"}}')
    expect((await ask(port, slug)).status).toBe(400)
    scripted.act = async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      await new Promise((resolve) => response.write(event(delta('a')), resolve))
      response.destroy()
    }
    expect((await ask(port, slug, { stream: true })).body).not.toContain('[DONE]')
    scripted.act = says('fine')
    expect((await ask(port, slug)).status).toBe(200)
    await expect.poll(() => seen.length).toBe(before + 1)
  })
})
