import { randomBytes } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { createServer, request as forward, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { encode } from 'next-auth/jwt'
import { beforeAll, expect, test, vi } from 'vitest'
import { accessDoors } from '#lib/testing/access-doors.ts'
import { spares } from '#lib/testing/access-table.ts'
import { accessWorld } from '#lib/testing/access-world.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen } from '#lib/testing/doors.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { startGatewayProcess } from '#lib/testing/processes.ts'

const incoming = vi.hoisted(() => ({ headers: new Headers() }))
vi.mock('next/headers', () => ({ headers: async () => incoming.headers }))
vi.mock('next-auth', () => ({ default: () => async () => Response.json({}) }))

/** Of the provider's key: what comes before says only whose key it is. */
const secretPart = randomBytes(24).toString('hex')
const canary = `sk-practice-${secretPart}`

/** Ways in which a server gives our own key back. The same for every path. */
const echoes: Record<string, (response: ServerResponse) => void> = {
  'in an error': (response) => json(response, 401, error(`Incorrect API key provided: ${canary}.`)),
  'in the code of an error': (response) =>
    json(response, 400, { error: { message: 'No.', code: canary, param: canary } }),
  'in an error with status 200': (response) => json(response, 200, error(`The key ${canary} has no credit.`)),
  'in an error of text': (response) =>
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`Bearer ${canary}`),
  'in a page': (response) => response.writeHead(502, { 'content-type': 'text/html' }).end(`<h1>${canary}</h1>`),
  'in half an answer': (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(`{"a":"${canary}`),
  'escaped in an error': (response) =>
    response
      .writeHead(403, { 'content-type': 'application/json' })
      .end(
        `{"error":{"message":"${[...canary].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join('')}"}}`,
      ),
  'in pieces of an error': (response) => json(response, 400, error(`${canary.slice(0, 30)} ... ${canary.slice(-20)}`)),
  'in headers': (response) =>
    json(response.setHeader('x-request-id', canary).setHeader('retry-after', canary), 429, error('Slow down.')),
  'in a redirect': (response) => response.writeHead(307, { location: `https://x.example/?key=${canary}` }).end(),
  'in an event that is an error': (response) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': canary })
      .end(`data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\ndata: ${JSON.stringify(error(canary))}\n\n`),
  'in a list of models': (response) =>
    json(response, 200, { object: 'list', data: [{ id: canary, owned_by: canary }] }),
}

function error(message: string): object {
  return { error: { message, type: canary, param: null, code: 'x' } }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** The practice provider, until it echoes. */
let echo: ((response: ServerResponse) => void) | undefined
const received: string[] = []
const between = createServer((request, response) => {
  received.push(String(request.headers.authorization))
  if (echo) {
    request.resume()
    echo(response)
    return
  }
  const { method, url, headers } = request
  const target = { port: practice.port, host: '127.0.0.1', method, path: url, headers }
  request.pipe(
    forward(target, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    }),
  )
})
const host = `127.0.0.1:${await listen(between)}`
const baseUrl = `http://${host}/v1`

const { database, url } = await testDatabase()
const installation = await testInstallation(url, { allowedEndpoints: host })
const { practice, runtime } = installation
const world = await accessWorld(installation, database, encode, { apiKey: canary, baseUrl })
const doors = await accessDoors(world, (headers) => {
  incoming.headers = headers
})
const gateway = await startGatewayProcess({ ...installation.variables, PATCHBAY_LOG_LEVEL: 'debug' })
const answers: string[] = []

async function call(path: string, body: object): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${gateway.port}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  answers.push(JSON.stringify(Object.fromEntries(answer.headers)), await answer.text())
  return answer.status
}

/** The windows of eight characters of a secret, as they are, and the whole in other spellings. */
function tracesOf(secret: string, texts: readonly string[]): string[] {
  const windows = Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8))
  const bytes = Buffer.from(secret)
  const spellings = [0, 1, 2].map((shift) => bytes.subarray(shift, shift + 12).toString('base64'))
  const wanted = [
    ...windows,
    ...spellings,
    bytes.subarray(0, 8).toString('hex'),
    [...secret.slice(0, 8)].reverse().join(''),
  ]
  return texts.flatMap((text) => {
    const found = wanted.find((part) => text.includes(part))
    if (found === undefined) return []
    const at = text.indexOf(found)
    return [text.slice(Math.max(0, at - 200), at + 50)]
  })
}

async function everyRow(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const texts: string[] = []
  for (const { name } of rows) {
    const all = await database.pool.query<{ row: string }>(`select t::text as row from ${name} t`)
    texts.push(...all.rows.map(({ row }) => `${name} ${row}`))
  }
  return texts
}

