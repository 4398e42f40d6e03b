import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { delta, event, finish } from '#lib/testing/acts.ts'
import { type Answer, call, sendBytes } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { type HostileServer, httpAnswer, httpChunk, startHostile, streamHead } from '#lib/testing/hostile.ts'
import { spoolFolder } from '#lib/testing/ledger.ts'
import { startGatewayProcess } from '#lib/testing/processes.ts'
import { testTenancy } from '#lib/testing/tenancy.ts'

// One gateway as it is shipped, a process with sockets, meets everything at once that callers and servers can do to it.
// What a single answer looks like in each of these cases is in `lib/openai/upstream.door.test.ts`,
// `errors.door.test.ts` and `strangers.door.test.ts`; here the process has to survive them.

const providerKey = `sk-hostile-${randomBytes(16).toString('hex')}`
const good = httpAnswer(
  '200 OK',
  ['content-type: application/json'],
  JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: 'well' }, finish_reason: 'stop' }] }),
)
const json = (body: string | Buffer) => httpAnswer('200 OK', ['content-type: application/json'], body)
const answerWith = (usage: string) =>
  json(`{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":${usage}}`)
const begun = streamHead + httpChunk(event(delta('begun'))).toString()
/** Writes as fast as it is taken, until the other side has enough. */
const floods = (head: string, piece: Buffer) => (socket: Socket) => {
  socket.write(head)
  const more = () => {
    while (!socket.destroyed && socket.write(piece)) {}
  }
  socket.on('drain', more)
  more()
}

const drips = (socket: Socket) => {
  socket.write('HTTP/1.1 200 OK\r\n')
  const timer = setInterval(() => socket.write('x: y\r\n'), 50)
  socket.on('close', () => clearInterval(timer))
}

interface UpstreamRow {
  name: string
  act: (socket: Socket) => void
  stream?: true
  /** The status, and the code of the error: of the body, or of the event that ends a stream. */
  expected: [status: number, code: string | null]
}
const whole = (name: string, bytes: string | Buffer, ...expected: UpstreamRow['expected']): UpstreamRow => ({
  name,
  act: (socket) => void socket.write(bytes),
  expected,
})
const streamed = (name: string, act: UpstreamRow['act'], ...expected: UpstreamRow['expected']): UpstreamRow => ({
  name,
  act,
  stream: true,
  expected,
})

