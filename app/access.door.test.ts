import { encode } from 'next-auth/jwt'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type Answer, accessDoors } from '#lib/testing/access-doors.ts'
import { type Entry, expectedStatus, isKey } from '#lib/testing/access-rules.ts'
import { actions, routes, spares } from '#lib/testing/access-table.ts'
import { type ActorName, accessWorld, actors, type Things } from '#lib/testing/access-world.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'

// Actions read the headers of their request through Next, which is not there: the test gives them.
const incoming = vi.hoisted(() => ({ headers: new Headers() }))
vi.mock('next/headers', () => ({ headers: async () => incoming.headers }))
// next-auth answers only inside of Next; what stands in front of it is ours.
vi.mock('next-auth', () => ({ default: () => async () => Response.json({}) }))

const { database, url } = await testDatabase()
const installation = await testInstallation(url)
const world = await accessWorld(installation, database, encode)

const doors = await accessDoors(world, (headers) => {
  incoming.headers = headers
})
const { knock } = doors

const isRoute = (name: string) => name in routes
const changesSomething = (name: string) => !isRoute(name) || !/^(GET|HEAD) /.test(name)
const statusFor = (name: string, entry: Entry, actor: ActorName) =>
  expectedStatus(entry, actor, isRoute(name) ? 'route' : 'action', changesSomething(name))
const table = { ...routes, ...actions }
const names = Object.keys(table)
const mayPass = (name: string, actor: ActorName) => statusFor(name, table[name]!, actor) === table[name]!.passes
const isDenied = (name: string, actor: ActorName) => !mayPass(name, actor) && table[name]!.kind !== 'open'

/** A digest of every table; what requests leave behind of themselves is no change. */
async function everything(): Promise<Record<string, string>> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename not like '\\_%' and tablename <> 'sign_in_attempts'`,
  )
  const digests: Record<string, string> = {}
  for (const { name } of rows) {
    const { rows: all } = await database.pool.query<{ digest: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') as digest from "${name}" t`,
    )
    digests[name] = all[0]!.digest
  }
  return digests
}

test('the table names every route handler and every server action, and nothing else', () => {
  expect([...doors.routes.keys()].sort()).toEqual(Object.keys(routes).sort())
  expect([...doors.actions.keys()].sort()).toEqual(Object.keys(actions).sort())
})

describe('who may not', () => {
  let before: Record<string, string>
  beforeAll(async () => {
    before = await everything()
  })

  test.each(names)('is turned away: %s', async (name) => {
    const wanted: Record<string, number> = {}
    const got: Record<string, number> = {}
    for (const actor of actors.filter((each) => isDenied(name, each))) {
      wanted[actor] = statusFor(name, table[name]!, actor)
      got[actor] = (await knock(name, actor)).status
    }
    expect(got).toEqual(wanted)
  })

  test('changes nothing by it', async () => {
    expect(await everything()).toEqual(before)
  })
})

