import { describe, expect, test } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { oneVariant, storedModel } from '#lib/testing/deployments.ts'
import { testModels } from '#lib/testing/models.ts'
import { createDeployments } from './index.ts'

const { database } = await testDatabase()
const deployments = createDeployments({
  guardrails: { known: async (_tx, _scope, ids) => new Set(ids.filter((id) => id === 'known')) },
})
const house = await testModels(database, { repoint: { deployment: deployments.repoint } })
const { models } = house

async function newScope(): Promise<Scope> {
  return (await house.workspace()).scope
}

/** A deployment with one variant, published as 1.0 to production. */
async function published(scope: Scope, key = 'answer') {
  const model = await storedModel(database, scope)
  const { id } = await deployments.createDeployment(scope, { key, config: oneVariant(model) })
  await deployments.publish(scope, { id, draftVersion: 1 })
  return { id, model }
}

/** Changes the draft's prompt and publishes it. */
async function publishChanged(scope: Scope, id: string, content: string, environment = 'production') {
  const draft = await deployments.getDraft(scope, { id })
  const [variant, ...others] = draft.config.variants
  const changed = { ...variant!, messages: [{ role: 'user' as const, content }] }
  const config = { ...draft.config, variants: [changed, ...others] }
  const saved = await deployments.saveDraft(scope, { id, version: draft.version, config })
  return deployments.publish(scope, { id, draftVersion: saved.version, environment, description: content })
}

async function failureOf(call: Promise<unknown>): Promise<AppError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}

const serves = (view: { environments: { name: string; serves: string | null }[] }) =>
  Object.fromEntries(view.environments.map((each) => [each.name, each.serves]))