const echo = `nobody may see ${providerKey}`
const upstreamRows: UpstreamRow[] = [
  { name: 'nothing', act: () => undefined, expected: [504, 'upstream_total_timeout'] },
  { name: 'a header now and then', act: drips, expected: [504, 'upstream_total_timeout'] },
  whole('a header of a megabyte', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}\r\n\r\n{}`, 502, 'upstream_headers_too_large'),
  whole('two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 50\r\n\r\n{}', 502, 'upstream_bad_answer'),
  whole('an error as a good answer', json('{"error":{"message":"no","code":"x"}}'), 502, 'upstream_error'),
  whole('a page as a good answer', httpAnswer('200 OK', ['content-type: text/html'], '<html>Sign in</html>'), 502, 'upstream_bad_answer'),
  { name: 'hints without an end', act: floods('', Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(500))), expected: [504, 'upstream_total_timeout'] },
  { name: 'continues without an end', act: floods('', Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(500))), expected: [502, 'upstream_reset'] },
  { name: 'headers without an end', act: floods('HTTP/1.1 200 OK\r\n', Buffer.from('x: y\r\n'.repeat(500))), expected: [502, 'upstream_headers_too_large'] },
  { name: 'a status line without an end', act: floods('HTTP/1.1 200 ', Buffer.alloc(60_000, 'O')), expected: [504, 'upstream_total_timeout'] },
  { name: 'trailers without an end', act: floods(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n`, Buffer.from('x: y\r\n'.repeat(500))), expected: [502, 'upstream_headers_too_large'] },
  { name: 'an extension of a chunk without an end', act: floods('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2;', Buffer.alloc(60_000, 'x')), expected: [504, 'upstream_total_timeout'] },
  { name: 'an answer without an end', act: floods('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', httpChunk('x'.repeat(60_000))), expected: [502, 'upstream_too_large'] },
  whole('a length that is too long', 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{}', 504, 'upstream_idle_timeout'),
  whole('a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n{}', 502, 'upstream_bad_answer'),
  whole('a length beyond all numbers', `HTTP/1.1 200 OK\r\ncontent-length: ${'9'.repeat(40)}\r\n\r\n{}`, 502, 'upstream_bad_answer'),
  whole('a chunk larger than all numbers', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'f'.repeat(40)}\r\n`, 502, 'upstream_bad_answer'),
  whole('a bomb of 200 MB', httpAnswer('200 OK', ['content-type: application/json', 'content-encoding: gzip'], gzipSync(Buffer.alloc(200_000_000, 0x20))), 502, 'upstream_too_large'),
  whole('a bomb in a bomb', httpAnswer('200 OK', ['content-encoding: gzip, gzip'], gzipSync(gzipSync(Buffer.alloc(50_000_000)))), 502, 'upstream_bad_answer'),
  whole('an error as a bomb', httpAnswer('400 Bad', ['content-encoding: gzip'], gzipSync(Buffer.alloc(100_000_000, 0x20))), 502, 'upstream_too_large'),
  whole('JSON a million deep', json(`{"choices":${'['.repeat(1_000_000)}`), 502, 'upstream_bad_answer'),
  whole('a million deep beside the answer', json(`{"choices":[],"x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`), 200, null),
  whole('an error a million deep', httpAnswer('400 Bad', ['content-type: application/json'], `{"error":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`), 400, 'upstream_400'),
  whole('an error whose members are of wrong kinds', httpAnswer('400 Bad', ['content-type: application/json'], '{"error":{"message":{"a":[]},"code":{},"type":7,"param":[1]}}'), 400, 'upstream_400'),
  whole('a redirect inwards', httpAnswer('302 Found', ['location: http://169.254.169.254/latest/meta-data/'], ''), 502, 'upstream_redirect'),
  whole('an absurd pause to ask for', httpAnswer('429 Slow', ['content-type: application/json', 'retry-after: 99999999999999999999'], '{"error":{"message":"slow"}}'), 429, null),
  whole('the key in an error', httpAnswer('400 Bad', [`x-echo: ${providerKey}`, 'content-type: application/json'], JSON.stringify({ error: { message: echo, code: providerKey, param: providerKey } })), 400, '[redacted]'),
  whole('the key in no shape of an error', httpAnswer('422 Bad', ['content-type: text/plain'], echo), 422, 'upstream_422'),
  whole('the key in the reason of a status', `HTTP/1.1 418 ${providerKey}\r\ncontent-length: 0\r\n\r\n`, 418, 'upstream_418'),
  whole('invalid UTF-8 and NUL', json(Buffer.from('{"choices":[{"index":0,"message":{"role":"assistant","content":"\0\xff\xc0"},"finish_reason":"stop"}]}', 'latin1')), 502, 'upstream_bad_answer'),
  whole('negative usage', answerWith('{"prompt_tokens":-5,"completion_tokens":-1}'), 200, null),
  whole('usage beyond all numbers', answerWith('{"prompt_tokens":1e308,"completion_tokens":99999999999999999999}'), 200, null),
  whole('usage that is text', answerWith('{"prompt_tokens":"NaN","completion_tokens":{}}'), 200, null),
  whole('usage twice', answerWith('{"prompt_tokens":1},"usage":{"prompt_tokens":2}'), 200, null),
  whole('usage as a list', answerWith('[]'), 200, null),
  { name: 'bytes after the answer', act: (socket) => void socket.write(Buffer.concat([good, json('{"smuggled":true}')])), expected: [200, null] },
  streamed('tokens without an end', floods(streamHead, httpChunk(event(delta('x'.repeat(1000))))), 200, 'upstream_total_timeout'),
  streamed('comments without an end', floods(streamHead, httpChunk(': wait\n\n'.repeat(1000))), 502, 'upstream_bad_answer'),
  streamed('a first line without an end', floods(streamHead, httpChunk(`data: ${'x'.repeat(60_000)}`)), 502, 'event_too_large'),
  streamed('empty lines without an end', floods(streamHead, httpChunk('\n'.repeat(60_000))), 502, 'upstream_bad_answer'),
  streamed('a broken chunk in mid-stream', (socket) => void socket.write(`${begun}zz\r\n`), 200, 'upstream_bad_answer'),
  streamed('a reset in mid-event', (socket) => void socket.write(`${begun}9\r\ndata: {"c`, () => socket.resetAndDestroy()), 200, 'upstream_reset'),
  streamed('the key in an event of an error', (socket) => void socket.write(begun + httpChunk(event({ error: { message: echo, code: 'x' } })).toString()), 200, 'x'),
  streamed('events a million deep', (socket) => void socket.write(begun + httpChunk(`data: {"choices":${'['.repeat(1_000_000)}\n\n`).toString()), 200, 'upstream_idle_timeout'),
  streamed('silence after the first event', (socket) => void socket.write(begun), 200, 'upstream_idle_timeout'),
  streamed('usage that grows with every event', (socket) => void socket.write(Buffer.concat([Buffer.from(streamHead), ...[1, 2, 3].map((count) => httpChunk(event({ ...delta('x'), usage: { prompt_tokens: 7, completion_tokens: count } }))), httpChunk(`${event(finish)}data: [DONE]\n\n`), httpChunk('')])), 200, null),
  streamed('no end mark', (socket) => void socket.write(`${begun}${httpChunk(event(finish))}0\r\n\r\n`), 200, null),
] // biome-ignore format: a table

const { database, url } = await testDatabase()
const pepper = randomBytes(36).toString('base64')
const masterKey = randomBytes(32)
const { tenancy, workspace } = testTenancy(database, { clock: systemClock, pepper })
const { scope } = await workspace()
const { secret: key } = await tenancy.createKey(scope, { name: 'test' })
const box = createSecretBox([{ id: 'test', key: masterKey }])

async function addModel(slug: string, baseUrl: string): Promise<void> {
  const id = newId('mdl')
  const { workspaceId } = scope
  const place = { purpose: 'provider-key', workspaceId, table: 'models', row: id, field: 'sealed_key' }
  await database.pool.query(
    `insert into models (id, workspace_id, type, name, slug, model_id, region, base_url, host, key_header, sealed_key)
     values ($1, $2, 'chat', $3, $3, 'x', 'own', $4, $5, 'authorization', $6)`,
    [id, workspaceId, slug, baseUrl, new URL(baseUrl).host, box.seal(providerKey, place)],
  )
  await database.pool.query(
    `insert into model_addresses (workspace_id, address, model_id, kind) values ($1, $2, $3, 'slug')`,
    [workspaceId, slug, id],
  )
}

const wellServer = await startHostile((socket) => void socket.write(good))
await addModel('well', wellServer.url)
const servers: HostileServer[] = []
for (const [index, { act }] of upstreamRows.entries()) {
  servers.push(await startHostile(act))
  await addModel(`hostile-${index}`, servers[index]!.url)
}
const slowServer = await startHostile((socket) => {
  socket.write(begun)
  setTimeout(() => socket.write(`${httpChunk(`${event(finish)}data: [DONE]\n\n`)}0\r\n\r\n`), 300)
})
await addModel('slow', slowServer.url)

// 4 KB in many scripts, each line end of the format, and a usage event that nobody asked for.
const script = 'Grüße, 世界! 안녕 😀👩‍👩‍👧 שלום नमस्ते \\ud83d\\ude00 \\" '
let kept = ': wait\r\n\r\n'
for (let at = 0; Buffer.byteLength(kept) < 3800; at++)
  kept += event(delta(script.repeat(1 + (at % 3)))).replaceAll('\n', ['\n', '\r\n', '\r'][at % 3]!)
kept += event(finish)
const splitBytes = Buffer.from(
  `${kept}${event({ choices: [], usage: { prompt_tokens: 41, completion_tokens: 97 } })}${event('[DONE]')}`,
)
const splitServer: HostileServer = await startHostile((socket, count) => {
  const at = Number(/"at":"(\d+)"/.exec(splitServer.requests[count]!)![1])
  socket.write(streamHead)
  socket.write(httpChunk(splitBytes.subarray(0, at)))
  // The rest in a read of its own.
  setImmediate(() => socket.write(Buffer.concat([httpChunk(splitBytes.subarray(at)), httpChunk('')])))
})
await addModel('split', splitServer.url)
afterAll(() => Promise.all([wellServer, slowServer, splitServer, ...servers].map((server) => server.close())))

const gateway = await startGatewayProcess({
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  DATABASE_URL: url,
  PATCHBAY_DATA_DIR: spoolFolder(),
  PATCHBAY_ALLOWED_ENDPOINTS: [wellServer, slowServer, splitServer, ...servers]
    .map(({ port }) => `127.0.0.1:${port}`)
    .join(', '),
  PATCHBAY_MASTER_KEYS: `test:${masterKey.toString('base64')}`,
  NEXTAUTH_SECRET: randomBytes(36).toString('base64'),
  PATCHBAY_KEY_PEPPER: pepper,
  PATCHBAY_LOG_LEVEL: 'debug',
})
const { port } = gateway
const ask = (model: string, more: object = {}) => call(port, key, { model, messages: [], ...more })
const residentBytes = () =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(gateway.child.pid)], { encoding: 'utf8' })) * 1024

