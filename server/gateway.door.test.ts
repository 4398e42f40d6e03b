import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen } from '#lib/testing/doors.ts'
import { spoolFolder } from '#lib/testing/ledger.ts'
import { type GatewayProcess, startGatewayProcess } from '#lib/testing/processes.ts'
import { testTenancy } from '#lib/testing/tenancy.ts'

// The gateway as a process of its own, as the supervisor starts it.
const { database, url } = await testDatabase()
const pepper = randomBytes(36).toString('base64')
const { tenancy, workspace } = testTenancy(database, { clock: systemClock, pepper })
const { scope } = await workspace()
const { secret: key } = await tenancy.createKey(scope, { name: 'test' })

/** Streams end when the test says so. */
const open: ServerResponse[] = []
const upstreamPort = await listen(
  createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"choices":[{"index":0,"delta":{"content":"abcd"}}]}\n\n')
    open.push(response)
  }),
)
await addModel('held', `http://127.0.0.1:${upstreamPort}/v1`)
const dataDir = spoolFolder()
const masterKeys = `test:${randomBytes(32).toString('base64')}`

async function addModel(slug: string, baseUrl: string): Promise<void> {
  const id = newId('mdl')
  await database.pool.query(
    `insert into models (id, workspace_id, type, name, slug, model_id, region, base_url, host) values ($1, $2, 'chat', $3, $3, 'x', 'own', $4, $5)`,
    [id, scope.workspaceId, slug, baseUrl, new URL(baseUrl).host],
  )
  await database.pool.query(
    `insert into model_addresses (workspace_id, address, model_id, kind) values ($1, $2, $3, 'slug')`,
    [scope.workspaceId, slug, id],
  )
}

function startGateway(workers: number, more: Record<string, string> = {}): Promise<GatewayProcess> {
  return startGatewayProcess({
    ...more,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    GATEWAY_WORKERS: String(workers),
    DATABASE_URL: url,
    PATCHBAY_DATA_DIR: dataDir,
    PATCHBAY_ALLOWED_ENDPOINTS: `127.0.0.1:${upstreamPort}`,
    PATCHBAY_MASTER_KEYS: masterKeys,
    NEXTAUTH_SECRET: randomBytes(36).toString('base64'),
    PATCHBAY_KEY_PEPPER: pepper,
    PATCHBAY_LOG_LEVEL: 'error',
  })
}

/** Resolves once all workers take calls; one alone makes the gateway ready. */
async function startWorkers(
  count: number,
  more?: Record<string, string>,
): Promise<GatewayProcess & { workers: number[] }> {
  const { rows: before } = await database.pool.query<{ id: string }>('select id from ledger.holders')
  const started = await startGateway(count, more)
  const workers = async () => {
    const { rows } = await database.pool.query<{ pid: number }>(
      `select pid from ledger.holders where process = 'gateway' and id <> all($1)`,
      [before.map(({ id }) => id)],
    )
    return rows.map(({ pid }) => pid)
  }
  await expect.poll(workers, { timeout: 30_000 }).toHaveLength(count)
  return { ...started, workers: await workers() }
}

function statusOf(address: string): Promise<number> {
  // Between two starts nobody may answer.
  return fetch(address, { signal: AbortSignal.timeout(2_000) }).then(
    (answer) => answer.status,
    () => 0,
  )
}

/** Resolves once new connections are refused. */
async function refused(port: number): Promise<void> {
  const code = () =>
    fetch(`http://127.0.0.1:${port}/health/ready`).then(
      ({ status }) => status,
      ({ cause }: { cause?: { code?: string } }) => cause?.code,
    )
  await expect.poll(code).toBe('ECONNREFUSED')
}

const streamCall = JSON.stringify({
  model: 'held',
  stream: true,
  stream_options: { include_usage: true },
  messages: [],
})

function call(port: number, body: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
  })
}

/** A connection of its own: what came on it so far, and all of it once it is closed. */
function openConnection(port: number): { socket: Socket; said(): string; closed: Promise<string> } {
  let text = ''
  const socket = connect(port, '127.0.0.1')
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.on('error', () => undefined)
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)))
  return { socket, said: () => text, closed }
}

