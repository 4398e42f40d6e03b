import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { encode } from 'next-auth/jwt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import { Leave } from '#lib/core/leave.ts'
import type { Env } from '#lib/platform/env.ts'
import { type Runtime, setRuntime } from '#lib/runtime.ts'
import type { Person } from '#lib/tenancy/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testTenancy } from '#lib/testing/tenancy.ts'
import { eventStream } from './event-stream.ts'
import { watchPeers } from './peers.ts'
import { isLoopbackVisit, readRequest } from './request.ts'
import { personRoute, route } from './route.ts'

const { database } = await testDatabase()
const { tenancy, workspace } = testTenancy(database)
const env: Env = {
  host: '127.0.0.1',
  port: 0,
  publicUrl: undefined,
  publicGatewayUrl: undefined,
  trustedProxies: [],
  sessionSecret: 'a secret of this test, long enough to pass',
} as unknown as Env
const logged: unknown[] = []

// The handler under test, as Next would call it.
let handler: (request: Request) => Promise<Response>
let server: Server
let origin: string

beforeAll(async () => {
  const logger = { error: (entry: unknown) => logged.push(entry) }
  setRuntime({ env, tenancy, logger, stopping: new Leave() } as unknown as Runtime)
  watchPeers()
  server = createServer((incoming, outgoing) => void serve(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  env.port = (server.address() as AddressInfo).port
  origin = `http://127.0.0.1:${env.port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const isReading = incoming.method === 'GET'
  const request = new Request(`${origin}${incoming.url}`, {
    method: incoming.method!,
    headers: incoming.headers as Record<string, string>,
    ...(!isReading && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' }),
  })
  const response = await handler(request)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (response.body) pipeline(Readable.fromWeb(response.body as never), outgoing, () => undefined)
  else outgoing.end()
}

interface Sent {
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: string
}

function call({ method = 'GET', path = '/', headers = {}, body }: Sent) {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; body: string }>((resolve, reject) => {
    const outgoing = send(`${origin}${path}`, { method, headers }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      incoming.on('end', () => resolve({ status: incoming.statusCode!, headers: incoming.headers, body: text }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function cookieOf(person: Person): Promise<string> {
  const token = await encode({ token: { sub: person.id, version: person.sessionVersion }, secret: env.sessionSecret })
  return `other=1; patchbay.session=${token}`
}

const inWorkspace = (slug: string, handle: Parameters<typeof route>[0], options?: Parameters<typeof route>[1]) => {
  handler = (request) => route(handle, options)(request, { params: Promise.resolve({ workspace: slug }) })
}

describe('a route of a workspace', () => {
  it('lets members in by cookie, keys by scope, and nobody else', async () => {
    const { owner, scope, view } = await workspace()
    const other = await workspace()
    const reader = await tenancy.createKey(scope, { name: 'reader', scopes: ['read'] })
    const caller = await tenancy.createKey(scope, { name: 'caller' })
    inWorkspace(view.slug, ({ scope: { workspaceId, actor } }) => ({ workspaceId, actor }))
    const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })

    const seen = await call({ headers: { cookie: await cookieOf(owner) } })
    expect(seen.status).toBe(200)
    expect(JSON.parse(seen.body)).toMatchObject({ workspaceId: view.id, actor: { kind: 'user', id: owner.id } })
    expect(seen.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    expect((await call({ headers: bearer(reader.secret) })).status).toBe(200)
    expect((await call({ method: 'POST', headers: bearer(reader.secret) })).status).toBe(403)
    expect((await call({ headers: bearer(caller.secret) })).status).toBe(403)
    expect((await call({})).status).toBe(401)
    expect((await call({ headers: bearer('pb_live_x') })).status).toBe(401)
    expect((await call({ headers: { ...bearer(reader.secret), 'x-api-key': caller.secret } })).status).toBe(400)
    expect((await call({ headers: { cookie: await cookieOf(other.owner) } })).status).toBe(404)
    // A wrong key is never made good by a cookie.
    expect((await call({ headers: { ...bearer('pb_live_x'), cookie: await cookieOf(owner) } })).status).toBe(401)
  })

  it('ends with the session: another version, another secret, no person', async () => {
    const { owner, view } = await workspace()
    inWorkspace(view.slug, () => ({}))
    const cookie = await cookieOf(owner)
    expect((await call({ headers: { cookie } })).status).toBe(200)
    await tenancy.endSessions(owner)
    expect(JSON.parse((await call({ headers: { cookie } })).body).error.code).toBe('session_ended')
    const forged = await encode({ token: { sub: owner.id, version: 2 }, secret: 'another secret' })
    expect((await call({ headers: { cookie: `patchbay.session=${forged}` } })).status).toBe(401)
  })

  it('changes nothing by a cookie without our own Origin, and needs none with a key', async () => {
    const { owner, scope, view } = await workspace()
    let changes = 0
    inWorkspace(view.slug, () => {
      changes++
    })
    const cookie = await cookieOf(owner)
    for (const foreign of [
      undefined,
      'null',
      'https://evil.example',
      `${origin}.evil.example`,
      `http://localhost:${env.port}`,
    ]) {
      const headers: Record<string, string> = { cookie, ...(foreign && { origin: foreign }) }
      expect((await call({ method: 'POST', headers })).status).toBe(403)
    }
    expect(changes).toBe(0)
    expect((await call({ method: 'POST', headers: { cookie, origin } })).status).toBe(204)
    const { secret } = await tenancy.createKey(scope, { name: 'x', scopes: ['manage'] })
    expect((await call({ method: 'DELETE', headers: { 'api-key': secret } })).status).toBe(204)
    expect(changes).toBe(2)
  })

  it('answers 421 to a Host that is not ours', async () => {
    const { owner, view } = await workspace()
    inWorkspace(view.slug, () => ({}))
    const cookie = await cookieOf(owner)
    for (const host of ['evil.example', '127.0.0.1', `127.0.0.1:${env.port + 1}`]) {
      expect((await call({ headers: { cookie, host } })).status).toBe(421)
    }
    expect((await call({ headers: { cookie, host: `LOCALHOST:${env.port}` } })).status).toBe(200)
  })

  it('takes JSON objects up to its size, and queries with lists', async () => {
    const { scope, view } = await workspace()
    const { secret } = await tenancy.createKey(scope, { name: 'x', scopes: ['manage'] })
    inWorkspace(view.slug, ({ input }) => input, { bodyBytesMax: 100 })
    const headers = { 'x-api-key': secret, 'content-type': 'application/json; charset=utf-8' }
    const post = (body: string, more = {}) => call({ method: 'POST', headers: { ...headers, ...more }, body })
    expect(JSON.parse((await post('{"a":"ä"}')).body)).toEqual({ a: 'ä' })
    for (const bad of ['{', '[]', 'null', '"x"', '{"a":"\uD800"'.slice(0, -1)])
      expect((await post(bad)).status).toBe(400)
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post(`{"a":"${'x'.repeat(100)}"}`)).status).toBe(413)
    expect(JSON.parse((await call({ path: '/?a=1&b=2&b=3', headers })).body)).toEqual({ a: '1', b: ['2', '3'] })
  })

  it('shows errors of ours with fields and id, and nothing of any other', async () => {
    const { scope, view } = await workspace()
    const { secret } = await tenancy.createKey(scope, { name: 'x', scopes: ['read'] })
    const failing = async (error: unknown) => {
      inWorkspace(view.slug, () => Promise.reject(error))
      const answer = await call({ headers: { 'x-api-key': secret } })
      return { ...answer, body: JSON.parse(answer.body) as { error: Record<string, unknown>; checks?: unknown } }
    }
    const wrong = await failing(invalidInput('Fix it.', { baseUrl: 'Not a URL.' }))
    expect(wrong).toMatchObject({
      status: 400,
      body: {
        error: {
          message: 'Fix it.',
          type: 'invalid_request_error',
          param: 'baseUrl',
          fields: { baseUrl: 'Not a URL.' },
        },
      },
    })
    expect(wrong.body.error.request_id).toBe(wrong.headers['x-request-id'])
    const checks = new AppError({
      kind: 'invalid_input',
      code: 'validation_failed',
      message: 'No.',
      details: { checks: [1] },
    })
    expect(await failing(checks)).toMatchObject({
      status: 422,
      body: { checks: [1], error: { code: 'validation_failed' } },
    })
    const busy = await failing(
      new AppError({ kind: 'limit_exceeded', code: 'x', message: 'Later.', retryAfterMs: 1500 }),
    )
    expect(busy).toMatchObject({ status: 429, headers: { 'retry-after': '2' } })
    const unknown = await failing(new Error('password=hunter2'))
    expect(unknown.status).toBe(500)
    expect(JSON.stringify(unknown.body)).not.toContain('hunter2')
    expect(logged).toHaveLength(1)
  })

  it('streams events with our headers and ends the iteration when the reader leaves', async () => {
    const { scope, view } = await workspace()
    const { secret } = await tenancy.createKey(scope, { name: 'x', scopes: ['read'] })
    let ended: () => void
    const left = new Promise<void>((resolve) => {
      ended = resolve
    })
    inWorkspace(view.slug, () =>
      eventStream(
        (async function* () {
          try {
            for (let n = 0; ; n++) yield { event: 'tick', id: String(n), data: { n } }
          } finally {
            ended()
          }
        })(),
      ),
    )
    const first = await new Promise<string>((resolve, reject) => {
      send(`${origin}/`, { headers: { 'x-api-key': secret } }, (incoming) => {
        incoming.once('data', (chunk: Buffer) => {
          resolve(chunk.toString())
          incoming.destroy()
        })
      })
        .on('error', reject)
        .end()
    })
    expect(first).toMatch(/^id: 0\nevent: tick\ndata: {"n":0}\n\n/)
    await left
  })
})