describe('the life of a deployment', () => {
  test('publish, change, publish elsewhere, promote, roll back: every pointer is where it should be, with its history', async () => {
    const scope = await newScope()
    const { id } = await published(scope)
    expect(await publishChanged(scope, id, 'Shorter: {{question}}', 'staging')).toMatchObject({ version: '1.1' })
    expect(serves(await deployments.getDeployment(scope, { id }))).toEqual({ staging: '1.1', production: '1.0' })

    const promoted = await deployments.promote(scope, { id, from: 'staging', to: 'production' })
    expect(serves(promoted)).toEqual({ staging: '1.1', production: '1.1' })
    expect(promoted.environments.find(({ name }) => name === 'production')).toMatchObject({ rollsBackTo: '1.0' })

    const back = await deployments.rollback(scope, { id, environment: 'production' })
    expect(serves(back)).toEqual({ staging: '1.1', production: '1.0' })
    expect(await failureOf(deployments.rollback(scope, { id, environment: 'production' }))).toMatchObject({
      code: 'nothing_before',
    })

    const { items } = await deployments.listReleases(scope, { id })
    expect(items.map(({ kind, environment, version, from }) => [kind, environment, version, from])).toEqual([
      ['rollback', 'production', '1.0', '1.1'],
      ['promote', 'production', '1.1', '1.0'],
      ['publish', 'staging', '1.1', null],
      ['publish', 'production', '1.0', null],
    ])
    const versions = await deployments.listVersions(scope, { id })
    expect(
      versions.items.map(({ version, environments, description }) => [version, environments, description]),
    ).toEqual([
      ['1.1', ['staging'], 'Shorter: {{question}}'],
      ['1.0', ['production'], ''],
    ])
    const actions = await scope.tx((tx) => tx.audit.findMany({ where: { targetId: id }, orderBy: { id: 'asc' } }))
    expect(actions.map(({ action }) => action)).toEqual([
      'deployment.create',
      'deployment.publish',
      'deployment.publish',
      'deployment.promote',
      'deployment.rollback',
    ])
  })

  test('a second rollback goes further back, not forth again', async () => {
    const scope = await newScope()
    const { id } = await published(scope)
    await publishChanged(scope, id, 'b {{question}}')
    await publishChanged(scope, id, 'c {{question}}')
    await deployments.rollback(scope, { id, environment: 'production' })
    const view = await deployments.rollback(scope, { id, environment: 'production' })
    expect(serves(view)).toMatchObject({ production: '1.0' })
  })

  test('a major bump, an environment of one’s own, and its end', async () => {
    const scope = await newScope()
    const { id } = await published(scope)
    const draft = await deployments.getDraft(scope, { id })
    const config = { ...draft.config, lenient: true }
    const { version } = await deployments.saveDraft(scope, { id, version: draft.version, config })
    await deployments.publish(scope, { id, draftVersion: version, environment: 'eu-pilot', bump: 'major' })
    expect(serves(await deployments.getDeployment(scope, { id }))).toEqual({
      'eu-pilot': '2.0',
      staging: null,
      production: '1.0',
    })
    expect((await failureOf(deployments.publish(scope, { id, draftVersion: version }))).code).toBe('nothing_new')
    await deployments.deleteEnvironment(scope, { id, environment: 'eu-pilot' })
    expect(serves(await deployments.getDeployment(scope, { id }))).toEqual({ staging: null, production: '1.0' })
    expect(await failureOf(deployments.deleteEnvironment(scope, { id, environment: 'production' }))).toMatchObject({
      kind: 'invalid_input',
    })
  })

  test('a version never changes, not even by the hand of the application’s own role', async () => {
    const scope = await newScope()
    const { id } = await published(scope)
    const change = scope.tx(
      (tx) => tx.$executeRaw`UPDATE deployment_versions SET description = 'x' WHERE deployment_id = ${id}`,
    )
    await expect(change).rejects.toThrow(/permission denied/)
    const rewrite = scope.tx((tx) => tx.$executeRaw`DELETE FROM deployment_releases WHERE deployment_id = ${id}`)
    await expect(rewrite).rejects.toThrow(/permission denied/)
  })

  test('a canary runs beside a version and ends with its promotion, or when another version is served', async () => {
    const scope = await newScope()
    const { id } = await published(scope)
    const canary = { id, environment: 'production' }
    expect((await failureOf(deployments.setCanary(scope, { ...canary, version: '1.0', percent: 5 }))).fields).toEqual({
      version: 'production serves 1.0 already.',
    })
    expect((await failureOf(deployments.promoteCanary(scope, canary))).code).toBe('no_canary')
    await publishChanged(scope, id, 'b {{question}}', 'staging')
    const shared = await deployments.setCanary(scope, { ...canary, version: '1.1', percent: 12.5 })
    const production = (view: typeof shared) => view.environments.find(({ name }) => name === 'production')
    expect(production(shared)).toMatchObject({ serves: '1.0', canary: { version: '1.1', percent: 12.5 } })
    expect(production(await deployments.stopCanary(scope, canary))).toMatchObject({ serves: '1.0', canary: null })
    // What it serves, it serves since before the canary.
    const { since } = production(shared)!
    const minuteLater = new Date(scope.now().getTime() + 60_000)
    const later = { ...scope, now: () => minuteLater }
    const again = await deployments.setCanary(later, { ...canary, version: '1.1', percent: 99.99 })
    expect(production(again)).toMatchObject({ serves: '1.0', since })
    expect(production(await deployments.promoteCanary(later, canary))).toMatchObject({
      ...{ serves: '1.1', canary: null, rollsBackTo: '1.0' },
      since: minuteLater.toISOString(),
    })
    expect(
      (await failureOf(deployments.setCanary(scope, { ...canary, version: '1.0', percent: 0.001 }))).fields,
    ).toHaveProperty('percent')
  })

  test('a new key goes on with the old one, until another deployment takes it; the deleted one frees its own', async () => {
    const scope = await newScope()
    const { id } = await published(scope, 'first')
    const renamed = await deployments.updateDeployment(scope, { id, version: 1, key: 'second' })
    expect(renamed).toMatchObject({ key: 'second', formerKeys: ['first'], version: 2 })
    expect((await deployments.getDeployment(scope, { id: 'first' })).id).toBe(id)
    expect(await failureOf(deployments.updateDeployment(scope, { id, version: 1, description: 'x' }))).toMatchObject({
      code: 'stale_version',
      details: { current: { key: 'second' } },
    })
    const copy = await deployments.duplicateDeployment(scope, { id, key: 'first' })
    expect(copy).toMatchObject({ key: 'first', latest: null, changed: true })
    expect((await deployments.getDeployment(scope, { id })).formerKeys).toEqual([])
    expect((await failureOf(deployments.duplicateDeployment(scope, { id, key: 'second' }))).code).toBe('key_taken')

    expect(await failureOf(deployments.deleteDeployment(scope, { id, confirmation: 'first' }))).toMatchObject({
      fields: { confirmation: 'Type “second”.' },
    })
    await deployments.deleteDeployment(scope, { id, confirmation: 'second' })
    expect((await failureOf(deployments.getDeployment(scope, { id }))).kind).toBe('not_found')
    await deployments.duplicateDeployment(scope, { id: copy.id, key: 'second' })
  })

  test('a list is searched, sorted and paged, and says which models are used', async () => {
    const scope = await newScope()
    const { model } = await published(scope, 'b-published')
    for (const key of ['a-first', 'c-third']) await deployments.createDeployment(scope, { key, model })
    const first = await deployments.listDeployments(scope, { sort: 'key', limit: 2 })
    expect(first).toMatchObject({
      total: 3,
      items: [{ key: 'a-first' }, { key: 'b-published', latest: '1.0', changed: false }],
    })
    const rest = await deployments.listDeployments(scope, { sort: 'key', limit: 2, cursor: first.nextCursor })
    expect(rest.items.map(({ key }) => key)).toEqual(['c-third'])
    expect(rest.nextCursor).toBeUndefined()
    expect((await deployments.listDeployments(scope, { search: 'PUBLISHED' })).items).toMatchObject([
      { models: [{ id: model }] },
    ])
    expect((await deployments.listDeployments(scope, { model })).total).toBe(3)
    expect((await failureOf(deployments.listDeployments(scope, { cursor: 'nonsense' }))).kind).toBe('invalid_input')
  })
})

