import { randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
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

function startGateway(workers: number): Promise<GatewayProcess> {
  return startGatewayProcess({
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

/** Resolves once both workers take calls; one alone makes the gateway ready. */
async function startTwoWorkers(): Promise<GatewayProcess & { workers: number[] }> {
  const { rows: before } = await database.pool.query<{ id: string }>('select id from ledger.holders')
  const started = await startGateway(2)
  const workers = async () => {
    const { rows } = await database.pool.query<{ pid: number }>(
      `select pid from ledger.holders where process = 'gateway' and id <> all($1)`,
      [before.map(({ id }) => id)],
    )
    return rows.map(({ pid }) => pid)
  }
  await expect.poll(workers, { timeout: 30_000 }).toHaveLength(2)
  return { ...started, workers: await workers() }
}

function statusOf(address: string): Promise<number> {
  // Between two starts nobody may answer.
  return fetch(address, { signal: AbortSignal.timeout(2_000) }).then(
    (answer) => answer.status,
    () => 0,
  )
}

async function startStream(port: number): Promise<{ id: string; rest: Promise<string>; upstream: ServerResponse }> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'held', stream: true, stream_options: { include_usage: true }, messages: [] }),
  })
  expect(answer.status).toBe(200)
  return { id: answer.headers.get('x-request-id')!, rest: answer.text(), upstream: open.pop()! }
}

async function recordOf(id: string): Promise<Record<string, unknown> | undefined> {
  const { rows } = await database.pool.query('select outcome, output_tokens from ledger.records where id = $1', [id])
  return rows[0]
}

const end = 'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\ndata: [DONE]\n\n'

test('SIGTERM lets 200 running streams end, takes no new call, writes all records down and exits with 0', async () => {
  const { child, port, gone } = await startGateway(1)
  const streams = await Promise.all(Array.from({ length: 200 }, () => startStream(port)))
  child.kill('SIGTERM')
  await expect.poll(() => statusOf(`http://127.0.0.1:${port}/health/ready`)).not.toBe(200)
  for (const { upstream } of streams) upstream.end(end)
  const rests = await Promise.all(streams.map(({ rest }) => rest))
  expect(rests.filter((rest) => !rest.endsWith(end))).toEqual([])
  expect(await gone).toBe(0)
  const { rows } = await database.pool.query(
    'select outcome, output_tokens, count(*)::int from ledger.records where id = any($1) group by 1, 2',
    [streams.map(({ id }) => id)],
  )
  expect(rows).toEqual([{ outcome: 'ok', output_tokens: '2', count: 200 }])
}, 80_000)

test('a worker that dies is replaced, and what it was doing is recorded as lost by the next one', async () => {
  const { child, port, workers } = await startTwoWorkers()
  const stream = await startStream(port)
  const cut = expect(stream.rest).rejects.toThrow()
  for (const pid of workers) process.kill(pid, 'SIGKILL')
  await cut
  await expect.poll(() => statusOf(`http://127.0.0.1:${port}/health/ready`), { timeout: 40_000 }).toBe(200)
  await expect.poll(() => recordOf(stream.id), { timeout: 60_000 }).toMatchObject({ outcome: 'lost' })
  child.kill('SIGTERM')
}, 120_000)

test('no caller waits for a worker that has just died', async () => {
  const { child, port, workers } = await startTwoWorkers()
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
