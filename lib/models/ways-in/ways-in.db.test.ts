import { describe, expect, test, vi } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testModels } from '#lib/testing/models.ts'
import type { IntakeView, ModelView, RawModelInput } from '../schema.ts'

const { database } = await testDatabase()
const house = await testModels(database)
const { models } = house

const embed = {
  type: 'embedding',
  modelId: 'practice-embed',
  inputPrice: '0.02',
  outputPrice: '',
  cachedInputPrice: '',
} as const

const newScope = async (): Promise<Scope> => (await house.workspace()).scope
const add = (scope: Scope, changes: Partial<RawModelInput> = {}): Promise<ModelView> =>
  models.addModel(scope, { draft: house.form({ ...embed, ...changes }) })

async function failureOf(call: Promise<unknown>): Promise<AppError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}

const finished = (scope: Scope, { id }: IntakeView): Promise<IntakeView> =>
  vi.waitUntil(
    async () => {
      const intake = await models.getIntake(scope, { id })
      return intake.status !== 'running' && intake
    },
    { timeout: 15_000, interval: 30 },
  )

describe('groups', () => {
  test('an address is a model’s or a group’s, never both', async () => {
    const scope = await newScope()
    const model = await add(scope, { slug: 'one', aliases: ['alias/one'] })
    const members = [{ model: model.id, weight: 1 }]
    for (const address of ['one', 'alias/one'])
      expect(await failureOf(models.saveGroup(scope, { address, members }))).toMatchObject({ code: 'address_taken' })
    await models.saveGroup(scope, { address: 'shared', members })
    expect(await failureOf(models.saveGroup(scope, { address: 'shared', members }))).toMatchObject({
      fields: { address: '“shared” is the address of a group.' },
    })
    expect((await failureOf(add(scope, { slug: 'shared' }))).fields?.slug).toBe('“shared” is the address of a group.')
    expect(await failureOf(models.getModel(scope, { id: 'shared' }))).toMatchObject({ kind: 'not_found' })
    const rule = "insert into model_addresses (workspace_id, address, model_id, kind) values ($1, 'x', $2, 'group')"
    await expect(database.pool.query(rule, [scope.workspaceId, model.id])).rejects.toThrow(
      'model_addresses_group_check',
    )
  })

  test('two that make the same group at one moment make one', async () => {
    const scope = await newScope()
    const model = await add(scope)
    const input = { address: 'race', members: [{ model: model.slug, weight: 2 }] }
    const made = await Promise.allSettled([models.saveGroup(scope, input), models.saveGroup(scope, input)])
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('shares are of the enabled models of a Type; a stale edit is 409 with the group as it stands', async () => {
    const scope = await newScope()
    const [a, b] = [await add(scope, { name: 'A' }), await add(scope, { name: 'B' })]
    const members = [
      { model: a.id, weight: 1 },
      { model: b.id, weight: 3 },
    ]
    const group = await models.saveGroup(scope, { address: 'g', members })
    expect(group.members.map(({ name, share }) => [name, share])).toEqual([
      ['B', 0.75],
      ['A', 0.25],
    ])
    await models.setModelState(scope, { id: b.id, state: 'disabled' })
    expect(await models.listModelGroups(scope, { id: a.id })).toEqual([
      { address: 'g', weight: 1, share: 1, members: 2 },
    ])
    const edited = await models.updateGroup(scope, { address: 'g', members: [members[0]!], version: 1 })
    expect(edited).toMatchObject({ version: 2, members: [{ modelId: a.id }] })
    expect(await failureOf(models.updateGroup(scope, { address: 'g', members, version: 1 }))).toMatchObject({
      code: 'stale_version',
      details: { current: { version: 2 } },
    })
    const audits = await scope.tx((tx) => tx.audit.findMany({ where: { targetKind: 'group' }, orderBy: { id: 'asc' } }))
    expect(audits.map(({ action }) => action)).toEqual(['group.add', 'group.update'])
  })

  test.each([
    [0, 'A weight is a whole number from 1 to 1,000.'],
    [1.5, 'A weight is a whole number from 1 to 1,000.'],
    [1_001, 'A weight is a whole number from 1 to 1,000.'],
  ])('a weight of %s is refused', async (weight, message) => {
    const scope = await newScope()
    const error = await failureOf(models.saveGroup(scope, { address: 'g', members: [{ model: 'x', weight }] }))
    expect(error.fields).toEqual({ 'members.0.weight': message })
  })

  test('a model in a group is in use, and free to go once the group is gone', async () => {
    const scope = await newScope()
    const model = await add(scope)
    await models.saveGroup(scope, { address: 'g', members: [{ model: model.id, weight: 1 }] })
    expect(await failureOf(models.deleteModel(scope, { id: model.id }))).toMatchObject({ code: 'model_in_use' })
    await models.deleteGroup(scope, { address: 'g' })
    await models.deleteModel(scope, { id: model.id })
    expect(await failureOf(models.getGroup(scope, { address: 'g' }))).toMatchObject({ kind: 'not_found' })
  })

  test('a group is pointed to another model in the step that deletes one, with its weight', async () => {
    const scope = await newScope()
    const [old, next] = [await add(scope), await add(scope)]
    const members = [
      { model: old.id, weight: 3 },
      { model: next.id, weight: 2 },
    ]
    await models.saveGroup(scope, { address: 'both', members })
    await models.saveGroup(scope, { address: 'alone', members: members.slice(0, 1) })
    const repoint = ['both', 'alone'].map((refId) => ({ kind: 'group', refId, to: next.id }))
    await models.deleteModel(scope, { id: old.id, repoint })
    const groups = await models.listGroups(scope)
    expect(
      groups.map((group) => [group.address, group.members.map(({ modelId, weight }) => [modelId, weight])]),
    ).toEqual([
      ['alone', [[next.id, 3]]],
      ['both', [[next.id, 5]]],
    ])
    expect((await models.listUses(scope, { id: next.id })).map(({ kind, refId }) => [kind, refId])).toEqual([
      ['group', 'alone'],
      ['group', 'both'],
    ])
  })

  test('the gateway picks among enabled models that fit; with none it says why', async () => {
    const scope = await newScope()
    const [a, b] = [await add(scope, { name: 'A' }), await add(scope, { name: 'B' })]
    const members = [a, b].map(({ id }) => ({ model: id, weight: 1 }))
    await models.saveGroup(scope, { address: 'g', members })
    const picked = async (allowed?: string[]) => {
      await house.feed.refresh()
      const picks = Array.from({ length: 60 }, () =>
        house.directory.resolve(scope.workspaceId, 'g', 'embedding', allowed),
      )
      return [...new Set(picks.map((each) => (each.ok ? each.plan.targets[0].entry.name : each.code)))].sort()
    }
    expect(await picked()).toEqual(['A', 'B'])
    expect(await picked([b.id])).toEqual(['B'])
    await models.setModelState(scope, { id: a.id, state: 'disabled' })
    expect(await picked()).toEqual(['B'])
    expect(house.directory.groups(scope.workspaceId)).toMatchObject([{ address: 'g', members: [{ weight: 1 }] }])
    expect(house.directory.resolve(scope.workspaceId, 'g', 'chat')).toMatchObject({ code: 'unsupported_for_model' })
    await models.setModelState(scope, { id: b.id, state: 'disabled' })
    expect(await picked()).toEqual(['model_disabled'])
    await models.deleteGroup(scope, { address: 'g' })
    expect(await picked()).toEqual(['model_not_found'])
  })
})

describe('addresses', () => {
  test('a former slug is shown until it is let go, and free at once then', async () => {
    const scope = await newScope()
    const model = await add(scope, { slug: 'before' })
    await models.updateModel(scope, { id: model.id, patch: { version: 1, slug: 'after' } })
    const addresses = async () =>
      (await models.listAddresses(scope, { id: model.id })).map((each) => Object.values(each))
    expect(await addresses()).toEqual([
      ['before', 'former', null],
      ['after', 'slug', null],
    ])
    expect(await failureOf(models.releaseAddress(scope, { id: model.id, address: 'after' }))).toMatchObject({
      kind: 'invalid_input',
    })
    await models.releaseAddress(scope, { id: model.id, address: 'before' })
    expect(await addresses()).toEqual([['after', 'slug', null]])
    expect((await add(scope, { slug: 'before' })).slug).toBe('before')
  })
})

describe('several from one Base URL', () => {
  const row = (key: string, modelId: string, more: object = {}) => ({
    key,
    type: 'embedding' as const,
    modelId,
    name: key,
    ...more,
  })
  const connection = (apiKey = 'sk-practice-several0000001') =>
    ({ baseUrl: house.practice.url, apiKey, region: 'own' }) as const

  test('those that pass are saved, those that fail say why, all of it in a row without the key', async () => {
    const scope = await newScope()
    const started = await models.startIntake(scope, {
      source: 'several',
      connection: connection(),
      rows: [row('a', 'practice-embed', { slug: 'mine', inputPrice: '0.02' }), row('b', 'practice-embedd')],
    })
    expect(started).toMatchObject({ status: 'running', rows: [{ name: 'a' }, { name: 'b' }] })
    const { rows } = await finished(scope, started)
    expect(rows).toMatchObject([
      { key: 'a', state: 'added', slug: 'mine' },
      { key: 'b', state: 'failed', field: 'modelId', message: 'Not served here. Did you mean practice-embed?' },
    ])
    expect(await models.getModel(scope, { id: 'mine' })).toMatchObject({
      inputPrice: '0.02',
      host: new URL(house.practice.url).host,
    })
    const stored = await database.pool.query('select row_to_json(i)::text as text from model_intakes i where id = $1', [
      started.id,
    ])
    expect(stored.rows[0].text).not.toContain('several0000001')
    expect((await models.listIntakes(scope)).map(({ id }) => id)).toEqual([started.id])
  })

  test('a taken address is another model’s: left out, or added under another one', async () => {
    const scope = await newScope()
    await add(scope, { slug: 'mine' })
    const rows = [row('a', 'practice-embed', { slug: 'mine' })]
    const input = { source: 'several', connection: connection(), rows } as const
    const skipped = await finished(scope, await models.startIntake(scope, { ...input, onConflict: 'skip' }))
    expect(skipped.rows).toMatchObject([{ state: 'skipped', message: '“mine” is the address of another model.' }])
    const renamed = await finished(scope, await models.startIntake(scope, { ...input, onConflict: 'rename' }))
    expect(renamed.rows).toMatchObject([
      { state: 'added', slug: 'a', notes: [expect.stringContaining('It got another one.')] },
    ])
  })

  test('stopped, it begins no further model and keeps what it has', async () => {
    const scope = await newScope()
    const rows = Array.from({ length: 20 }, (_, index) => row(`r${index}`, 'practice-embed'))
    const started = await models.startIntake(scope, { source: 'several', connection: connection(), rows })
    const stopped = await models.stopIntake(scope, { id: started.id })
    expect(stopped.status).toBe('stopped')
    expect(new Set(stopped.rows.map(({ state }) => state))).toContain('skipped')
    const added = stopped.rows.filter(({ state }) => state === 'added').length
    expect((await models.listModels(scope)).total).toBe(added)
  })

  test('a hundred at a time, each named once', async () => {
    const scope = await newScope()
    const start = (rows: ReturnType<typeof row>[]) =>
      models.startIntake(scope, { source: 'several', connection: connection(), rows })
    const many = Array.from({ length: 101 }, (_, index) => row(`r${index}`, 'x'))
    expect((await failureOf(start(many))).fields).toEqual({ rows: 'At most 100 models at a time.' })
    expect((await failureOf(start([]))).fields).toEqual({ rows: 'Choose at least one model.' })
    expect((await failureOf(start([row('a', 'x'), row('a', 'y')]))).fields).toEqual({ rows: 'A row is named twice.' })
  })

  test('an intake of another workspace is not found', async () => {
    const scope = await newScope()
    const started = await models.startIntake(scope, {
      source: 'several',
      connection: connection(),
      rows: [row('a', 'practice-embed')],
    })
    expect(await failureOf(models.getIntake(await newScope(), { id: started.id }))).toMatchObject({ kind: 'not_found' })
    await finished(scope, started)
  })
})

describe('a file of models', () => {
  const apiKey = 'sk-practice-fileofmodels01'

  async function furnished(): Promise<{ scope: Scope; text: string }> {
    const scope = await newScope()
    const model = await add(scope, {
      apiKey,
      name: 'Exported',
      aliases: ['team/exported'],
      baseUrl: house.below('needs-header'),
      headers: { 'x-practice-project': 'sealed-header-value' },
      description: 'Words',
      timeouts: { totalMs: 30_000 },
    })
    await models.pinCapability(scope, { id: model.id, capability: 'embedding_batch', verdict: 'no', reason: 'by hand' })
    const { version } = await models.getModel(scope, { id: model.id })
    await models.updateProfile(scope, { id: model.id, version, drop: ['user'] })
    await models.saveGroup(scope, { address: 'shared/group', members: [{ model: model.id, weight: 7 }] })
    return { scope, text: JSON.stringify(await models.exportModels(scope)) }
  }

  test('holds every field and no secret, and makes the same models elsewhere', async () => {
    const { scope, text } = await furnished()
    expect(text).not.toContain(apiKey)
    expect(text).not.toContain('sealed-header-value')
    const other = await newScope()
    const plan = await models.previewIntake(other, { source: 'file', text })
    const host = new URL(house.practice.url).host
    expect(plan.asks.map(({ id }) => id)).toEqual([`key:${host}`, `header:${host}:x-practice-project`])
    const rows = plan.rows.map(({ key }) => ({ key }))
    expect(await failureOf(models.startIntake(other, { source: 'file', text, rows }))).toMatchObject({
      fields: { [`answers.key:${host}`]: `Enter API key of ${host}.` },
    })
    const answers = { [`key:${host}`]: apiKey, [`header:${host}:x-practice-project`]: 'p1' }
    const done = await finished(other, await models.startIntake(other, { source: 'file', text, rows, answers }))
    expect(done.rows).toMatchObject([{ state: 'added', slug: 'exported', notes: [] }])
    const [one, two] = [await models.exportModels(scope), await models.exportModels(other)]
    expect(two).toEqual({ ...one, exportedAt: two.exportedAt })
    expect(two.models[0]).toMatchObject({
      pins: { embedding_batch: { verdict: 'no', reason: 'by hand' } },
      profile: { drop: ['user'] },
    })
    expect(two.groups).toEqual([{ address: 'shared/group', members: [{ slug: 'exported', weight: 7 }] }])
  })

  test('some of the models can be exported alone', async () => {
    const scope = await newScope()
    const [one] = [await add(scope, { name: 'One' }), await add(scope, { name: 'Two' })]
    expect((await models.exportModels(scope, { ids: one.id })).models.map(({ name }) => name)).toEqual(['One'])
    expect((await models.exportModels(await newScope(), { ids: one.id })).models).toEqual([])
  })

  test.each([
    ['{', 'This is not JSON.'],
    ['[]', 'This is no file of models.'],
    ['{"format":"patchbay.models","version":2}', 'this Patchbay reads version 1'],
    [
      '{"format":"patchbay.models","version":1,"exportedAt":"2026-01-01T00:00:00Z","models":[{}]}',
      'damaged at models.0.type',
    ],
  ])('%s is told what is wrong', async (text, said) => {
    expect((await failureOf(models.previewIntake(await newScope(), { source: 'file', text }))).fields?.text).toContain(
      said,
    )
  })
})