describe('two people at once', () => {
  test('the second saver is told, with both, and nothing is overwritten', async () => {
    const scope = await newScope()
    const { id, model } = await published(scope)
    const mine = oneVariant(model, { prompt: '', messages: [{ role: 'user', content: 'Mine {{question}}' }] })
    const theirs = oneVariant(model, { prompt: '', messages: [{ role: 'user', content: 'Theirs {{question}}' }] })
    const both = await Promise.allSettled(
      [theirs, mine].map((config) => deployments.saveDraft(scope, { id, version: 1, config })),
    )
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const standing = await deployments.getDraft(scope, { id })
    const lost = both.find((each) => each.status === 'rejected') as PromiseRejectedResult
    expect(lost.reason).toMatchObject({ code: 'stale_version', details: { current: standing } })
    expect(JSON.stringify(lost.reason.details.yours)).not.toBe(JSON.stringify(standing.config))
  })

  test('two who publish the same draft make one version', async () => {
    const scope = await newScope()
    const model = await storedModel(database, scope)
    const { id } = await deployments.createDeployment(scope, { key: 'race', config: oneVariant(model) })
    const both = await Promise.allSettled([1, 2].map(() => deployments.publish(scope, { id, draftVersion: 1 })))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await deployments.listVersions(scope, { id })).items.map(({ version }) => version)).toEqual(['1.0'])
  })

  test('a draft that changed since it was read is not published', async () => {
    const scope = await newScope()
    const { id, model } = await published(scope)
    await deployments.saveDraft(scope, { id, version: 1, config: { ...oneVariant(model), lenient: true } })
    expect(await failureOf(deployments.publish(scope, { id, draftVersion: 1 }))).toMatchObject({
      code: 'stale_version',
      details: { current: { version: 2, config: { lenient: true } } },
    })
  })

  test('two who take one key: one gets it', async () => {
    const scope = await newScope()
    const model = await storedModel(database, scope)
    const both = await Promise.allSettled(
      [1, 2].map(() => deployments.createDeployment(scope, { key: 'wanted', model })),
    )
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(both.find((each) => each.status === 'rejected')).toMatchObject({ reason: { code: 'key_taken' } })
  })
})

describe('who may', () => {
  test('viewers read and check, developers do the rest, and another workspace is not there', async () => {
    const scope = await newScope()
    const { id, model } = await published(scope)
    const viewer = (await house.member(scope, 'viewer')).scope
    const developer = (await house.member(scope, 'developer')).scope
    expect((await deployments.getDraft(viewer, { id })).version).toBe(1)
    expect((await deployments.checkDraft(viewer, { id })).publishable).toBe(true)
    for (const call of [
      () => deployments.saveDraft(viewer, { id, version: 1, config: oneVariant(model) }),
      () => deployments.publish(viewer, { id, draftVersion: 1 }),
      () => deployments.rollback(viewer, { id, environment: 'production' }),
      () => deployments.createDeployment(viewer, { key: 'x', model }),
    ])
      expect((await failureOf(call())).code).toBe('role_too_low')
    expect(await deployments.updateDeployment(developer, { id, version: 1, description: 'Mine' })).toMatchObject({
      description: 'Mine',
    })

    const other = await newScope()
    const foreign = await storedModel(database, other)
    for (const call of [
      () => deployments.getDeployment(other, { id }),
      () => deployments.getDraft(other, { id: 'answer' }),
      () => deployments.publish(other, { id, draftVersion: 1 }),
      () => deployments.deleteDeployment(other, { id, confirmation: 'answer' }),
    ])
      expect((await failureOf(call())).kind).toBe('not_found')
    // Somebody else's model is as if it were not there.
    const saved = await deployments.saveDraft(scope, { id, version: 1, config: oneVariant(foreign) })
    expect((await failureOf(deployments.publish(scope, { id, draftVersion: saved.version }))).message).toContain(
      'does not exist',
    )
    expect(await models.listUses(other, { id: foreign })).toEqual([])
  })
})

