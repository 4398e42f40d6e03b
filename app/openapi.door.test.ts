import { encode } from 'next-auth/jwt'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { openApiDocument } from '#lib/reference/index.ts'
import type { JsonSchema, OperationObject } from '#lib/reference/schema.ts'
import { accessDoors } from '#lib/testing/access-doors.ts'
import { routes, spares } from '#lib/testing/access-table.ts'
import { type ActorName, accessWorld, type Things } from '#lib/testing/access-world.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { documentedRoutes } from '#lib/testing/documented-routes.ts'
import { testInstallation } from '#lib/testing/installation.ts'

const incoming = vi.hoisted(() => ({ headers: new Headers() }))
vi.mock('next/headers', () => ({ headers: async () => incoming.headers }))
// next-auth answers only inside of Next; nothing here asks it.
vi.mock('next-auth', () => ({ default: () => async () => Response.json({}) }))

const { database, url } = await testDatabase()
const installation = await testInstallation(url)
const world = await accessWorld(installation, database, encode)
const { knock } = await accessDoors(world, (headers) => {
  incoming.headers = headers
})
const document = openApiDocument({ studioUrl: 'http://localhost:3000', gatewayUrl: 'http://localhost:4000' })

/** The document's own schema, references and all, as a check. */
function checkOf(schema: JsonSchema): z.ZodType {
  const whole = JSON.stringify({ ...schema, $defs: document.components.schemas })
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')))
}

/** The document's operation that a route of the access table serves, called with these parts of the path. */
function operationOf(name: string, things: Things): OperationObject {
  const [method = '', path = ''] = name.split(' ')
  const params = routes[name]!.params?.(things) ?? {}
  const spelled = path
    .replace(/\[\.\.\.(\w+)\]/, (_, part: string) => [params[part]].flat().join('/'))
    .replaceAll(/\[(\w+)\]/g, '{$1}')
  return document.paths[spelled]![method.toLowerCase()]!
}

function expectDescribed(operation: OperationObject, { status, body }: { status: number; body: string }): void {
  const described = operation.responses[status]
  expect(described, `${operation.operationId} answers ${status}: ${body.slice(0, 300)}`).toBeDefined()
  const schema = described!.content?.['application/json']?.schema
  const other = Object.keys(described!.content ?? {}).some((type) => type !== 'application/json')
  if (!schema) {
    if (!other) expect(body).toBe('')
    return
  }
  const result = checkOf(schema).safeParse(JSON.parse(body))
  expect(result.error?.issues, `${operation.operationId} ${status}: ${body.slice(0, 300)}`).toBeUndefined()
}

const whoMay: Record<string, ActorName> = { operate: 'operator', call: 'inference key' }

const api = '/api/workspaces/[workspace]'
/** Whose answers hold what is shown once. */
const toldOnce = new Set([
  ...[`POST ${api}/keys`, `POST ${api}/invitations`],
  ...[`POST ${api}/alerts/channels`, `POST ${api}/alerts/channels/[id]/secret`],
])

