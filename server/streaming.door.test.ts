import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { delta, event, finish } from '#lib/testing/acts.ts'
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

  test('that is quiet for 15 s gets a comment between two events, and nothing in the middle of one', async () => {
    // The relay's own timer alone: the times of sockets and of servers go on.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { slug, response } = await server()
    const reader = read(port, slug)
    const upstream = await response
    const first = event(delta('a'))
    upstream.write(first)
    await expect.poll(reader.text).toBe(first)
    await vi.advanceTimersByTimeAsync(14_000)
    // Waiting for the first event took some of it. Whatever had left would be there once another call has come and gone.
    await call(port, house.key, { model: 'no-such', messages: [] }, { path: '/v1/nothing' })
    expect(reader.text()).toBe(first)
    await vi.advanceTimersByTimeAsync(1_000)
    await expect.poll(reader.text).toBe(`${first}: keep-alive\n\n`)
    // What came of an event waits here, so that the comment stands before it.
    const second = event(delta('b'))
    await new Promise((resolve) => upstream.write(second.slice(0, 20), resolve))
    await vi.advanceTimersByTimeAsync(15_000)
    await expect.poll(reader.text).toBe(`${first}: keep-alive\n\n: keep-alive\n\n`)
    upstream.end(second.slice(20) + event('[DONE]'))
    await expect.poll(reader.text).toBe(`${first}: keep-alive\n\n: keep-alive\n\n${second}${event('[DONE]')}`)
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

  test('whose caller reads nothing pauses its server: at most 256 KB are held in between', async () => {
    const sockets: Socket[] = []
    const onSocket = (message: unknown) => void sockets.push((message as { socket: Socket }).socket)
    const channels = ['net.client.socket', 'net.server.socket'] as const
    for (const name of channels) subscribe(name, onSocket)
    const { slug, scripted, response } = await server()
    const caller = httpRequest({
      ...{ host: '127.0.0.1', port, method: 'POST', path: '/v1/chat/completions', agent: false },
      headers: { 'content-type': 'application/json', authorization: `Bearer ${house.key}` },
    })
    caller.on('error', () => undefined)
    caller.on('response', (answer) => answer.pause())
    caller.end(JSON.stringify(body(slug)))
    const upstream = await response
    for (const name of channels) unsubscribe(name, onSocket)
    const upstreamPort = Number(new URL(scripted.url).port)
    const inward = sockets.find(({ remotePort }) => remotePort === upstreamPort)!
    const outward = sockets.find(({ localPort }) => localPort === port)!
    const piece = event(delta('x'.repeat(16 * 1024)))
    let written = 0
    let most = 0
    // What was read, without what the system has taken for the caller.
    const heldBytes = () => inward.bytesRead - (outward.bytesWritten - outward.writableLength)
    const isFull = () =>
      new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), 500)
        upstream.write(piece, () => {
          clearTimeout(timer)
          resolve(false)
        })
      })
    // The system's own buffers take some megabytes; 64 MB would mean that it is kept somewhere.
    const piecesMax = 4_000
    while (written < piecesMax && !(await isFull())) {
      written++
      most = Math.max(most, heldBytes())
    }
    most = Math.max(most, heldBytes())
    caller.destroy()
    expect(written).toBeLessThan(piecesMax)
    expect(written * piece.length).toBeGreaterThan(256 * 1024)
    expect(most).toBeLessThanOrEqual(256 * 1024)
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
