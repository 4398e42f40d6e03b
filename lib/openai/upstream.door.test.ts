import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '#lib/platform/clock.ts'
import { createEgress } from '#lib/platform/egress.ts'
import { type AllowedEntry, parseAllowedEntries } from '#lib/platform/egress-entries.ts'
import { certificates } from '#lib/testing/certificates.ts'
import {
  type HostileAnswer,
  type HostileServer,
  httpAnswer,
  httpChunk,
  startHostile,
  streamHead,
} from '#lib/testing/hostile.ts'
import {
  type AttemptOutcome,
  createUpstream,
  StreamBroken,
  type Target,
  type UpstreamOptions,
  type UpstreamRequest,
} from './upstream.ts'

const key = 'sk-live-4f9A27bQe81LmZx0'
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Setup {
  server: HostileServer
  upstream: ReturnType<typeof createUpstream>
  target: Target
  send(request?: Partial<UpstreamRequest>, signal?: AbortSignal): Promise<AttemptOutcome>
  setAllowed(text: string): void
}

const fast = { connectMs: 1_000, firstByteMs: 400, idleMs: 300, totalMs: 5_000 }

async function setup(
  answer: HostileAnswer,
  options: {
    timeouts?: Partial<Target['timeouts']>
    upstream?: Partial<UpstreamOptions>
    target?: Partial<Target>
  } = {},
): Promise<Setup> {
  const server = await startHostile(answer)
  closers.push(server.close)
  let allowed: readonly AllowedEntry[] = parseAllowedEntries(`127.0.0.1:${server.port}`)
  const egress = createEgress({
    allowed: () => allowed,
    selfAddresses: () => [],
    clock: systemClock,
    nameRefusalMs: 50,
  })
  const upstream = createUpstream({ egress, clock: systemClock, logger: { warn: () => {} }, ...options.upstream })
  closers.push(upstream.close)
  const target: Target = {
    id: 'mdl_1:1',
    baseUrl: server.url,
    headers: { authorization: `Bearer ${key}` },
    timeouts: { ...fast, ...options.timeouts },
    secrets: [key],
    ...options.target,
  }
  return {
    server,
    upstream,
    target,
    setAllowed: (text) => {
      allowed = parseAllowedEntries(text)
    },
    send: (request = {}, signal = new AbortController().signal) =>
      upstream.send(
        target,
        {
          method: 'POST',
          path: '/chat/completions',
          body: Buffer.from('{"model":"m"}'),
          answer: 'whole',
          answerBytesMax: 1024 * 1024,
          ...request,
        },
        signal,
      ),
  }
}

const brief = (outcome: AttemptOutcome) =>
  outcome.kind === 'failure' ? outcome.code : `${outcome.kind} ${outcome.status}`
const stream: Partial<UpstreamRequest> = { answer: 'stream' }
const event = (text: string) => `data: {"choices":[{"delta":{"content":${JSON.stringify(text)}}}]}\n\n`
const good = httpAnswer('200 OK', ['content-type: application/json'], '{"ok":true}')

/** Everything of a stream, and how it ended. */
async function drain(outcome: AttemptOutcome): Promise<{ text: string; end: string }> {
  if (outcome.kind !== 'stream') return { text: '', end: brief(outcome) }
  const parts = [...outcome.first]
  try {
    for await (const chunk of outcome.body) parts.push(chunk)
    return { text: Buffer.concat(parts).toString(), end: 'complete' }
  } catch (error) {
    if (!(error instanceof StreamBroken)) throw error
    return { text: Buffer.concat(parts).toString(), end: error.code }
  }
}

/** Nothing may stay behind: no call, no bytes counted, and sockets only where they may be used again. */
async function expectClean({ upstream, server }: Setup, reusable = false): Promise<void> {
  if (!reusable) await server.whenIdle()
  expect(upstream.stats()).toMatchObject({ calls: 0, answerBytes: 0 })
}

