import { expect, test } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testModels } from '#lib/testing/models.ts'
import type { ModelView } from './schema.ts'

// What people set by hand on a model: verdicts that are pinned, fields of the wire profile.
const { database } = await testDatabase()
const house = await testModels(database)
const { models } = house

async function newModel(): Promise<{ scope: Scope; model: ModelView }> {
  const { scope } = await house.workspace()
  const draft = house.form({ type: 'embedding', modelId: 'practice-embed', outputPrice: '', cachedInputPrice: '' })
  return { scope, model: await models.addModel(scope, { draft }) }
}

async function validateAgain(scope: Scope, id: string): Promise<void> {
  const before = await models.getModel(scope, { id })
  const { events } = await models.revalidate(scope, { id })
  for await (const _ of events);
  await expect
    .poll(async () => (await models.getModel(scope, { id })).validationId, { timeout: 10_000 })
    .not.toBe(before.validationId)
}

async function failureOf(call: Promise<unknown>): Promise<AppError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}

const audits = (scope: Scope, action: string) =>
  scope.tx((tx) => tx.audit.findMany({ where: { workspaceId: scope.workspaceId, action }, orderBy: { at: 'asc' } }))

test('a field set by hand is in force, stays through a validation, and goes back to what was learned', async () => {
  const { scope, model } = await newModel()
  const { id } = model
  const read = await models.getProfile(scope, { id: model.slug })
  expect(read).toMatchObject({ modelId: id, version: model.version, byHand: {}, profile: read.learned })

  const set = await models.updateProfile(scope, {
    id,
    version: read.version,
    embeddingEncodings: 'base64',
    drop: ['user'],
  })
  expect(set.profile).toMatchObject({ embeddingEncodings: 'base64', drop: ['user'] })
  expect(set.learned).toEqual(read.learned)
  expect(set.byHand.drop).toMatchObject({ by: scope.actor.label })
  expect((await models.getModel(scope, { id })).profile).toEqual(set.profile)
  await house.feed.refresh()
  expect(house.directory.find(scope.workspaceId, id)?.profile).toEqual(set.profile)

  await validateAgain(scope, id)
  const after = await models.getProfile(scope, { id })
  expect(after.profile).toEqual(set.profile)
  expect(Object.keys(after.byHand).sort()).toEqual(['drop', 'embeddingEncodings'])

  const back = await models.updateProfile(scope, { id, version: after.version, drop: null, embeddingEncodings: null })
  expect(back).toMatchObject({ profile: read.learned, byHand: {} })
  expect((await audits(scope, 'model.profile')).map(({ before, after }) => [before, after])).toEqual([
    [
      { drop: [], embeddingEncodings: read.learned.embeddingEncodings },
      { drop: ['user'], embeddingEncodings: 'base64' },
    ],
    [
      { drop: ['user'], embeddingEncodings: 'base64' },
      {
        drop: [],
        embeddingEncodings: read.learned.embeddingEncodings,
        asLearned: expect.arrayContaining(['drop', 'embeddingEncodings']),
      },
    ],
  ])
})

test('an edit of the model leaves a field set by hand alone', async () => {
  const { scope, model } = await newModel()
  const set = await models.updateProfile(scope, { id: model.id, version: model.version, drop: ['user'] })
  const renamed = await models.updateModel(scope, {
    id: model.id,
    patch: { version: set.version, modelId: 'practice-embed', name: 'Renamed' },
  })
  const rotated = await models.updateModel(scope, {
    id: model.id,
    patch: { version: renamed.version, apiKey: 'sk-practice-another00001' },
  })
  expect(rotated.profile.drop).toEqual(['user'])
})

test('a stale edit is refused with the model as it stands, and an edit that changes nothing is none', async () => {
  const { scope, model } = await newModel()
  const set = await models.updateProfile(scope, { id: model.id, version: model.version, drop: ['user'] })
  const stale = await failureOf(models.updateProfile(scope, { id: model.id, version: model.version, drop: [] }))
  expect(stale).toMatchObject({ code: 'stale_version', details: { current: { version: set.version } } })
  const same = await models.updateProfile(scope, { id: model.id, version: set.version, drop: ['user'] })
  expect(same.version).toBe(set.version)
  expect(await audits(scope, 'model.profile')).toHaveLength(1)
})

