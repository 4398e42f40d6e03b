import { beforeAll, expect, test } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel } from '#lib/testing/ledger.ts'
import { testModels } from '#lib/testing/models.ts'

const { database } = await testDatabase()
const house = await testModels(database)
const { models, directory, feed, scope } = house

/** A model of the workspace, called by its id. */
async function model(name: string, type = 'chat'): Promise<string> {
  const { modelId } = await addModel(database.pool, scope.workspaceId, { name })
  await database.pool.query('update models set type = $2 where id = $1', [modelId, type])
  await database.pool.query(
    "insert into model_addresses (workspace_id, address, model_id, kind) values ($1, $2, $3, 'slug')",
    [scope.workspaceId, modelId, modelId],
  )
  return modelId
}

async function planOf(id: string) {
  await feed.refresh()
  const resolved = directory.resolve(scope.workspaceId, id, 'chat')
  if (!resolved.ok) throw new Error(resolved.code)
  const { plan } = resolved
  return { retry: plan.retry, fallbacks: plan.fallbacks?.map(({ entry }) => entry.id) }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof AppError ? `${error.kind} ${error.code}` : String(error)
}

let first = ''
let second = ''
let third = ''
beforeAll(async () => {
  first = await model('First')
  second = await model('Second')
  third = await model('Third')
})

test('a model has no routing of its own until somebody gives it one', async () => {
  expect(await models.getRouting(scope, { id: first })).toMatchObject({ retry: null, fallbacks: [] })
  expect(await planOf(first)).toEqual({ retry: undefined, fallbacks: undefined })
})

test('retries and fallbacks are compiled into the plan, with the price of each', async () => {
  const { version } = await models.getRouting(scope, { id: first })
  const view = await models.updateRouting(scope, {
    id: first,
    version,
    retry: { count: 2, onCodes: [429, 503] },
    fallbacks: [third, second],
  })
  expect(view).toMatchObject({ version: version + 1, retry: { count: 2, onCodes: [429, 503] } })
  expect(view.fallbacks.map(({ name, takesPart }) => [name, takesPart])).toEqual([
    ['Third', true],
    ['Second', true],
  ])
  expect(await planOf(first)).toEqual({
    retry: { count: 2, onCodes: new Set([429, 503]) },
    fallbacks: [third, second],
  })
  const resolved = directory.resolve(scope.workspaceId, first, 'chat')
  expect(resolved.ok && resolved.plan.fallbacks?.[0]?.entry.price?.id).toMatch(/^prc_/)
})

test('a fallback cannot be deleted; pointed elsewhere it takes the new one’s place', async () => {
  expect(await models.listUses(scope, { id: second })).toEqual([
    { kind: 'fallback', refId: first, label: 'Fallback of First' },
  ])
  expect(await codeOf(models.deleteModel(scope, { id: second }))).toBe('conflict model_in_use')
  const fourth = await model('Fourth')
  await models.repointUses(scope, { id: second, uses: [{ kind: 'fallback', refId: first, to: fourth }] })
  expect((await planOf(first)).fallbacks).toEqual([third, fourth])
  expect(
    await codeOf(models.repointUses(scope, { id: fourth, uses: [{ kind: 'fallback', refId: first, to: first }] })),
  ).toBe('invalid_input invalid_request')
  await models.deleteModel(scope, { id: second })
})

test('a fallback that is disabled takes no part, and is there again once it is enabled', async () => {
  await database.pool.query("update models set state = 'disabled' where id = $1", [third])
  expect((await planOf(first)).fallbacks).not.toContain(third)
  const view = await models.getRouting(scope, { id: first })
  expect(view.fallbacks.find(({ modelId }) => modelId === third)?.takesPart).toBe(false)
  await database.pool.query("update models set state = 'active' where id = $1", [third])
  expect((await planOf(first)).fallbacks).toContain(third)
})

