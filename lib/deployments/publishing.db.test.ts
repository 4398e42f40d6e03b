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

describe('what may be published', () => {
  test('a half-written draft is saved whole, and refused on publishing with every reason at its field', async () => {
    const scope = await newScope()
    const model = await storedModel(database, scope)
    const { id } = await deployments.createDeployment(scope, { key: 'half', model })
    const config = {
      variables: [{ name: 'a b' }],
      variants: [
        {
          name: 'main',
          model: 'mdl_gone',
          messages: [{ role: 'user' as const, content: 'Dear {{name}}' }],
          tools: [{ function: { name: 'f', parameters: '{"type": "object",' } }],
          parameters: { dimensions: 3 },
        },
      ],
      routing: {
        rows: [
          {
            conditions: [],
            split: [
              { variant: 'main', percent: 50 },
              { variant: 'other', percent: 40 },
            ],
          },
        ],
      },
    }
    const saved = await deployments.saveDraft(scope, { id, version: 1, config })
    expect(saved.config.variants[0]).toMatchObject({
      model: 'mdl_gone',
      tools: [{ function: { parameters: '{"type": "object",' } }],
    })
    const failure = await failureOf(deployments.publish(scope, { id, draftVersion: 2 }))
    expect(failure.code).toBe('not_publishable')
    expect(Object.keys(failure.fields!).sort()).toEqual([
      'routing.rows.0.split',
      'routing.rows.0.split.1.variant',
      'variables.0.name',
      'variants.0.messages.0.content',
      'variants.0.model',
      'variants.0.parameters.dimensions',
      'variants.0.tools.0.function.parameters',
    ])
    expect(failure.fields!['variants.0.messages.0.content']).toContain('{{name}} is not declared')
  })

  test('a fallback without function calling is marked while editing and refused on publishing, with the reason', async () => {
    const scope = await newScope()
    const model = await storedModel(database, scope, { checks: { tools: 'yes' } })
    const fallback = await storedModel(database, scope, { slug: 'small-one', checks: { tools: 'no' } })
    const tools = [{ function: { name: 'find', parameters: { type: 'object', properties: {} } } }]
    const config = oneVariant(model, { tools, fallbacks: [{ model: 'small-one' }] })
    const { id } = await deployments.createDeployment(scope, { key: 'tools', config })
    const check = await deployments.checkDraft(scope, { id })
    expect(check).toMatchObject({
      publishable: false,
      problems: [],
      findings: [
        {
          variant: 0,
          target: 1,
          need: 'tools',
          severity: 'refused',
          message: expect.stringContaining('small-one does not support function calling'),
        },
      ],
    })
    const failure = await failureOf(deployments.publish(scope, { id, draftVersion: 1 }))
    expect(failure.fields).toEqual({ 'variants.0.fallbacks.0.model': check.findings[0]!.message })
    expect(failure.message).toBe(`This cannot be published. Variant “main”: ${check.findings[0]!.message}`)
    // A draft that is not saved yet is held against the cards as well; without the function it may be published.
    expect(
      await deployments.checkDraft(scope, {
        id,
        config: { ...config, variants: [{ ...config.variants[0]!, tools: [] }] },
      }),
    ).toMatchObject({ publishable: true })
    expect((await deployments.getDraft(scope, { id })).config.variants[0]!.fallbacks[0]!.model).toBe(fallback)
  })

  test('what would be adapted is told, and a region demanded binds every fallback', async () => {
    const scope = await newScope()
    const model = await storedModel(database, scope, {
      maxTokens: 100,
      profile: { drop: ['seed'], systemRole: 'user' },
    })
    const elsewhere = await storedModel(database, scope, { slug: 'elsewhere', region: 'us' })
    const config = oneVariant(model, {
      messages: [
        { role: 'system', content: 'x' },
        { role: 'user', content: '{{question}}' },
      ],
      parameters: { seed: 1, max_tokens: 500 },
      region: 'eu',
      fallbacks: [{ model: elsewhere, parameters: {} }],
    })
    const { id } = await deployments.createDeployment(scope, { key: 'adapted', config })
    const { findings } = await deployments.checkDraft(scope, { id })
    expect(
      findings
        .filter(({ severity }) => severity !== 'warned')
        .map(({ target, need, severity }) => [target, need, severity]),
    ).toEqual([
      [0, 'profile', 'adapted'],
      [0, 'system_role', 'adapted'],
      [0, 'max_tokens', 'adapted'],
      [1, 'region', 'refused'],
    ])
    expect((await failureOf(deployments.publish(scope, { id, draftVersion: 1 }))).message).toContain(
      'elsewhere computes in the US; this variant demands the EU.',
    )
  })

  test('a guardrail that nobody knows is refused, a known one is not', async () => {
    const scope = await newScope()
    const model = await storedModel(database, scope)
    const { id } = await deployments.createDeployment(scope, {
      key: 'guarded',
      config: oneVariant(model, {
        guardrails: [
          { evaluator: 'known', on: 'input' },
          { evaluator: 'unknown', on: 'output' },
        ],
      }),
    })
    expect((await deployments.checkDraft(scope, { id })).problems).toMatchObject([
      { path: 'variants.0.guardrails.1.evaluator' },
    ])
  })

  test('vectors have no words that a guardrail could look at', async () => {
    const scope = await newScope()
    const model = await storedModel(database, scope, { type: 'embedding' })
    const guardrails = [
      { evaluator: 'known', on: 'output' as const },
      { evaluator: 'known', on: 'input' as const },
    ]
    const { id } = await deployments.createDeployment(scope, {
      key: 'near',
      config: oneVariant(model, { messages: [], guardrails }),
    })
    expect((await deployments.checkDraft(scope, { id })).problems).toMatchObject([
      { path: 'variants.0.guardrails.0.evaluator', message: expect.stringContaining('no words') },
    ])
  })

  test('a rollback to a version whose model is gone or disabled is refused with the reason', async () => {
    const scope = await newScope()
    const { id, model } = await published(scope)
    const other = await storedModel(database, scope)
    const draft = await deployments.getDraft(scope, { id })
    const saved = await deployments.saveDraft(scope, { id, version: draft.version, config: oneVariant(other) })
    await deployments.publish(scope, { id, draftVersion: saved.version })
    await models.deleteModel(scope, { id: model })
    expect((await failureOf(deployments.rollback(scope, { id, environment: 'production' }))).message).toContain(
      'does not exist any more',
    )
  })
})

