import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type Answer, call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'

// What a stream promises on its way through a door.
const { database } = await testDatabase()
const house = await testHouse(database, { random: () => 0 })
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast],
  ["studio's", studio],
] as const

const event = (data: object | string) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
const delta = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }

let made = 0
/** A model whose server hands its answer to the test. */
async function server() {
  const scripted = await openScripted()
  const arrived = Promise.withResolvers<ServerResponse>()
  scripted.act = (_body, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    arrived.resolve(response)
  }
  const slug = `stream-${made++}`
  house.model(slug, scripted.url)
  return { slug, scripted, response: arrived.promise }
}
const body = (model: string, more: object = {}) => ({ model, messages: [], stream: true, ...more })

interface Reader {
  response: Promise<IncomingMessage>
  text(): string
  close(): void
}

/** A caller who reads along. */
function read(port: number, model: string): Reader {
  let text = ''
  const response = Promise.withResolvers<IncomingMessage>()
  const request = httpRequest(
    {
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/v1/chat/completions',
      agent: false,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${house.key}` },
    },
    (answer) => {
      answer.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      answer.on('error', () => undefined)
      response.resolve(answer)
    },
  )
  request.on('error', () => undefined)
  request.end(JSON.stringify(body(model)))
  return { response: response.promise, text: () => text, close: () => request.destroy() }
}

const lastError = (answer: Answer) =>
  JSON.parse(answer.body.trimEnd().split('\n\n').at(-1)!.slice('data: '.length)).error

describe.each(doors)('a stream at the %s door', (_name, port) => {
  test('does not begin before its first valid event: neither status nor comment leaves', async () => {
    const { slug, response } = await server()
    const reader = read(port, slug)
    let begun = false
    void reader.response.then(() => (begun = true))
    const upstream = await response
    await new Promise((resolve) => upstream.write(': still thinking\n\n', resolve))
    await new Promise((resolve) => upstream.write('data: {"choices":[', resolve))
    // Whatever was sent has passed through the gateway once another call has come and gone.
    const other = await server()
    other.scripted.act = (_body, answer) => answer.writeHead(400).end('{}')
    await call(port, house.key, body(other.slug))
    expect(begun).toBe(false)
    upstream.write(']}\n\n')
    expect((await reader.response).statusCode).toBe(200)
    upstream.end(event('[DONE]'))
    await expect.poll(reader.text).toBe(`: still thinking\n\n${event('{"choices":[]}')}${event('[DONE]')}`)
  })

  test('leaves piece by piece: each is there before the next one is sent', async () => {
    const { slug, response } = await server()
    const reader = read(port, slug)
    const upstream = await response
    let sent = ''
    for (const piece of [event(delta('one')), event(delta('two')), event(delta('three')), event(finish)]) {
      upstream.write(piece)
      sent += piece
      await expect.poll(reader.text, { interval: 2 }).toBe(sent)
    }
    upstream.end(event('[DONE]'))
    await expect.poll(reader.text).toBe(sent + event('[DONE]'))
    const { headers } = await reader.response
    expect(headers['x-accel-buffering']).toBe('no')
    expect(headers['content-encoding']).toBeUndefined()
  })

  test('that says nothing more ends with the idle time, and comments are no data', async () => {
    const { slug, response } = await server()
    const answer = call(port, house.key, body(slug, { timeout: { idle: 200 } }))
    const upstream = await response
    upstream.write(event(delta('a')))
    const comments = setInterval(() => upstream.write(': ping\n\n'), 20)
    const ended = await answer
    clearInterval(comments)
    expect(ended.status).toBe(200)
    expect(lastError(ended).code).toBe('upstream_idle_timeout')
    expect(await house.record(String(ended.headers['x-request-id']))).toMatchObject({
      outcome: 'truncated',
      status: 200,
    })
  })

  test('that goes on and on ends with the time of the call', async () => {
    const { slug, response } = await server()
    const answer = call(port, house.key, body(slug, { timeout: { call_timeout: 300 } }))
    const upstream = await response
    const events = setInterval(() => upstream.write(event(delta('x'))), 10)
    const ended = await answer
    clearInterval(events)
    expect(lastError(ended).code).toBe('upstream_total_timeout')
  })

  test('without a first event in its time is a 504, whatever comments it sends', async () => {
    const { slug, response } = await server()
    const answer = call(port, house.key, body(slug, { timeout: { first_byte: 150 } }))
    const upstream = await response
    const comments = setInterval(() => upstream.write(': ping\n\n'), 20)
    const ended = await answer
    clearInterval(comments)
    expect(ended.status).toBe(504)
    expect(JSON.parse(ended.body).error.code).toBe('upstream_first_byte_timeout')
  })

  test('of a caller who leaves is stopped at its server, and what was used is recorded', async () => {
    const { slug, response } = await server()
    const reader = read(port, slug)
    const upstream = await response
    const closed = Promise.withResolvers<void>()
    upstream.on('close', () => closed.resolve())
    upstream.write(event(delta('abcdefgh')))
    const { headers } = await reader.response
    await expect.poll(reader.text).toContain('abcdefgh')
    const sinceMs = performance.now()
    reader.close()
    await closed.promise
    expect(performance.now() - sinceMs).toBeLessThan(1_000)
    await expect.poll(() => house.gateway.inFlight()).toBe(0)
    expect(await house.record(String(headers['x-request-id']))).toMatchObject({
      outcome: 'aborted',
      output_tokens: '2',
    })
  })

  test('whose caller reads nothing pauses its server instead of filling memory', async () => {
    const { slug, response } = await server()
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/v1/chat/completions',
      agent: false,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${house.key}` },
    })
    request.on('error', () => undefined)
    request.on('response', (answer) => answer.pause())
    request.end(JSON.stringify(body(slug)))
    const upstream = await response
    const piece = event(delta('x'.repeat(64 * 1024)))
    let written = 0
    const piecesMax = 1_000
    // Goes on until nobody takes any more; 64 MB would mean that it is kept somewhere.
    const isFull = () =>
      new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), 500)
        upstream.write(piece, () => {
          clearTimeout(timer)
          resolve(false)
        })
      })
    while (written < piecesMax && !(await isFull())) written++
    expect(written).toBeLessThan(piecesMax / 2)
    request.destroy()
    await expect.poll(() => house.gateway.inFlight()).toBe(0)
  })

  test('asks for usage beside what the caller’s stream_options say, and cuts it out again', async () => {
    const { slug, scripted, response } = await server()
    const answer = call(port, house.key, body(slug, { stream_options: { include_obfuscation: false } }))
    const upstream = await response
    expect(JSON.parse(String(scripted.seen[0])).stream_options).toEqual({
      include_obfuscation: false,
      include_usage: true,
    })
    const usage = { choices: [], usage: { prompt_tokens: 5, completion_tokens: 2 } }
    // Cumulative: the last one counts.
    const early = { ...delta('a'), usage: { prompt_tokens: 5, completion_tokens: 1 } }
    upstream.end(`${event(early)}${event(finish)}${event(usage)}${event('[DONE]')}`)
    const ended = await answer
    expect(ended.body).toBe(`${event(early)}${event(finish)}${event('[DONE]')}`)
    expect(await house.record(String(ended.headers['x-request-id']))).toMatchObject({
      input_tokens: '5',
      output_tokens: '2',
    })
  })
})