test('values that no call could be made with are refused at their field', async () => {
  const { scope, model } = await newModel()
  const edit = (changes: object) =>
    failureOf(models.updateProfile(scope, { id: model.id, version: model.version, ...changes }))
  expect((await edit({ drop: ['input'] })).fields).toHaveProperty(['drop.0'])
  expect((await edit({ drop: ['not a name'] })).fields).toHaveProperty(['drop.0'])
  expect(await edit({ drop: Array.from({ length: 51 }, (_, at) => `p${at}`) })).toMatchObject({ kind: 'invalid_input' })
  expect(await edit({ add: { model: 'other' } })).toMatchObject({ kind: 'invalid_input' })
  expect(await edit({ embeddingEncodings: 'hex' })).toMatchObject({ kind: 'invalid_input' })
  expect((await edit({ systemRole: 'user' })).fields).toHaveProperty('systemRole')
  expect(await edit({ unknown: 1 })).toMatchObject({ kind: 'invalid_input' })
  expect(await failureOf(models.updateProfile(scope, { id: model.id, drop: [] } as never))).toMatchObject({
    kind: 'invalid_input',
  })
  expect(await audits(scope, 'model.profile')).toEqual([])
})

test('a pin has a reason, keeps what validation finds beside it, and gives way to that again', async () => {
  const { scope, model } = await newModel()
  const found = model.capabilities.checks.embedding_batch!
  const pin = { id: model.id, capability: 'embedding_batch', verdict: 'no', reason: 'Loses the order' } as const
  const pinned = (await models.pinCapability(scope, pin)).capabilities.checks.embedding_batch
  expect(pinned).toMatchObject({
    verdict: 'no',
    pinned: true,
    detail: 'Loses the order',
    pin: { by: scope.actor.label, reason: 'Loses the order' },
    found: { verdict: found.verdict },
  })
  await validateAgain(scope, model.id)
  const after = (await models.getModel(scope, { id: model.id })).capabilities.checks.embedding_batch
  expect(after).toMatchObject({ verdict: 'no', pinned: true, found: { verdict: 'yes' } })
  const free = await models.pinCapability(scope, { id: model.id, capability: 'embedding_batch', verdict: null })
  expect(free.capabilities.checks.embedding_batch).toEqual({ ...after!.found, pinned: false })
  // Taking out what is not there changes nothing.
  const again = await models.pinCapability(scope, { id: model.id, capability: 'embedding_batch', verdict: null })
  expect(again.version).toBe(free.version)
  expect((await audits(scope, 'model.pin'))[0]?.after).toEqual({ embedding_batch: 'no', reason: 'Loses the order' })
  expect(await audits(scope, 'model.unpin')).toHaveLength(1)
})

test('a pin on what was never asked leaves nothing behind', async () => {
  const { scope, model } = await newModel()
  await models.pinCapability(scope, { id: model.id, capability: 'vision', verdict: 'no', reason: 'x' })
  const free = await models.pinCapability(scope, { id: model.id, capability: 'vision', verdict: null })
  expect(free.capabilities.checks).toEqual(model.capabilities.checks)
})

test('only admins set things by hand; every member reads; another workspace finds nothing', async () => {
  const { scope, model } = await newModel()
  const edit = { id: model.id, version: model.version, drop: ['user'] }
  for (const role of ['developer', 'viewer'] as const) {
    const { scope: member } = await house.member(scope, role)
    expect(await failureOf(models.updateProfile(member, edit))).toMatchObject({ kind: 'forbidden' })
    expect((await models.getProfile(member, { id: model.id })).modelId).toBe(model.id)
  }
  const { scope: stranger } = await house.workspace()
  expect(await failureOf(models.updateProfile(stranger, edit))).toMatchObject({ kind: 'not_found' })
  expect(await failureOf(models.getProfile(stranger, { id: model.id }))).toMatchObject({ kind: 'not_found' })
})