describe('answers are as the document says', () => {
  test.each(documentedRoutes)('to those who may: %s', async (name) => {
    const things = { ...world.here, ...(await spares[name]?.(world)) }
    const actor = whoMay[routes[name]!.kind] ?? 'owner'
    const operation = operationOf(name, things)
    const isOnce = name.includes('[workspace]') && operation.parameters?.some(({ in: where }) => where === 'header')
    const input = await routes[name]!.input?.(world, things)
    const headers: Record<string, string> = isOnce ? { 'idempotency-key': name.replaceAll(' ', ':') } : {}
    const answer = await knock(name, actor, { things, headers, input })
    expectDescribed(operation, answer)
    if (!isOnce || answer.status >= 400) return
    // Sent again: nothing more happens, and the answer is the same unless it was told once.
    const again = await knock(name, actor, { things, headers, input })
    expectDescribed(operation, again)
    if (toldOnce.has(name)) expect(JSON.parse(again.body).error.code).toBe('answer_not_kept')
    else {
      expect(again.headers.get('x-patchbay-replay-of')).toMatch(/^req_/)
      expect([again.status, again.body]).toEqual([answer.status, answer.body])
    }
  })

  test('whatever changes something of a workspace can be sent with an Idempotency-Key, but for files', () => {
    const without = documentedRoutes.filter(
      (name) =>
        name.includes('[workspace]') &&
        !name.startsWith('GET ') &&
        !operationOf(name, world.here).parameters?.some((each) => each.name === 'Idempotency-Key'),
    )
    expect(without).toEqual([`PUT ${api}/datasets/[id]/imports/[importId]/content`])
  })

  test.each(documentedRoutes.filter((name) => routes[name]!.kind !== 'open'))(
    'to those who may not: %s',
    async (name) => {
      for (const actor of ['anonymous', 'no member', 'viewer', 'inference key', 'read key'] as const) {
        if (actor !== 'anonymous' && routes[name]!.kind === 'person') continue
        const answer = await knock(name, actor)
        if (answer.status >= 400) expectDescribed(operationOf(name, world.here), answer)
      }
    },
  )

  test.each(documentedRoutes.filter((name) => name.includes('[workspace]')))('to a wrong input: %s', async (name) => {
    const input = name.startsWith('GET ')
      ? { limit: 'many', range: 'forever', model: 'x'.repeat(300), modelIds: 'x'.repeat(300) }
      : { version: 'none', baseUrl: 7, name: 8, entry: 9, email: 1, also: 1, verdict: 'maybe', keepKeyIds: 'x' }
    const things = { ...world.here, ...(await spares[name]?.(world)) }
    const answer = await knock(name, whoMay[routes[name]!.kind] ?? 'owner', { input, things })
    expectDescribed(operationOf(name, things), answer)
  })
})

describe('answers to what changes something are as the document says', () => {
  test('a model and its workspace, edited at the version that was read', async () => {
    const edit = async (name: string, change: object) => {
      const { version } = JSON.parse((await knock(name.replace('PATCH', 'GET'), 'owner')).body)
      const answer = await knock(name, 'owner', { input: { version, ...change } })
      expect(answer.status, answer.body).toBe(200)
      expectDescribed(operationOf(name, world.here), answer)
    }
    await edit(`PATCH ${api}/models/[id]`, { description: 'New words', inputPrice: '0.1' })
    await edit(`PATCH ${api}/models/[id]`, { state: 'disabled' })
    await edit(`PATCH ${api}/models/[id]`, { state: 'active' })
    await edit(`PATCH ${api}/keys/[id]`, { name: 'renamed' })
    await edit(`PATCH ${api}`, { name: 'New name' })
  })

  test('a model that does not answer: 422 with its checks', async () => {
    const input = { ...world.form(), modelId: 'no-such-model' }
    const answer = await knock(`POST ${api}/models`, 'owner', { input })
    expect(answer.status).toBe(422)
    expectDescribed(operationOf(`POST ${api}/models`, world.here), answer)
  })

  test('a chat model: its whole validation', async () => {
    const input = { ...world.form(), type: 'chat', modelId: 'practice-chat', inputPrice: '1', outputPrice: '2' }
    const answer = await knock(`POST ${api}/models/validate`, 'owner', { input })
    expect(answer.status).toBe(200)
    expectDescribed(operationOf(`POST ${api}/models/validate`, world.here), answer)
  })
})

test('the document is served as it is made, with the addresses of this installation', async () => {
  const { status, body } = await knock('GET /api/openapi.json', 'anonymous')
  expect(status).toBe(200)
  const served = JSON.parse(body)
  expect(served.paths).toEqual(JSON.parse(JSON.stringify(document.paths)))
  expect(served.servers.map(({ url }: { url: string }) => url)).toEqual([
    'http://127.0.0.1:3000',
    'http://localhost:4000',
  ])
})