describe('what is not here', () => {
  const inWorkspace = names.filter((name) => name.includes('[workspace]'))
  const byId = inWorkspace.filter((name) => {
    const { params, input } = table[name]!
    const named = (things: Things) => JSON.stringify([params?.(things), input?.length === 2 && input(world, things)])
    return table[name]!.kind !== 'operate' && named(world.elsewhere) !== named(world.nowhere)
  })

  /** Without what tells one request from another: ids, and the names that were asked for. */
  const plain = ({ status, body }: Answer, things: Things) => {
    let text = body.replaceAll(/req_[0-9a-z]{24}/g, 'req')
    for (const id of Object.values(things)) text = text.replaceAll(id, 'id')
    return { status, body: text }
  }

  test('is in no list of the neighbour', async () => {
    const ids = Object.values({ ...world.elsewhere, endpoint: world.elsewhere.slug })
    for (const name of Object.keys(routes).filter((each) => each.startsWith('GET ') && !each.includes('[id]'))) {
      const { body } = await knock(name, 'owner')
      expect(
        ids.filter((id) => body.includes(id)),
        name,
      ).toEqual([])
    }
  })

  test.each(inWorkspace)('a workspace of others answers like none at all: %s', async (name) => {
    for (const actor of ['owner', 'manage key'] as const) {
      const foreign = await knock(name, actor, { slug: world.elsewhere.slug })
      const absent = await knock(name, actor, { slug: world.nowhere.slug })
      expect(plain(foreign, world.elsewhere)).toEqual(plain(absent, world.nowhere))
      expect(foreign.status).toBe(!isRoute(name) && isKey(actor) ? 403 : 404)
    }
  })

  test.each(byId)('a thing of others answers like none at all: %s', async (name) => {
    const foreign = await knock(name, 'owner', { things: world.elsewhere })
    const absent = await knock(name, 'owner', { things: world.nowhere })
    expect(plain(foreign, world.elsewhere)).toEqual(plain(absent, world.nowhere))
    expect(foreign.status).toBe(404)
  })

  // Ids that stand in a body or a filter; what they find is the same as for ids that name nothing.
  const api = '/api/workspaces/[workspace]'
  const nested: [string, (things: Things) => object][] = [
    [`POST ${api}/keys`, ({ model }) => ({ name: 'x', modelIds: [model] })],
    [`PATCH ${api}/members/[userId]`, ({ key }) => ({ role: 'viewer', version: 1, keepKeyIds: [key] })],
    [`POST ${api}/models/[id]/rotate-key`, ({ model }) => ({ apiKey: 'sk-practice-nested00001', also: [model] })],
    [`POST ${api}/models/bulk`, ({ model }) => ({ ids: [model], action: 'disable' })],
    [`GET ${api}/models/health`, ({ model }) => ({ modelIds: model })],
    [`POST ${api}/models/offered`, ({ model }) => ({ id: model, baseUrl: installation.practice.url, noKey: true })],
    [
      `PATCH ${api}/models/[id]`,
      ({ validation }) => ({ version: 999_999, description: 'x', validationId: validation }),
    ],
    [`POST ${api}/try/[...path]`, ({ modelSlug }) => ({ model: modelSlug, input: 'x' })],
    [`GET ${api}/validations`, ({ model }) => ({ model })],
    [`GET ${api}/audit`, ({ model }) => ({ targetId: model })],
    [`GET ${api}/audit`, ({ member }) => ({ actorId: member })],
    [`GET ${api}/requests`, ({ model }) => ({ modelId: model })],
    [`GET ${api}/requests`, ({ key }) => ({ actorId: key })],
    [`GET ${api}/requests/export`, ({ model }) => ({ modelId: model })],
    [`GET ${api}/analytics/models`, ({ model }) => ({ modelIds: model })],
    [`GET ${api}/analytics/usage`, ({ model }) => ({ modelId: model, from: '2026-01-01', to: '2026-02-01' })],
    [`GET ${api}/analytics/overview`, ({ key }) => ({ actorId: key, from: '2026-01-01', to: '2026-02-01' })],
    [`GET ${api}/analytics/export`, ({ model }) => ({ modelId: model, from: '2026-01-01', to: '2026-02-01' })],
  ]
  test.each(nested)('an id of others inside finds nothing: %s', async (name, inputOf) => {
    const foreign = await knock(name, 'owner', { input: inputOf(world.elsewhere) })
    const absent = await knock(name, 'owner', { input: inputOf(world.nowhere) })
    expect(plain(foreign, world.elsewhere)).toEqual(plain(absent, world.nowhere))
    expect(foreign.body).not.toContain(world.elsewhere.slug)
  })
})

describe('who may', () => {
  test.each(names)('passes: %s', async (name) => {
    const wanted: Record<string, number> = {}
    const got: Record<string, number | string> = {}
    for (const actor of actors.filter((each) => !isDenied(name, each))) {
      const things = { ...world.here, ...(await spares[name]?.(world)) }
      const { status, body } = await knock(name, actor, { things })
      wanted[actor] = statusFor(name, table[name]!, actor)
      got[actor] = status === wanted[actor] ? status : `${status} ${body.slice(0, 300)}`
    }
    expect(got).toEqual(wanted)
  })
})