describe('a whole answer', () => {
  it('comes with its status, headers, body and times, and the request went out as given', async () => {
    const it = await setup((socket) => socket.write(good), { target: { query: { 'api-version': '2 4' } } })
    const outcome = await it.send()
    expect(outcome).toMatchObject({ kind: 'whole', status: 200, headers: { 'content-type': 'application/json' } })
    expect(outcome.kind === 'whole' && outcome.body.toString()).toBe('{"ok":true}')
    expect(outcome.timings.connectMs).toBeGreaterThanOrEqual(0)
    expect(outcome.timings.firstByteMs).toBeGreaterThan(0)
    expect(outcome.timings.totalMs).toBeGreaterThanOrEqual(outcome.timings.firstByteMs!)
    const request = it.server.requests[0]!
    expect(request.startsWith('POST /v1/chat/completions?api-version=2+4 HTTP/1.1\r\n')).toBe(true)
    expect(request).toContain(`authorization: Bearer ${key}\r\n`)
    expect(request).toContain('accept-encoding: identity\r\n')
    expect(request.endsWith('\r\n\r\n{"model":"m"}')).toBe(true)
    await expectClean(it, true)
  })

  it('uses a connection again, and none of another credential', async () => {
    const it = await setup((socket) => socket.write(good))
    for (let round = 0; round < 20; round++) expect(brief(await it.send())).toBe('whole 200')
    // A call that follows in the same turn finds the connection not yet put back.
    const made = it.server.made()
    expect(made).toBeLessThanOrEqual(2)
    const other = { ...it.target, id: 'mdl_1:2', headers: { authorization: 'Bearer other' } }
    const request: UpstreamRequest = { method: 'GET', path: '/models', answer: 'whole', answerBytesMax: 100 }
    expect(brief(await it.upstream.send(other, request, new AbortController().signal))).toBe('whole 200')
    expect(it.server.made()).toBe(made + 1)
    expect(it.upstream.stats()).toMatchObject({ pools: 2, sockets: made + 1 })
  })

  it.each([
    ['200 with an HTML page', httpAnswer('200 OK', ['content-type: text/html'], '<html></html>'), 'whole 200'],
    ['an error status', httpAnswer('429 Too Many', ['retry-after: 99999999'], '{"error":"slow"}'), 'whole 429'],
    ['an empty body', httpAnswer('200 OK', [], ''), 'whole 200'],
    ['no content', Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'), 'whole 204'],
    [
      'early hints before it',
      Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'), good]),
      'whole 200',
    ],
    ['a redirect', httpAnswer('307 Temporary Redirect', ['location: http://127.0.0.1:1/'], ''), 'upstream_redirect'],
    [
      'a length beyond the bound',
      Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\nx'),
      'upstream_too_large',
    ],
    ['no HTTP', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'), 'upstream_bad_answer'],
    [
      'two lengths',
      Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef'),
      'upstream_bad_answer',
    ],
    [
      'length and chunks',
      Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
      'upstream_bad_answer',
    ],
    [
      'a broken chunk',
      Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
      'upstream_bad_answer',
    ],
    ['a huge header', Buffer.from(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`), 'upstream_headers_too_large'],
    [
      'too many headers',
      Buffer.from(`HTTP/1.1 200 OK\r\n${'a:b\r\n'.repeat(300)}content-length: 0\r\n\r\n`),
      'upstream_headers_too_large',
    ],
    ['an unknown compression', httpAnswer('200 OK', ['content-encoding: zstd'], 'x'), 'upstream_bad_answer'],
    ['broken compression', httpAnswer('200 OK', ['content-encoding: gzip'], 'x'), 'upstream_bad_answer'],
    [
      'a gzip bomb',
      httpAnswer('200 OK', ['content-encoding: gzip'], gzipSync(Buffer.alloc(50_000_000))),
      'upstream_too_large',
    ],
    ['compression nobody asked for', httpAnswer('200 OK', ['content-encoding: gzip'], gzipSync('{}')), 'whole 200'],
    [
      'a protocol switch',
      Buffer.from('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'upstream_reset',
    ],
  ])('with %s is told as it is', async (name, bytes, expected) => {
    const it = await setup((socket) => socket.write(bytes))
    const outcome = await it.send()
    expect(brief(outcome)).toBe(expected)
    if (outcome.kind === 'failure') expect(JSON.stringify(outcome)).not.toContain(key.slice(0, 8))
    // What is wrong inside of a complete answer says nothing against the connection.
    await expectClean(it, outcome.kind === 'whole' || name === 'broken compression' || name === 'a gzip bomb')
  })

  it('that is cut short is a reset, in the head, in the body and before the first byte', async () => {
    for (const [sent, stage] of [
      ['', 'headers'],
      ['HTTP/1.1 200 OK\r\nconte', 'headers'],
      ['HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nabc', 'body'],
    ] as const) {
      const it = await setup((socket) => socket.end(sent))
      const outcome = await it.send()
      expect(outcome).toMatchObject({ kind: 'failure', stage, sent: true })
      expect(['upstream_reset', 'upstream_bad_answer']).toContain(brief(outcome))
      await expectClean(it)
    }
  })

  it('followed by bytes of another one does not become the answer of the next call', async () => {
    const smuggled = httpAnswer('200 OK', [], '{"smuggled":true}')
    const poisoned: Promise<unknown>[] = []
    const it = await setup((socket, count) => {
      if (count === 0) poisoned.push(once(socket, 'close'))
      socket.write(count === 0 ? Buffer.concat([good, smuggled]) : good)
    })
    for (let round = 0; round < 3; round++) {
      const outcome = await it.send()
      expect(outcome.kind === 'whole' && outcome.body.toString()).toBe('{"ok":true}')
    }
    await Promise.all(poisoned)
    expect(poisoned.length).toBe(1)
  })

  it('is cut off at its bound while it is still growing', async () => {
    const it = await setup((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
      const write = () => {
        while (!socket.destroyed && socket.write(httpChunk('x'.repeat(60_000)))) {}
      }
      socket.on('drain', write)
      write()
    })
    expect(brief(await it.send())).toBe('upstream_too_large')
    await expectClean(it)
  })

  it('is refused where too much is being collected at the same time', async () => {
    const it = await setup((socket) => socket.write(good), { upstream: { answerBytesMax: 5 } })
    expect(brief(await it.send())).toBe('upstream_busy')
    await expectClean(it)
  })
})

describe('a server that takes its time', () => {
  it('is given up when it accepts and never answers', async () => {
    const it = await setup(() => {})
    const outcome = await it.send()
    expect(outcome).toMatchObject({ code: 'upstream_first_byte_timeout', stage: 'headers', sent: true })
    expect(outcome.timings.totalMs).toBeLessThan(1_000)
    await expectClean(it)
  })

  it('is given up when it drips its headers', async () => {
    const it = await setup((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x: y\r\n'), 50)
      socket.on('close', () => clearInterval(timer))
    })
    expect(brief(await it.send())).toBe('upstream_first_byte_timeout')
    await expectClean(it)
  })

  it('is given up when the body stops', async () => {
    const it = await setup((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nabc'))
    expect(await it.send()).toMatchObject({ code: 'upstream_idle_timeout', stage: 'body' })
    await expectClean(it)
  })

  it('is given up at the total time however busy it is', async () => {
    const it = await setup(
      (socket) => {
        socket.write(streamHead)
        const timer = setInterval(() => socket.write(httpChunk(event('x'))), 20)
        socket.on('close', () => clearInterval(timer))
      },
      { timeouts: { totalMs: 600 } },
    )
    expect((await drain(await it.send(stream))).end).toBe('upstream_total_timeout')
    await expectClean(it)
  })

  it('gains no time with comments, before the first event or after', async () => {
    for (const [head, code] of [
      [streamHead, 'upstream_first_byte_timeout'],
      [streamHead + httpChunk(event('x')).toString(), 'upstream_idle_timeout'],
    ] as const) {
      const it = await setup((socket) => {
        socket.write(head)
        let round = 0
        const timer = setInterval(() => socket.write(httpChunk([': wai', 'ting\n', '\n'][round++ % 3]!)), 30)
        socket.on('close', () => clearInterval(timer))
      })
      expect((await drain(await it.send(stream))).end).toBe(code)
      await expectClean(it)
    }
  })
})

describe('a stream', () => {
  const text = `${event('Hé') + event('llo 😀')}data: [DONE]\n\n`

  it('comes byte for byte, its first event told', async () => {
    const it = await setup((socket) =>
      socket.write(`${streamHead + httpChunk(text).toString('latin1')}0\r\n\r\n`, 'latin1'),
    )
    const outcome = await it.send(stream)
    expect(brief(outcome)).toBe('stream 200')
    expect(await drain(outcome)).toEqual({ text, end: 'complete' })
    expect(outcome.timings.totalMs).toBeGreaterThanOrEqual(outcome.timings.firstByteMs!)
    await expectClean(it, true)
  })

  it('is the same when every byte is a chunk of its own', async () => {
    const it = await setup((socket) => {
      socket.write(streamHead)
      for (const byte of Buffer.from(text)) socket.write(httpChunk(Buffer.from([byte])))
      socket.write('0\r\n\r\n')
    })
    expect(await drain(await it.send(stream))).toEqual({ text, end: 'complete' })
  })

  it('is decompressed where the server compresses it all the same', async () => {
    const it = await setup((socket) => {
      socket.write(streamHead.replace('\r\n\r\n', '\r\ncontent-encoding: gzip\r\n\r\n'))
      const bytes = gzipSync(text.repeat(5_000))
      for (let at = 0; at < bytes.length; at += 1_000) socket.write(httpChunk(bytes.subarray(at, at + 1_000)))
      socket.write('0\r\n\r\n')
    })
    const outcome = await it.send(stream)
    expect(outcome.kind === 'stream' && outcome.headers['content-encoding']).toBeUndefined()
    expect((await drain(outcome)).text).toBe(text.repeat(5_000))
    await expectClean(it, true)
  })

  it.each([
    ['nothing', '', 'upstream_bad_answer'],
    ['the end mark alone', 'data: [DONE]\n\n', 'upstream_bad_answer'],
    ['comments alone', ': hi\n\n', 'upstream_bad_answer'],
    ['broken JSON', 'data: {"choices":\n\n', 'upstream_bad_answer'],
    [
      'invalid UTF-8',
      Buffer.from([...Buffer.from('data: {"a":"'), 0xff, ...Buffer.from('"}\n\n')]),
      'upstream_bad_answer',
    ],
    ['JSON that is no object', 'data: 7\n\n', 'upstream_bad_answer'],
    ['an error event', 'data: {"error":{"message":"full"}}\n\n', 'whole 200'],
    ['an event too large', `data: ${'x'.repeat(1_200_000)}`, 'event_too_large'],
    ['a megabyte of comments', ': hi\n\n'.repeat(200_000), 'upstream_bad_answer'],
    ['comments and then data', `: hi\n\n${event('x')}`, 'stream 200'],
    ['an error that is null', 'data: {"error":null,"choices":[]}\n\n', 'stream 200'],
    ['a last event without its end', event('x').trimEnd(), 'stream 200'],
  ])('that begins with %s is told before a byte of it is used', async (name, bytes, expected) => {
    const it = await setup(
      (socket) => {
        socket.write(streamHead)
        if (bytes.length > 0) socket.write(httpChunk(bytes))
        socket.write('0\r\n\r\n')
      },
      // A megabyte takes a while on a busy machine.
      { timeouts: { firstByteMs: 5_000, idleMs: 5_000 } },
    )
    const outcome = await it.send(stream)
    expect(brief(outcome)).toBe(expected)
    if (outcome.kind === 'whole') expect(outcome.body.toString()).toBe('{"error":{"message":"full"}}')
    await drain(outcome)
    await expectClean(it, outcome.kind === 'stream' || name === 'nothing' || name === 'comments alone')
  })

  it.each([
    ['an error status', httpAnswer('500 Oh', ['content-type: text/event-stream'], event('x')), 'whole 500'],
    ['JSON', good, 'whole 200'],
  ])('that is %s comes back whole', async (_, bytes, expected) => {
    const it = await setup((socket) => socket.write(bytes))
    expect(brief(await it.send(stream))).toBe(expected)
  })

  it('without an end mark is complete: what that means is not decided here', async () => {
    const it = await setup((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${event('x')}`),
    )
    expect((await drain(await it.send(stream))).end).toBe('complete')
  })

  it('that breaks in the middle of an event hands out what came and throws its code', async () => {
    const it = await setup((socket) => {
      socket.write(streamHead)
      socket.write(httpChunk(`${event('x')}data: {"cho`), () => socket.resetAndDestroy())
    })
    expect(await drain(await it.send(stream))).toEqual({
      text: expect.stringContaining(event('x')),
      end: 'upstream_reset',
    })
    await expectClean(it)
  })

  it('passes a line of 100 MB through without keeping it', { timeout: 30_000 }, async () => {
    const piece = httpChunk(Buffer.alloc(1_000_000, 0x78))
    const it = await setup((socket) => {
      socket.write(Buffer.concat([Buffer.from(streamHead), httpChunk(event('x')), httpChunk('data: ')]))
      let left = 100
      const write = () => {
        while (left > 0) {
          left--
          if (!socket.write(piece)) return
        }
        socket.end('0\r\n\r\n')
      }
      socket.on('drain', write)
      write()
    })
    const outcome = await it.send(stream)
    if (outcome.kind !== 'stream') throw new Error(brief(outcome))
    let bytes = 0
    for (const chunk of [...outcome.first]) bytes += chunk.length
    for await (const chunk of outcome.body) bytes += chunk.length
    expect(bytes).toBe(100_000_000 + event('x').length + 'data: '.length)
  })

  it('whose reader is slow pauses the server instead of filling memory, and costs no time-out', async () => {
    let written = 0
    const it = await setup((socket) => {
      socket.write(Buffer.concat([Buffer.from(streamHead), httpChunk(event('x'))]))
      const piece = httpChunk(event('y'.repeat(50_000)))
      const write = () => {
        while (written < 60_000_000 && socket.write(piece)) written += piece.length
      }
      socket.on('drain', write)
      write()
    })
    const outcome = await it.send(stream)
    if (outcome.kind !== 'stream') throw new Error(brief(outcome))
    // Long enough for the idle time to pass; the kernel's buffers fill, ours do not.
    await new Promise((settle) => setTimeout(settle, 700))
    expect(written).toBeLessThan(30_000_000)
    const before = written
    let read = 0
    for await (const chunk of outcome.body) {
      read += chunk.length
      if (read > before + 5_000_000) break
    }
    expect(written).toBeGreaterThan(before)
    await expectClean(it)
  })

  it('that is compressed and read slowly costs no time-out and no byte', async () => {
    const whole = event('z'.repeat(1_000)).repeat(4_000)
    const it = await setup((socket) => {
      socket.write(streamHead.replace('\r\n\r\n', '\r\ncontent-encoding: gzip\r\n\r\n'))
      socket.write(Buffer.concat([httpChunk(gzipSync(whole)), Buffer.from('0\r\n\r\n')]))
    })
    const outcome = await it.send(stream)
    await new Promise((settle) => setTimeout(settle, 500))
    expect(await drain(outcome)).toEqual({ text: whole, end: 'complete' })
  })

  it('is aborted at the server within a second by its owner, its reader and the signal', async () => {
    const endless: HostileAnswer = (socket) => {
      socket.write(Buffer.concat([Buffer.from(streamHead), httpChunk(event('x'))]))
      const timer = setInterval(() => socket.write(httpChunk(event('y'))), 10)
      socket.on('close', () => clearInterval(timer))
    }
    for (const how of ['abort', 'break', 'signal']) {
      const it = await setup(endless)
      const controller = new AbortController()
      const outcome = await it.send(stream, controller.signal)
      if (outcome.kind !== 'stream') throw new Error(brief(outcome))
      const startedMs = performance.now()
      if (how === 'abort') outcome.abort()
      if (how === 'signal') controller.abort()
      if (how === 'break') for await (const _ of outcome.body) break
      else expect((await drain(outcome)).end).toBe('aborted')
      await expectClean(it)
      expect(performance.now() - startedMs).toBeLessThan(1_000)
    }
  })
})

describe('the way there', () => {
  const request: UpstreamRequest = { method: 'GET', path: '/models', answer: 'whole', answerBytesMax: 100 }

  it('is told where nothing listens', async () => {
    const it = await setup(() => {})
    await it.server.close()
    expect(await it.send()).toMatchObject({
      code: 'upstream_unreachable',
      stage: 'connect',
      sent: false,
      message: `Nothing listens at 127.0.0.1:${it.server.port}.`,
    })
  })

  it('is closed where it is not allowed, and closes when the permission goes, without a restart', async () => {
    const it = await setup((socket) => socket.write(good))
    expect(brief(await it.send())).toBe('whole 200')
    it.setAllowed('')
    expect(await it.send()).toMatchObject({
      code: 'egress_refused',
      allowableEntry: `127.0.0.1:${it.server.port}`,
      sent: false,
    })
    await it.server.whenIdle()
    it.setAllowed(`127.0.0.1:${it.server.port}`)
    expect(brief(await it.send())).toBe('whole 200')
    expect(it.server.requests.length).toBe(2)
  })

  it('gives one answer for names that lead nowhere or inside', async () => {
    const it = await setup(() => {})
    for (const host of ['localhost', 'vllm', 'no-such-name.invalid']) {
      const outcome = await it.upstream.send(
        { ...it.target, baseUrl: `https://${host}/v1` },
        request,
        new AbortController().signal,
      )
      expect(outcome).toMatchObject({
        code: 'upstream_dns',
        stage: 'dns',
        message: `This name does not lead to a public address; an operator can allow ${host}:443.`,
      })
    }
  })

  it('ignores the proxy variables of the environment', async () => {
    process.env.http_proxy = process.env.HTTP_PROXY = 'http://127.0.0.1:1'
    try {
      const it = await setup((socket) => socket.write(good))
      expect(brief(await it.send())).toBe('whole 200')
    } finally {
      delete process.env.http_proxy
      delete process.env.HTTP_PROXY
    }
  })

  it('sends no header that could change where a call goes, and refuses one that cannot be sent', async () => {
    const it = await setup((socket) => socket.write(good))
    const headers = { ...it.target.headers, host: 'evil', cookie: 'a=b', 'x-forwarded-for': '1.1.1.1', 'x-own': 'yes' }
    const signal = new AbortController().signal
    expect(brief(await it.upstream.send({ ...it.target, headers }, request, signal))).toBe('whole 200')
    const sent = it.server.requests[0]!
    expect(sent).toContain(`host: 127.0.0.1:${it.server.port}\r\n`)
    expect(sent).toContain('x-own: yes\r\n')
    expect(sent).not.toMatch(/evil|cookie|x-forwarded/)
    const broken = { ...it.target, headers: { 'x-own': 'a\r\nb: c' } }
    expect(brief(await it.upstream.send(broken, request, signal))).toBe('upstream_bad_target')
    expect(brief(await it.upstream.send({ ...it.target, ca: 'nonsense' }, request, signal))).toBe('upstream_bad_target')
    expect(it.upstream.stats().calls).toBe(0)
  })

  it('does not begin where the signal has been aborted, and ends at once while it waits', async () => {
    const it = await setup(() => {})
    expect(brief(await it.send({}, AbortSignal.abort()))).toBe('aborted')
    expect(it.server.made()).toBe(0)
    const controller = new AbortController()
    const waiting = it.send({}, controller.signal)
    controller.abort()
    expect(brief(await waiting)).toBe('aborted')
    await expectClean(it)
  })

  it('asks its owner once, before the first byte leaves, and sends nothing where he says no', async () => {
    const it = await setup((socket) => socket.write(good))
    let asked = 0
    const onSend = (answer: boolean) => () => {
      asked++
      expect(it.server.requests).toEqual([])
      return answer
    }
    expect(await it.send({ onSend: onSend(false) })).toMatchObject({ kind: 'failure', code: 'aborted', sent: false })
    expect(asked).toBe(1)
    expect(brief(await it.send({ onSend: onSend(true) }))).toBe('whole 200')
    expect([asked, it.server.requests.length]).toEqual([2, 1])
    await expectClean(it)
  })

  it('keeps calls in flight when its pool is dropped, and ends them when it is closed', async () => {
    const answers: (() => void)[] = []
    const it = await setup((socket) => void answers.push(() => socket.write(good)), {
      timeouts: { firstByteMs: 5_000 },
    })
    const first = it.send()
    await expect.poll(() => answers.length).toBe(1)
    it.upstream.dropPool(it.target.id)
    const second = it.send()
    await expect.poll(() => answers.length).toBe(2)
    expect(it.server.made()).toBe(2)
    answers[0]!()
    expect(brief(await first)).toBe('whole 200')
    await it.upstream.close()
    expect(brief(await second)).toBe('aborted')
    await expectClean(it)
  })

  it('carries many calls at once and leaves nothing behind', async () => {
    const patient = { connectMs: 30_000, firstByteMs: 30_000, idleMs: 30_000, totalMs: 30_000 }
    const it = await setup(
      (socket, count) => {
        if (count % 7 === 0) socket.resetAndDestroy()
        else if (count % 5 === 0) socket.write('garbage\r\n\r\n')
        else socket.write(good)
      },
      { timeouts: patient },
    )
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => it.send()))
    const counts = Map.groupBy(outcomes.map(brief), (text) => text)
    expect([...counts.keys()].sort()).toEqual(['upstream_bad_answer', 'upstream_reset', 'whole 200'])
    expect(it.server.requests.length).toBe(300)
    await expectClean(it, true)
  })

  it('makes room by closing idle pools, and is busy where none is idle', async () => {
    const it = await setup((socket, count) => count < 3 && socket.write(good), { upstream: { poolsMax: 2 } })
    const signal = new AbortController().signal
    const to = (id: string) => it.upstream.send({ ...it.target, id }, request, signal)
    for (const id of ['a', 'b', 'c']) expect(brief(await to(id))).toBe('whole 200')
    expect(it.upstream.stats().pools).toBe(2)
    const stuck = [to('d'), to('e')]
    expect(brief(await to('f'))).toBe('upstream_busy')
    expect((await Promise.all(stuck)).map(brief)).toEqual([
      'upstream_first_byte_timeout',
      'upstream_first_byte_timeout',
    ])
  })
})

