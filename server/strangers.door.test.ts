import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { isId } from '#lib/core/ids.ts'
import { call, openBothDoors, openScripted, sendBytes } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen } from '#lib/testing/doors.ts'
import { testHouse } from '#lib/testing/house.ts'
import { createHttpDoor } from './http-door.ts'

// Callers who are not known, who ask for what is not served, or who do not speak as callers do.
const { database } = await testDatabase()
const house = await testHouse(database)
const scripted = await openScripted()
house.model('scripted', scripted.url)
const good = { choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }] }
const answers: typeof scripted.act = (_body, response) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(good))
scripted.act = answers
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast],
  ["studio's", studio],
] as const
const chat = (more: object = {}) => JSON.stringify({ model: 'scripted', messages: [], ...more })

describe.each(doors)('the %s door answers', (_name, port) => {
  test('401 before the body is there, whole or in pieces, however long it is', async () => {
    for (const [length, name] of [
      ['content-length: 20000000', 'of a stated length'],
      ['transfer-encoding: chunked', 'without one'],
    ]) {
      const answer = await sendBytes(
        port,
        `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer wrong\r\n${length}\r\n\r\n`,
        /invalid_api_key/,
      )
      expect(answer, name).toMatch(/^HTTP\/1.1 401 /)
    }
  })

  test('401 to a caller who sends 19 MB with a bad key', async () => {
    const answer = await call(port, 'wrong', Buffer.alloc(19 * 1024 * 1024, 0x20))
    expect(answer.status).toBe(401)
    expect(JSON.parse(answer.body).error.code).toBe('invalid_api_key')
  })

  test('400 for more than one key, also in one header twice', async () => {
    const body = chat()
    const twice = await sendBytes(
      port,
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${house.key}\r\nAuthorization: Bearer ${house.key}\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      /more than one API key/,
    )
    expect(twice).toMatch(/^HTTP\/1.1 400 /)
    const both = await call(port, house.key, body, { headers: { 'api-key': await house.createKey({}) } })
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
    ['POST', '/v1/audio/speech', 404, 'unsupported_endpoint'],
    ['GET', '/v1/chat/completions', 405, 'method_not_allowed'],
  ])('%s %s: %i %s', async (method, path, status, code) => {
    const answer = await call(port, house.key, '', { method, path })
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body).error.code).toBe(code)
    expect(isId('req', String(answer.headers['x-request-id']))).toBe(true)
  })

  test('200 to a caller who offers HTTP/2 with every call', async () => {
    const body = chat()
    const answer = await sendBytes(
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

  test('421 for a Host that is not ours', async () => {
    const answer = await call(port, house.key, chat(), { headers: { host: `evil.example:${port}` } })
    expect(answer.status).toBe(421)
  })
})

describe('the fast door alone', () => {
  test('refuses absolute-form targets, garbage, and headers over 16 KB', async () => {
    expect(
      await sendBytes(
        fast,
        'GET http://evil.example/v1/models HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1.1 400 /)
    expect(await sendBytes(fast, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /)
    expect(await sendBytes(fast, `GET /v1/models HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 /,
    )
    expect(
      await sendBytes(
        fast,
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
    scripted.act = (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(10_000) } }] })}\n\n`
      const more = () => {
        while (!response.destroyed && response.write(event));
        response.once('drain', more)
      }
      more()
    }
    const body = chat({ stream: true, user: 'stalled' })
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
    const status = async () => (await call(port, house.key, 'y'.repeat(600))).status
    await expect.poll(status).toBe(503)
    slow.destroy()
    await expect.poll(status).toBe(400)
  })

  test('tells its health to anybody', async () => {
    expect((await call(fast, null, '', { method: 'GET', path: '/health/live', headers: { host: 'any' } })).status).toBe(
      200,
    )
    expect((await call(fast, null, '', { method: 'GET', path: '/health/ready' })).status).toBe(200)
  })
})