describe('a person’s route', () => {
  it('is answered also where its path has no parameters, which Next then leaves out', async () => {
    const { owner } = await workspace()
    handler = (request) => personRoute(({ params }) => ({ params }))(request, { params: Promise.resolve(undefined) })
    expect(await call({ headers: { cookie: await cookieOf(owner) } })).toMatchObject({
      status: 200,
      body: '{"params":{}}',
    })
  })

  it('is closed to keys', async () => {
    const { owner, scope } = await workspace()
    const { secret } = await tenancy.createKey(scope, { name: 'x', scopes: ['manage'] })
    handler = (request) => personRoute(({ person }) => ({ id: person.id }))(request, { params: Promise.resolve({}) })
    expect(JSON.parse((await call({ headers: { cookie: await cookieOf(owner) } })).body)).toEqual({ id: owner.id })
    expect((await call({ headers: { authorization: `Bearer ${secret}` } })).status).toBe(401)
  })
})

describe('where a request comes from', () => {
  const look = async (headers: Record<string, string>, rules: Partial<Env> = {}) => {
    handler = async (request) => {
      const all = { ...env, ...rules }
      return Response.json({
        address: readRequest(request.headers, all).address,
        loopback: isLoopbackVisit(request.headers, all),
      })
    }
    return JSON.parse((await call({ headers })).body) as { address: string; loopback: boolean }
  }

  it('is what the connection says, not what a caller claims', async () => {
    expect(await look({})).toEqual({ address: '127.0.0.1', loopback: true })
    expect(await look({ 'x-forwarded-for': '8.8.8.8' })).toEqual({ address: '127.0.0.1', loopback: false })
    expect(await look({ 'x-patchbay-peer': 'x 0 8.8.8.8' })).toEqual({ address: '127.0.0.1', loopback: true })
  })

  it('is read from a trusted proxy’s header, from the right, and stops at the first stranger', async () => {
    const { readSettings } = await import('#lib/platform/env.ts')
    const { trustedProxies } = readSettings({ TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.0/8' })
    expect((await look({ 'x-forwarded-for': '1.1.1.1, 8.8.8.8, 10.0.0.7' }, { trustedProxies })).address).toBe(
      '8.8.8.8',
    )
    expect((await look({ 'x-forwarded-for': 'nonsense' }, { trustedProxies })).address).toBe('127.0.0.1')
  })

  it('is no loopback visit under another name or with a public address', async () => {
    expect((await look({ host: 'evil.example' })).loopback).toBe(false)
    expect((await look({}, { publicUrl: new URL('https://patchbay.example') })).loopback).toBe(false)
  })
})