// Who drips a header at a time has as long as Node's timer for headers takes; meanwhile everything else goes on.
const dripped = dripHeaders()
await ask('well')
const restBytes = residentBytes()

function dripHeaders(): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('POST /v1/chat/completions HTTP/1.1\r\n'))
    let answer = ''
    const timer = setInterval(() => socket.write('x: y\r\n'), 500)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('close', () => {
      clearInterval(timer)
      resolve(answer)
    })
  })
}

const endsConnection = /timeout|reset|headers_too_large|event_too_large/

function codeOf({ status, body }: Answer): string | null {
  if (status !== 200) return JSON.parse(body).error.code ?? null
  const last = body.trimEnd().split('\n\n').at(-1) ?? ''
  return last.startsWith('data: {"error"') ? JSON.parse(last.slice('data: '.length)).error.code : null
}

test.each(upstreamRows.map((row, index) => ({ ...row, index })))(
  'a server that sends $name',
  async ({ index, stream, expected }) => {
    const startedMs = performance.now()
    const timeout = { idle: 400, call_timeout: expected[1] === 'upstream_total_timeout' ? 600 : 5_000 }
    const answer = await ask(`hostile-${index}`, { stream, timeout })
    expect([answer.status, codeOf(answer)], answer.body.slice(0, 500)).toEqual(expected)
    expect(performance.now() - startedMs).toBeLessThan(6_000)
    expect(JSON.stringify(answer)).not.toContain(providerKey.slice(0, 16))
    // After a whole answer, however bad, its connection may serve the next call; every other one is closed.
    if (endsConnection.test(String(expected[1]))) await servers[index]!.whenIdle()
    const records = async () => {
      const { rows } = await database.pool.query('select outcome, status from ledger.records where id = $1', [
        answer.headers['x-request-id'],
      ])
      return rows
    }
    await expect.poll(records, { timeout: 5_000 }).toEqual([expect.objectContaining({ status: expected[0] })])
  },
)