describe('the address stage', () => {
  it('times the connection and says whether the address is public', async () => {
    const it = await setup(() => {})
    const probe = await it.upstream.probe(it.server.url)
    expect(probe).toMatchObject({ ok: true, isPublic: false, hostPort: `127.0.0.1:${it.server.port}` })
    expect(probe.timings.connectMs).toBeGreaterThanOrEqual(0)
    await it.server.whenIdle()
    expect(it.server.requests).toEqual([])
  })

  it('names the stage and the fix', async () => {
    const it = await setup(() => {})
    expect(await it.upstream.probe('http://127.0.0.1:9')).toMatchObject({
      code: 'egress_refused',
      typedAddress: true,
      allowableEntry: '127.0.0.1:9',
    })
    expect(await it.upstream.probe('https://no-such-name.invalid')).toMatchObject({
      code: 'upstream_dns',
      typedAddress: false,
    })
    expect(await it.upstream.probe('https://a@b.example')).toMatchObject({ code: 'egress_refused', stage: 'egress' })
    expect(await it.upstream.probe(it.server.url, { ca: 'x' })).toMatchObject({ code: 'upstream_bad_target' })
    const closed = await startHostile(() => {})
    it.setAllowed(`127.0.0.1:${closed.port}`)
    await closed.close()
    expect(await it.upstream.probe(closed.url)).toMatchObject({ code: 'upstream_unreachable', stage: 'connect' })
  })

  it('gives up on a TLS handshake that never ends, and on a server that speaks none', async () => {
    const plain = await setup(() => {})
    const secureUrl = plain.server.url.replace('http:', 'https:')
    const startedMs = performance.now()
    expect(await plain.upstream.probe(secureUrl, { timeoutMs: 200 })).toMatchObject({
      code: 'upstream_connect_timeout',
      stage: 'tls',
    })
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    const { createServer } = await import('node:net')
    const chatty = createServer((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n')).listen(
      0,
      '127.0.0.1',
    )
    await once(chatty, 'listening')
    const { port } = chatty.address() as { port: number }
    plain.setAllowed(`127.0.0.1:${port}`)
    expect(await plain.upstream.probe(`https://127.0.0.1:${port}`)).toMatchObject({
      code: 'upstream_tls',
      message: `127.0.0.1:${port} does not speak TLS. Is it http instead of https?`,
    })
    chatty.close()
  })
})

describe('a server with a certificate', () => {
  const { key: tlsKey, authority } = certificates
  const request: UpstreamRequest = { method: 'GET', path: '/models', answer: 'whole', answerBytesMax: 100 }

  async function behind(cert: string, host = '127.0.0.1') {
    const server = await startHostile((socket) => socket.write(good), { key: tlsKey, cert })
    closers.push(server.close)
    const allowed = parseAllowedEntries(`${host}:${server.port}`)
    const egress = createEgress({
      allowed: () => allowed,
      selfAddresses: () => [],
      clock: systemClock,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    })
    const upstream = createUpstream({ egress, clock: systemClock, logger: { warn: () => {} } })
    closers.push(upstream.close)
    const baseUrl = `https://${host}:${server.port}/v1`
    const target: Target = { id: 'a', baseUrl, headers: {}, timeouts: fast, secrets: [] }
    const send = (ca?: string) => upstream.send({ ...target, ca }, request, new AbortController().signal)
    return { server, send, probe: (ca?: string) => upstream.probe(baseUrl, { ca }) }
  }

  it.each(['127.0.0.1', 'upstream.example'])(
    'for its own name %s and from a trusted authority is called',
    async (host) => {
      const { send, probe, server } = await behind(certificates.good, host)
      const outcome = await send(authority)
      expect(brief(outcome)).toBe('whole 200')
      expect(outcome.timings.tlsMs).toBeGreaterThan(0)
      expect(server.requests[0]).toContain(`host: ${host}:${server.port}\r\n`)
      const found = await probe(authority)
      expect(found).toMatchObject({ ok: true, tls: { version: 'TLSv1.3' } })
      expect(found.ok && found.tls!.certificateDaysLeft).toBeGreaterThan(30_000)
    },
  )

  it.each([
    ['an unknown authority', certificates.good, undefined, 'comes from an authority that is not known here'],
    ['an end in the past', certificates.expired, authority, 'has expired'],
    ['another name', certificates.foreign, authority, 'is for another name'],
  ])('with %s is refused before a byte is sent', async (_, cert, ca, message) => {
    const { send, probe, server } = await behind(cert)
    const expected = { code: 'upstream_tls', stage: 'tls', message: expect.stringContaining(message) }
    expect(await send(ca)).toMatchObject({ ...expected, sent: false })
    expect(await probe(ca)).toMatchObject(expected)
    expect(server.requests).toEqual([])
    await server.whenIdle()
  })
})