test('a context is tried on a draft, a version or an environment with its canary', async () => {
  const scope = await newScope()
  const model = await storedModel(database, scope)
  const main = oneVariant(model)
  const config = {
    ...main,
    variants: [main.variants[0]!, { ...main.variants[0]!, name: 'dutch' }],
    routing: {
      default: 'main',
      rows: [
        {
          conditions: [
            { field: 'user.plan', type: 'string' as const, operator: 'equals' as const, value: 'gold' },
            { field: 'age', type: 'number' as const, operator: 'greater' as const, value: 17 },
          ],
          split: [{ variant: 'main', percent: 100 }],
        },
        {
          conditions: [{ field: 'country', type: 'string' as const, operator: 'in' as const, value: ['NL', 'BE'] }],
          split: [{ variant: 'dutch', percent: 100 }],
        },
      ],
    },
  }
  const { id } = await deployments.createDeployment(scope, { key: 'routed', config })
  expect(
    await deployments.tryContext(scope, { id, context: { country: 'NL', age: '18', user: { plan: 'gold' } } }),
  ).toEqual({
    version: 'draft',
    variant: 'dutch',
    row: 1,
    place: null,
    canary: null,
    rows: [
      {
        matches: false,
        conditions: [
          { holds: true, why: '' },
          { holds: false, why: 'age is “18”, not a number.' },
        ],
      },
      { matches: true, conditions: [{ holds: true, why: '' }] },
    ],
  })
  await deployments.publish(scope, { id, draftVersion: 1 })
  await publishChanged(scope, id, 'b {{question}}', 'staging')
  await deployments.setCanary(scope, { id, environment: 'production', version: '1.1', percent: 50 })
  const tried = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      deployments.tryContext(scope, { id, source: 'production', identity: `user-${index}` }),
    ),
  )
  for (const { canary, version } of tried) expect(version).toBe(canary!.place < 50 ? '1.1' : '1.0')
  expect(new Set(tried.map(({ version }) => version)).size).toBe(2)
})

test('a diff tells prompt, parameters, tools and routing apart, and sees what stayed in its place', async () => {
  const scope = await newScope()
  const model = await storedModel(database, scope)
  const config = oneVariant(model, {
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: '{{question}}' },
    ],
    parameters: { temperature: 0.2, top_p: 1 },
    tools: [{ function: { name: 'find' } }],
  })
  const { id } = await deployments.createDeployment(scope, { key: 'diffed', config })
  await deployments.publish(scope, { id, draftVersion: 1 })
  const after = oneVariant(model, {
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'developer', content: 'And short.' },
      { role: 'user', content: '{{question}}' },
    ],
    parameters: { temperature: 0.3 },
    tools: [{ function: { name: 'find', strict: true } }, { function: { name: 'open' } }],
  })
  await deployments.saveDraft(scope, {
    id,
    version: 1,
    config: { ...after, variables: [{ name: 'question', required: false }] },
  })
  const { sections } = await deployments.diffDeployment(scope, { id, from: '1.0', to: 'draft' })
  expect(
    sections.map(({ area, variant, changes }) => [area, variant, changes.map(({ kind, label }) => `${kind} ${label}`)]),
  ).toEqual([
    ['variables', null, ['changed {{question}}']],
    ['prompt', 'main', ['added Message 2']],
    ['parameters', 'main', ['changed temperature', 'removed top_p']],
    ['tools', 'main', ['changed Function find', 'added Function open']],
  ])
  expect((await deployments.diffDeployment(scope, { id, from: 'production', to: '1.0' })).sections).toEqual([])
})