const line = 'POST /v1/chat/completions HTTP/1.1\r\n'
const known = `host: 127.0.0.1:${port}\r\nauthorization: Bearer ${key}\r\n`
const body = JSON.stringify({ model: 'well', messages: [] })
const withLength = (text: string, more = '') =>
  `${line}${known}${more}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
const smuggled = `GET /smuggled HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`

// What comes back to whoever sends these bytes: the statuses of all answers until the connection ends.
const callerRows: [name: string, bytes: string, statuses: number[]][] = [
  ['a length and chunks', `${line}${known}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`, [400]],
  ['chunks and a length', `${line}${known}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n${smuggled}`, [400]],
  ['two lengths', `${line}${known}content-length: 0\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`, [400]],
  ['a list of lengths', `${line}${known}content-length: 0, ${smuggled.length}\r\n\r\n${smuggled}`, [400]],
  ['a signed length', `${line}${known}content-length: +0\r\n\r\n${smuggled}`, [400]],
  ['a length in hexadecimal', `${line}${known}content-length: 0x0\r\n\r\n${smuggled}`, [400]],
  ['a length beyond all numbers', `${line}${known}content-length: ${'9'.repeat(40)}\r\n\r\n${body}`, [400]],
  ['an unknown coding', `${line}${known}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`, [400]],
  ['chunks that are not last', `${line}${known}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`, [400]],
  ['chunks twice', `${line}${known}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`, [400]],
  ['a blank before the colon', `${line}${known}transfer-encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`, [400]],
  ['a folded header', `${line}${known}transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`, [400]],
  ['NUL in a header', `${line}${known}x: a\0b\r\n\r\n`, [400]],
  ['a bare CR in a header', `${line}${known}x: a\rtransfer-encoding: chunked\r\n\r\n`, [400]],
  ['lines that end with LF alone', `${line}${known}\n\n${smuggled}`.replaceAll('\r\n', '\n'), [400]],
  ['a chunk larger than all numbers', `${line}${known}transfer-encoding: chunked\r\n\r\n${'f'.repeat(40)}\r\n`, [400]],
  ['a chunk that is longer than it says', `${line}${known}transfer-encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n`, [400]],
  ['an endless extension of a chunk', `${line}${known}transfer-encoding: chunked\r\n\r\n1;${'x'.repeat(40_000)}\r\n`, [400]],
  ['a flood of trailers', `${line}${known}transfer-encoding: chunked\r\n\r\n0\r\n${'x: y\r\n'.repeat(10_000)}\r\n`, [431]],
  ['a flood of headers', `${line}${known}${'x: y\r\n'.repeat(10_000)}\r\n`, [431]],
  ['an absolute target', `GET http://169.254.169.254/v1/models HTTP/1.1\r\n${known}connection: close\r\n\r\n`, [400]],
  ['a target of two slashes', `GET //169.254.169.254/v1/models HTTP/1.1\r\n${known}connection: close\r\n\r\n`, [404]],
  ['a star as target', `OPTIONS * HTTP/1.1\r\n${known}connection: close\r\n\r\n`, [400]],
  ['CONNECT', `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${known}\r\n`, []],
  ['two hosts', `GET /v1/models HTTP/1.1\r\n${known}host: evil.example\r\nconnection: close\r\n\r\n`, [400]],
  ['no host', `GET /v1/models HTTP/1.1\r\nauthorization: Bearer ${key}\r\nconnection: close\r\n\r\n`, [421]],
  ['HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
  ['a key in the query', `GET /v1/models?api_key=${key} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`, [401]],
  ['a compressed body', `${withLength(gzipSync(Buffer.alloc(1_000_000)).toString('latin1'), 'content-encoding: gzip\r\nconnection: close\r\n')}`, [400]],
  ['three calls at once', withLength(body) + withLength(body) + withLength(body, 'connection: close\r\n'), [200, 200, 200]],
  ['a call and nonsense behind it', `${withLength(body)}NONSENSE\r\n\r\n`, [200]],
] // biome-ignore format: a table