function everyFile(): string[] {
  const { dataDir } = installation.env
  return globSync('**/*', { cwd: dataDir })
    .map((name) => join(dataDir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path} ${readFileSync(path, 'latin1')}`)
}

// A step is a hook of its own: each has the time of one step, however many doors and echoes there come to be.
const { here } = world

beforeAll(async () => {
  expect(await call('embeddings', { model: here.modelSlug, input: 'x' })).toBe(200)
})

// The key works, by way of everything that stands in the app.
for (const name of [...doors.routes.keys(), ...doors.actions.keys()])
  beforeAll(async () => {
    for (const actor of ['owner', 'manage key', 'viewer'] as const) {
      const things = { ...here, ...(await spares[name]?.(world)) }
      answers.push((await doors.knock(name, actor, { things })).body)
    }
  })

beforeAll(async () => {
  const chat = { ...world.form(), name: 'Chat', type: 'chat', modelId: 'practice-chat', slug: 'chat' }
  const input = { input: chat }
  expect((await doors.knock('POST /api/workspaces/[workspace]/models', 'owner', input)).status).toBe(201)
  expect(received).toContain(`Bearer ${canary}`)
})

// It is given back by the server in every way, to callers and to validations of a new and of a stored model.
for (const [way, answer] of Object.entries(echoes)) {
  // To some calls a list is a good answer, which is passed on as it is.
  const isAnswer = way === 'in a list of models'
  beforeAll(async () => {
    echo = answer
    const messages = [{ role: 'user', content: 'x' }]
    await call('chat/completions', { model: 'chat', messages })
    await call('chat/completions', { model: 'chat', messages, stream: true })
    if (!isAnswer) await call('embeddings', { model: here.modelSlug, input: 'x' })
  })
  for (const name of [
    'POST /api/workspaces/[workspace]/models',
    'POST /api/workspaces/[workspace]/models/validate',
    'POST /api/workspaces/[workspace]/models/[id]/validate',
    'POST /api/workspaces/[workspace]/models/[id]/rotate-key',
    'POST /api/workspaces/[workspace]/models/offered',
    ...(isAnswer ? [] : ['POST /api/workspaces/[workspace]/try/[...path]']),
  ])
    beforeAll(async () => {
      answers.push((await doors.knock(name, 'owner')).body)
    })
}

/** What everything is read as, once it has happened. */
const shown = new Map<string, string>()
beforeAll(async () => {
  echo = undefined
  await runtime.ledger.flush()
  for (const name of [...doors.routes.keys()].filter((each) => each.startsWith('GET '))) {
    const { status, body } = await doors.knock(name, 'owner')
    answers.push(body)
    if (status === 200) shown.set(name.replace('GET /api/workspaces/[workspace]/', ''), body)
  }
})

test('the search itself finds a secret, whole, in part and spelled otherwise', () => {
  expect(tracesOf(secretPart, [`a${secretPart}b`])).toHaveLength(1)
  expect(tracesOf(secretPart, [secretPart.slice(11, 19)])).toHaveLength(1)
  expect(tracesOf(secretPart, [Buffer.from(`xy${secretPart}`).toString('base64')])).toHaveLength(1)
  expect(tracesOf(secretPart, [secretPart.slice(11, 18)])).toHaveLength(0)
})

test('no answer of the API, of an action or of the gateway holds eight characters of the key', () => {
  expect(answers.length).toBeGreaterThan(300)
  expect(tracesOf(secretPart, answers)).toEqual([])
})

test.each([
  ['models/export', 'practice-embed'],
  ['requests/export', 'upstream_auth_failed'],
  ['analytics/export', 'Chat,mdl_'],
  ['models/[id]/profile', 'learned'],
  ['validations/[id]', 'evidence'],
  ['audit', 'model.'],
  ['notices', 'ntc_'],
  ['GET /api/openapi.json', '/models/export'],
])('%s was among them, with something in it', (name, holds) => {
  expect(shown.get(name)).toContain(holds)
})

test('no row of any table holds eight characters of it', async () => {
  const rows = await everyRow()
  expect(rows.filter((row) => row.startsWith('ledger.records')).length).toBeGreaterThan(50)
  expect(rows.filter((row) => row.startsWith('public.validations')).length).toBeGreaterThan(10)
  expect(tracesOf(secretPart, rows)).toEqual([])
})

test('no line of the log holds eight characters of it, down to debug', () => {
  expect(tracesOf(secretPart, [...installation.logged, ...gateway.said().split('\n')])).toEqual([])
})

// Killed, the gateway leaves its spool as it is.
test('no file of the data folder holds eight characters of it', async () => {
  gateway.child.kill('SIGKILL')
  await gateway.gone
  const files = everyFile()
  expect(files.filter((text) => text.includes('"sta')).length).toBeGreaterThan(0)
  expect(tracesOf(secretPart, files)).toEqual([])
})

test("nor is there a caller's key but in the answer that made it", async () => {
  const secret = world.secret.split('_')[3]!
  expect(
    tracesOf(secret, [...(await everyRow()), ...everyFile(), ...installation.logged, gateway.said(), ...answers]),
  ).toEqual([])
})