test('what cannot be a fallback is refused by its place', async () => {
  const embedder = await model('Embedder', 'embedding')
  const { workspace } = house
  const foreign = (await addModel(database.pool, (await workspace()).scope.workspaceId)).modelId
  const { version } = await models.getRouting(scope, { id: third })
  const set = (fallbacks: string[]) => models.updateRouting(scope, { id: third, version, fallbacks })
  for (const bad of [third, embedder, foreign, 'nothing']) {
    const error = await set([bad]).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).fields).toHaveProperty('fallbacks.0')
  }
  expect(await codeOf(set(Array(6).fill(first)))).toMatch(/^invalid_input/)
  expect(await codeOf(models.updateRouting(scope, { id: third, version, retry: { count: 6 } }))).toMatch(
    /^invalid_input/,
  )
  expect(
    await codeOf(models.updateRouting(scope, { id: third, version, retry: { count: 1, onCodes: [401] } })),
  ).toMatch(/^invalid_input/)
})

test('a stale edit is refused, and so is a member who may not manage', async () => {
  const { version } = await models.getRouting(scope, { id: first })
  expect(await codeOf(models.updateRouting(scope, { id: first, version: version + 1, retry: null }))).toBe(
    'conflict stale_version',
  )
  const developer = { ...scope, role: 'developer' as const }
  expect(await codeOf(models.updateRouting(developer, { id: first, version, retry: null }))).toMatch(/^forbidden/)
})

test('each change is in the audit once; the same again is none', async () => {
  const { version } = await models.getRouting(scope, { id: first })
  const { version: next } = await models.updateRouting(scope, { id: first, version, retry: { count: 1 } })
  await models.updateRouting(scope, { id: first, version: next, retry: { count: 1 } })
  const { rows } = await database.pool.query(
    "select after from audits where workspace_id = $1 and action = 'model.routing' and target_id = $2 order by at desc, id desc limit 2",
    [scope.workspaceId, first],
  )
  expect(rows[0].after).toMatchObject({ retries: 1 })
  expect(rows[1].after).not.toMatchObject({ retries: 1 })
})

test('a model that goes lets go of its fallbacks', async () => {
  const owner = await model('Owner')
  const other = await model('Other')
  await models.updateRouting(scope, { id: owner, version: 1, fallbacks: [other] })
  await models.deleteModel(scope, { id: owner })
  expect(await models.listUses(scope, { id: other })).toEqual([])
})

test('an open breaker makes a model failing until it closes or its time is over', async () => {
  const word = async () => (await models.modelHealth(scope, { modelIds: [first] }))[0]!
  await models.reportBreaker(scope, { modelId: first, openForMs: 60_000 })
  await models.reportBreaker(scope, { modelId: first, openForMs: 30_000 })
  const open = await word()
  expect(open.word).toBe('failing')
  expect(Date.parse(open.breakerUntil!) - Date.now()).toBeGreaterThan(50_000)
  await models.reportBreaker(scope, { modelId: first, openForMs: 0 })
  expect(await word()).toMatchObject({ word: 'idle', breakerUntil: null })
  await database.pool.query(
    "insert into model_breakers values ($1, $2, now() - interval '1 hour', now() - interval '1 minute')",
    [scope.workspaceId, first],
  )
  expect(await word()).toMatchObject({ word: 'idle', breakerUntil: null })
})

test('a group answers by all of its members, in an order of their weights', async () => {
  const address = 'a-group'
  const members = [await model('One'), await model('Two')]
  await database.pool.query("insert into model_addresses (workspace_id, address, kind) values ($1, $2, 'group')", [
    scope.workspaceId,
    address,
  ])
  for (const id of members)
    await database.pool.query(
      'insert into model_group_members (workspace_id, address, model_id, weight) values ($1, $2, $3, 1)',
      [scope.workspaceId, address, id],
    )
  await feed.refresh()
  const resolved = directory.resolve(scope.workspaceId, address, 'chat')
  expect(resolved.ok && resolved.plan.targets.map(({ entry }) => entry.id).sort()).toEqual([...members].sort())
})