test.each(callerRows)('a caller who sends %s', async (_name, bytes, statuses) => {
  const answers = await sendBytes(port, bytes)
  expect(
    [...answers.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status)),
    answers.slice(0, 500),
  ).toEqual(statuses)
})

test('a stream is not broken by nonsense that its caller sends behind it', async () => {
  const calls = wellServer.requests.length
  const answer = await sendBytes(
    port,
    `${withLength(JSON.stringify({ model: 'slow', stream: true, messages: [] }))}NONSENSE\r\n\r\n`,
  )
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  expect(answer.endsWith('data: [DONE]\n\n\r\n0\r\n\r\n'), answer).toBe(true)
  expect(wellServer.requests.length).toBe(calls)
})

test.each([
  ['in the middle of its headers', `${line}host: 12`, [400]],
  ['in the middle of its body', withLength(body).slice(0, -5), [400]],
  ['behind its call', withLength(body), []],
])('a caller who closes his half %s is let go of at once', async (_name, bytes, statuses) => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.end(bytes))
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('close', () => resolve(text))
    socket.on('end', () => socket.destroy())
  })
  expect(
    [...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status)),
    answer,
  ).toEqual(statuses)
})

test.each([
  ['a model of a megabyte', { model: 'x'.repeat(1_000_000) }, 400],
  ['a million messages', { model: 'no-such', messages: Array.from({ length: 1_000_000 }, () => 0) }, 404],
  [
    'a name of every object',
    JSON.parse('{"__proto__":{"admin":true},"constructor":{},"model":"well","messages":[]}'),
    200,
  ],
  ['half a surrogate', '{"model":"\\ud800","messages":[]}', 404],
  ['NUL', '{"model":"\\u0000","messages":[]}', 404],
  ['a list', [], 400],
  ['a number', '1e400', 400],
  ['messages of a wrong kind', { model: 'well', messages: 7 }, 200],
  ['extensions of wrong kinds', { model: 'well', retry: 7 }, 400],
  ['a list for a model', { model: ['well'] }, 400],
  ['a hundred thousand members', Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`x${at}`, at])), 400],
])('a caller whose body is %s', async (_name, given, status) => {
  expect((await call(port, key, given)).status).toBe(status)
})