describe('models that are used', () => {
  test('one in a draft or a served version cannot be deleted; pointed elsewhere, versions get a successor and stay as they were', async () => {
    const scope = await newScope()
    const { id, model } = await published(scope, 'user')
    const [use] = await models.listUses(scope, { id: model })
    expect(use).toEqual({ kind: 'deployment', refId: id, label: 'the deployment “user”' })
    expect((await failureOf(models.deleteModel(scope, { id: model }))).code).toBe('model_in_use')
    const to = await storedModel(database, scope)
    await models.deleteModel(scope, { id: model, repoint: [{ kind: 'deployment', refId: id, to }] })
    expect(serves(await deployments.getDeployment(scope, { id }))).toMatchObject({ production: '1.1', staging: null })
    const modelAt = async (version: string) =>
      (await deployments.getVersion(scope, { id, version })).config.variants[0]!.model
    expect([await modelAt('1.0'), await modelAt('1.1')]).toEqual([model, to])
    expect((await deployments.getDraft(scope, { id })).config.variants[0]!.model).toBe(to)
    expect(await models.listUses(scope, { id: to })).toMatchObject([{ refId: id }])
    expect((await deployments.listReleases(scope, { id })).items[0]).toMatchObject({
      kind: 'repoint',
      version: '1.1',
      from: '1.0',
    })
  })

  test('another model that cannot do what is needed does not take the place', async () => {
    const scope = await newScope()
    const model = await storedModel(database, scope)
    const config = oneVariant(model, { parameters: { response_format: { type: 'json_object' } } })
    const { id } = await deployments.createDeployment(scope, { key: 'json', config })
    await deployments.publish(scope, { id, draftVersion: 1 })
    const to = await storedModel(database, scope, { checks: { json_object: 'no' } })
    const failure = await failureOf(
      models.deleteModel(scope, { id: model, repoint: [{ kind: 'deployment', refId: id, to }] }),
    )
    expect(failure).toMatchObject({ code: 'not_publishable', message: expect.stringContaining('JSON mode') })
  })

  test('a version that serves nothing any more holds no model, and a deleted deployment none at all', async () => {
    const scope = await newScope()
    const { id, model } = await published(scope)
    const other = await storedModel(database, scope)
    const saved = await deployments.saveDraft(scope, { id, version: 1, config: oneVariant(other) })
    expect(await models.listUses(scope, { id: model })).toHaveLength(1)
    await deployments.publish(scope, { id, draftVersion: saved.version })
    expect(await models.listUses(scope, { id: model })).toHaveLength(0)
    await deployments.deleteDeployment(scope, { id, confirmation: 'answer' })
    expect(await models.listUses(scope, { id: other })).toHaveLength(0)
  })

  test('a model deleted while a draft that names it is saved is never both gone and used', async () => {
    const scope = await newScope()
    const { id } = await published(scope)
    const contested = await storedModel(database, scope)
    await Promise.allSettled([
      models.deleteModel(scope, { id: contested }),
      deployments.saveDraft(scope, { id, version: 1, config: oneVariant(contested) }),
    ])
    const { rows } = await database.pool.query(
      'select deleted_at is not null as gone, exists (select 1 from model_uses u where u.model_id = m.id) as used from models m where id = $1',
      [contested],
    )
    expect(rows[0].gone && rows[0].used).toBe(false)
    expect(rows[0].gone || rows[0].used).toBe(true)
  })
})