const post = (port: number, body: string, announced = body.length) =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${announced}\r\n\r\n${body}`

async function startStream(port: number): Promise<{ id: string; rest: Promise<string>; upstream: ServerResponse }> {
  const answer = await call(port, streamCall)
  expect(answer.status).toBe(200)
  return { id: answer.headers.get('x-request-id')!, rest: answer.text(), upstream: open.pop()! }
}

async function recordOf(id: string): Promise<Record<string, unknown> | undefined> {
  const { rows } = await database.pool.query(
    'select outcome, status, error_code, usage_source, output_tokens from ledger.records where id = $1',
    [id],
  )
  return rows[0]
}

const end = 'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\ndata: [DONE]\n\n'

test.each([1, 2])(
  'SIGTERM lets 200 running streams end, takes no new call, writes all records down and exits with 0, workers: %i',
  async (workers) => {
    const { child, port, gone } = await startWorkers(workers)
    const early = openConnection(port)
    early.socket.write(post(port, streamCall))
    await expect.poll(early.said).toContain('abcd')
    const last = open.pop()!
    const streams = await Promise.all(Array.from({ length: 200 }, () => startStream(port)))
    child.kill('SIGTERM')
    await refused(port)
    // Whoever is connected already hears why.
    early.socket.write(`GET /health/ready HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n${post(port, streamCall)}`)
    for (const upstream of [last, ...streams.map(({ upstream }) => upstream)]) upstream.end(end)
    const rests = await Promise.all(streams.map(({ rest }) => rest))
    expect(rests.filter((rest) => !rest.endsWith(end))).toEqual([])
    expect((await early.closed).match(/HTTP\/1.1 \d+|this process is shutting down|shutting_down/g)).toEqual([
      ...['HTTP/1.1 200', 'HTTP/1.1 503', 'this process is shutting down', 'HTTP/1.1 503', 'shutting_down'],
    ])
    expect(await gone).toBe(0)
    const { rows } = await database.pool.query(
      'select outcome, output_tokens, count(*)::int from ledger.records where id = any($1) group by 1, 2',
      [streams.map(({ id }) => id)],
    )
    expect(rows).toEqual([{ outcome: 'ok', output_tokens: '2', count: 200 }])
  },
  80_000,
)

test.each([1, 2])(
  'what still runs at the end of the drain time is cut, and is on the record with what it used, workers: %i',
  async (workers) => {
    const { child, port, gone } = await startWorkers(workers, { PATCHBAY_DRAIN_SECONDS: '1' })
    const told = await startStream(port)
    const estimated = await startStream(port)
    const usage = { prompt_tokens: 7, completion_tokens: 5 }
    told.upstream.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x' } }], usage })}\n\n`)
    const whole = call(port, JSON.stringify({ model: 'held', messages: [] }))
    await expect.poll(() => open.length).toBe(1)
    const upstreams = [told.upstream, estimated.upstream, open.pop()!]
    const left = Promise.all(upstreams.map((upstream) => once(upstream, 'close')))
    // Its body never comes.
    const half = openConnection(port)
    half.socket.write(post(port, '{', 100))
    child.kill('SIGTERM')
    await refused(port)
    for (const { rest } of [told, estimated])
      expect(await rest).toMatch(/data: \{"error":\{[^\n]*"code":"shutting_down"[^\n]*\}\}\n\n$/)
    const answer = await whole
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ error: { code: 'shutting_down' } })
    await left
    await half.closed
    expect(await gone).toBe(0)
    const cut = { error_code: 'shutting_down' }
    const ofStream = { ...cut, outcome: 'truncated', status: 200 }
    expect(await recordOf(told.id)).toEqual({ ...ofStream, usage_source: 'provider', output_tokens: '5' })
    expect(await recordOf(estimated.id)).toEqual({ ...ofStream, usage_source: 'estimated', output_tokens: '1' })
    const ofWhole = { ...cut, outcome: 'error', status: 503, usage_source: 'estimated', output_tokens: '0' }
    expect(await recordOf(answer.headers.get('x-request-id')!)).toEqual(ofWhole)
  },
  80_000,
)

test('a worker that dies is replaced, and what it was doing is recorded as lost by the next one', async () => {
  const { child, port, workers } = await startWorkers(2)
  const stream = await startStream(port)
  const cut = expect(stream.rest).rejects.toThrow()
  for (const pid of workers) process.kill(pid, 'SIGKILL')
  await cut
  await expect.poll(() => statusOf(`http://127.0.0.1:${port}/health/ready`), { timeout: 40_000 }).toBe(200)
  await expect.poll(() => recordOf(stream.id), { timeout: 60_000 }).toMatchObject({ outcome: 'lost' })
  child.kill('SIGTERM')
}, 120_000)

test('no caller waits for a worker that has just died', async () => {
  const { child, port, workers } = await startWorkers(2)
  const call = () =>
    fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(10_000) }).then(
      () => 'answered',
      (error: Error) => (error.name === 'TimeoutError' ? 'left waiting' : 'refused'),
    )
  process.kill(workers[0]!, 'SIGKILL')
  expect(await Promise.all(Array.from({ length: 60 }, call))).not.toContain('left waiting')
  await expect.poll(call, { timeout: 30_000 }).toBe('answered')
  child.kill('SIGTERM')
}, 80_000)