test('a stream of 4 KB has the same bytes and the same usage wherever it is split', async () => {
  const expected = `${kept}${event('[DONE]')}`
  const differing: number[] = []
  const ids: unknown[] = []
  let next = 1
  const caller = async () => {
    while (next < splitBytes.length) {
      const at = next++
      const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: 'split', messages: [], stream: true, metadata: { at: String(at) } }),
      })
      if ((await answer.text()) !== expected) differing.push(at)
      ids.push(answer.headers.get('x-request-id'))
    }
  }
  await Promise.all(Array.from({ length: 16 }, caller))
  expect(differing).toEqual([])
  expect(ids.length).toBeGreaterThan(4000)
  const records = async () =>
    (
      await database.pool.query(
        `select outcome, usage_source, input_tokens, output_tokens, count(*)::int from ledger.records
         where id = any($1) group by 1, 2, 3, 4`,
        [ids],
      )
    ).rows
  await expect
    .poll(records, { timeout: 5_000 })
    .toEqual([{ outcome: 'ok', usage_source: 'provider', input_tokens: '41', output_tokens: '97', count: ids.length }])
}, 60_000)

test('500 connections that say nothing, and who drips headers, cost nobody anything', async () => {
  const silent = Array.from({ length: 500 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  expect((await ask('well')).status).toBe(200)
  for (const socket of silent) socket.destroy()
  expect(await dripped).toMatch(/^HTTP\/1\.1 408 /)
}, 30_000)

test('after all of it the process is the same, with bounded memory, no key in its log, and answers', async () => {
  const answer = await ask('well')
  expect(answer.body).toContain('"well"')
  expect(gateway.child.exitCode).toBeNull()
  expect(gateway.child.signalCode).toBeNull()
  expect(residentBytes() - restBytes).toBeLessThan(300 * 1024 * 1024)
  for (const secret of [providerKey, key.slice(0, -6)]) expect(gateway.said()).not.toContain(secret)
  const { rows } = await database.pool.query(
    'select count(*)::int as records, count(*) filter (where position($1 in r::text) > 0)::int as leaks from ledger.records r',
    [providerKey.slice(0, 16)],
  )
  expect(rows[0].records).toBeGreaterThan(upstreamRows.length)
  expect(rows[0].leaks).toBe(0)
})
