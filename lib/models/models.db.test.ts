import { describe, expect, test } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testModels } from '#lib/testing/models.ts'
import { claimUses } from './index.ts'
import type { ModelView, RawModelInput } from './schema.ts'

const { database } = await testDatabase()
const moved: string[][] = []
const house = await testModels(database, {
  repoint: { test: async (_tx, _scope, refId, from, to) => void moved.push([refId, from, to]) },
})
const { models } = house

/** Small and quick: the verbs are tested here, not the probes. */
const embed = {
  type: 'embedding',
  modelId: 'practice-embed',
  inputPrice: '0.02',
  outputPrice: '',
  cachedInputPrice: '',
} as const

async function add(scope: Scope, changes: Partial<RawModelInput> = {}): Promise<ModelView> {
  return models.addModel(scope, { draft: house.form({ ...embed, ...changes }) })
}

async function newScope(): Promise<Scope> {
  return (await house.workspace()).scope
}

async function failureOf(call: Promise<unknown>): Promise<AppError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}

async function audits(scope: Scope, action: string) {
  return scope.tx((tx) => tx.audit.findMany({ where: { workspaceId: scope.workspaceId, action } }))
}

describe('adding', () => {
  test('a model that answers is saved with card, price and sealed key, and the key never leaves', async () => {
    const scope = await newScope()
    const apiKey = 'sk-practice-Hq8Wm3Zt6Yb1Nc5Rv'
    const view = await add(scope, {
      apiKey,
      name: 'Groq Llama 3.3',
      aliases: ['groq/llama-3.3'],
      headers: { 'x-team': 'canary-header-value' },
    })
    expect(view).toMatchObject({
      type: 'embedding',
      slug: 'groq-llama-3-3',
      aliases: ['groq/llama-3.3'],
      version: 1,
      key: { header: 'authorization', lastFour: 'c5Rv' },
      headerNames: ['x-team'],
      inputPrice: '0.02',
      outputPrice: null,
      priced: true,
      state: 'active',
      contextTokens: 8_192,
      capabilities: { dimensions: 512, checksKeys: true, checks: { embedding_base64: { verdict: 'yes' } } },
    })
    const rows = await database.pool.query(
      `select row_to_json(m) as row from models m where id = $1
       union all select row_to_json(v) from validations v where workspace_id = $2 union all select row_to_json(a) from audits a where workspace_id = $2`,
      [view.id, scope.workspaceId],
    )
    const text = JSON.stringify(rows.rows) + JSON.stringify(view)
    expect(rows.rows).toHaveLength(4)
    for (const secret of [apiKey.slice(12), 'canary-header-value']) {
      for (let at = 0; at + 8 <= secret.length; at++) expect(text.includes(secret.slice(at, at + 8))).toBe(false)
    }
    expect(await audits(scope, 'model.add')).toMatchObject([
      { targetId: view.id, after: { apiKey: 'set', headerNames: ['x-team'] } },
    ])
  })

  test('probes are in the account of the model, at the price it is saved with', async () => {
    const scope = await newScope()
    const view = await add(scope)
    await house.ledger.flush()
    const { rows } = await database.pool.query(
      'select distinct model_id, price_id from ledger.records where workspace_id = $1',
      [scope.workspaceId],
    )
    const [price] = await models.listPrices(scope, { id: view.id })
    expect(rows).toEqual([{ model_id: view.id, price_id: price?.id }])
  })

  test('a passed validation is used once, by the same person, for the same draft; prices may change meanwhile', async () => {
    const scope = await newScope()
    const draft = house.form({ ...embed })
    const { id, events } = await models.startValidation(scope, { draft })
    for await (const _ of events);
    const served = () => house.practice.account(String(draft.apiKey)).calls
    const before = served()
    const view = await models.addModel(scope, {
      draft: { ...draft, name: 'Renamed', inputPrice: '0.03' },
      validationId: id,
    })
    expect(served()).toBe(before)
    expect(view).toMatchObject({ validationId: id, inputPrice: '0.03', name: 'Renamed' })
    expect((await models.listPrices(scope, { id: view.id })).map((price) => price.inputPrice)).toEqual(['0.03', '0.02'])
    const second = await models.addModel(scope, { draft, validationId: id })
    expect(second.id).not.toBe(view.id)
    expect(served()).toBeGreaterThan(before)
    const third = await models.addModel(scope, { draft: { ...draft, apiKey: `${draft.apiKey}x` }, validationId: id })
    expect(third.validationId).not.toBe(id)
  })

  test('a failed validation saves nothing and marks the field', async () => {
    const scope = await newScope()
    const error = await failureOf(add(scope, { apiKey: 'sk-wrong-00000000' }))
    expect(error).toMatchObject({ kind: 'invalid_input', code: 'validation_failed' })
    expect(error.message).toMatch(/^Nothing was saved\. 1 field to fix\./)
    expect(error.fields?.apiKey).toContain('refuses this key')
    expect(error.details?.checks).toBeInstanceOf(Array)
    expect(await models.listModels(scope)).toMatchObject({ total: 0 })
  })

  test('a wrong form is refused by field before anything is called', async () => {
    const scope = await newScope()
    const error = await failureOf(models.addModel(scope, { draft: house.form({ name: '', temperature: '9' }) }))
    expect(error.fields).toEqual({
      name: 'Enter a name of 1 to 128 characters.',
      temperature: 'Temperature is a number from 0 to 2.',
    })
  })

  test('equal names give -2, also when they are saved at one moment', async () => {
    const scope = await newScope()
    const drafts = Array.from({ length: 4 }, () => house.form({ ...embed, name: 'Same name' }))
    const views = await Promise.all(drafts.map((draft) => models.addModel(scope, { draft })))
    expect(views.map((view) => view.slug).sort()).toEqual(['same-name', 'same-name-2', 'same-name-3', 'same-name-4'])
    expect(await models.suggestSlug(scope, { name: 'same NAME' })).toEqual({ slug: 'same-name-5', nameTaken: true })
  })

  test('a taken slug or alias is refused at its field before the server is called', async () => {
    const scope = await newScope()
    await add(scope, { slug: 'one', aliases: ['a/b'] })
    expect(await failureOf(add(scope, { slug: 'one' }))).toMatchObject({
      code: 'address_taken',
      fields: { slug: '“one” is the address of another model.' },
    })
    expect((await failureOf(add(scope, { aliases: ['x', 'a/b'] }))).fields).toHaveProperty(['aliases.1'])
    expect((await add(await newScope(), { slug: 'one' })).slug).toBe('one')
  })

  test('saved as soon as the required stages passed, the worker finishes the card', async () => {
    const scope = await newScope()
    const draft = house.form({})
    const { id, events } = await models.startValidation(scope, { draft })
    for await (const event of events) if (event.type === 'progress' && event.savable) break
    const early = await models.addModel(scope, { draft, validationId: id })
    const job = { workspaceId: scope.workspaceId, modelId: early.id, validationId: id }
    const worker = await house.tenancy.jobScope(scope.workspaceId, 'test')
    // A second time changes nothing.
    for (let turn = 0; turn < 2; turn++) await models.finishValidation(worker, job, new AbortController().signal)
    for await (const _ of await models.validationEvents(scope, { id }));
    expect((await models.getModel(scope, { id: early.id })).capabilities.checks.vision?.verdict).toBe('yes')
    expect((await models.getModel(scope, { id: early.id })).capabilities.checks.n?.verdict).toBe('yes')
  })
})

describe('editing', () => {
  test('a new name leaves the addresses; a new slug keeps the old one as former', async () => {
    const scope = await newScope()
    const view = await add(scope, { name: 'Before' })
    const renamed = await models.updateModel(scope, { id: view.slug, patch: { version: 1, name: 'After' } })
    expect(renamed).toMatchObject({ name: 'After', slug: 'before', version: 2, capabilities: view.capabilities })
    const moved = await models.updateModel(scope, { id: view.id, patch: { version: 2, slug: 'after', aliases: ['z'] } })
    expect(moved.addresses.map(({ address, kind }) => [address, kind]).sort()).toEqual([
      ['after', 'slug'],
      ['before', 'former'],
      ['z', 'alias'],
    ])
    expect((await models.getModel(scope, { id: 'before' })).id).toBe(view.id)
    expect(await audits(scope, 'model.update')).toHaveLength(2)
  })

  test('a stale version is 409 with the model as it stands, and changes nothing', async () => {
    const scope = await newScope()
    const view = await add(scope)
    const edits = await Promise.allSettled(
      ['A', 'B', 'C'].map((name) => models.updateModel(scope, { id: view.id, patch: { version: 1, name } })),
    )
    const won = edits.filter((edit) => edit.status === 'fulfilled')
    expect(won).toHaveLength(1)
    for (const edit of edits) {
      if (edit.status === 'rejected')
        expect(edit.reason).toMatchObject({ code: 'stale_version', details: { current: { version: 2 } } })
    }
  })

  test('a price change is a new row, what was before stays', async () => {
    const scope = await newScope()
    const view = await add(scope)
    const changed = await models.updateModel(scope, { id: view.id, patch: { version: 1, inputPrice: 0.05 } })
    expect(changed).toMatchObject({ inputPrice: '0.05', validationId: view.validationId })
    const later = new Date(Date.now() + 86_400_000).toISOString()
    const history = await models.setPrice(scope, { id: view.id, inputPrice: '1', effectiveFrom: later })
    expect(history.map((price) => price.inputPrice)).toEqual(['1', '0.05', '0.02'])
    expect((await models.getModel(scope, { id: view.id })).inputPrice).toBe('0.05')
    expect(
      await failureOf(models.setPrice(scope, { id: view.id, inputPrice: '1', effectiveFrom: '2020-01-01T00:00:00Z' })),
    ).toMatchObject({ kind: 'invalid_input' })
  })

  test('another Base URL asks for the key, drops headers, and is proven first', async () => {
    const scope = await newScope()
    const view = await add(scope, { headers: { 'x-team': 'one-two-three' } })
    const baseUrl = house.below('any-key')
    const asked = await failureOf(models.updateModel(scope, { id: view.id, patch: { version: 1, baseUrl } }))
    expect(asked).toMatchObject({
      code: 'key_required',
      fields: { apiKey: 'The Base URL changed. Enter the API key again.' },
    })
    expect(await failureOf(models.startValidation(scope, { id: view.id, patch: { baseUrl } }))).toMatchObject({
      code: 'key_required',
    })
    const moved = await models.updateModel(scope, {
      id: view.id,
      patch: { version: 1, baseUrl, apiKey: 'anything-at-all' },
    })
    expect(moved).toMatchObject({ baseUrl, headerNames: [], capabilities: { checksKeys: false } })
    expect(moved.validationId).not.toBe(view.validationId)
  })

  test('a wrong Model ID in an edit fails its validation and nothing changes', async () => {
    const scope = await newScope()
    const view = await add(scope)
    const error = await failureOf(
      models.updateModel(scope, { id: view.id, patch: { version: 1, modelId: 'practice-embedd' } }),
    )
    expect(error).toMatchObject({
      code: 'validation_failed',
      fields: { modelId: 'Not served here. Did you mean practice-embed?' },
    })
    expect(await models.getModel(scope, { id: view.id })).toEqual(view)
  })

  test('a stored header keeps its value where the form sends its name alone', async () => {
    const scope = await newScope()
    const view = await add(scope, { baseUrl: house.below('needs-header'), headers: { 'x-practice-project': 'p1' } })
    const headers = [
      { name: 'x-practice-project', value: '' },
      { name: 'x-more', value: 'two' },
    ]
    expect(await models.updateModel(scope, { id: view.id, patch: { version: 1, headers } })).toMatchObject({
      headerNames: ['x-practice-project', 'x-more'],
    })
  })

  test('a pinned verdict survives the next validation until it is taken out', async () => {
    const scope = await newScope()
    const view = await add(scope)
    await models.pinCapability(scope, { id: view.id, capability: 'embedding_batch', verdict: 'no' })
    const { events } = await models.revalidate(scope, { id: view.id })
    for await (const _ of events);
    await expect
      .poll(async () => (await models.getModel(scope, { id: view.id })).validationId)
      .not.toBe(view.validationId)
    expect((await models.getModel(scope, { id: view.id })).capabilities.checks.embedding_batch).toMatchObject({
      verdict: 'no',
      pinned: true,
    })
    const free = await models.pinCapability(scope, { id: view.id, capability: 'embedding_batch', verdict: null })
    expect(free.capabilities.checks.embedding_batch?.pinned).toBe(false)
    expect((await models.listValidations(scope, { model: view.slug })).items).toHaveLength(2)
  })
})

describe('rotating a key', () => {
  test('one new key replaces the same key on all ticked models; one that fails keeps the old and says why', async () => {
    const scope = await newScope()
    const apiKey = 'sk-practice-rotate00000001'
    const first = await add(scope, { apiKey, name: 'First' })
    const second = await add(scope, { apiKey, name: 'Second' })
    await add(scope, { name: 'Other key' })
    expect((await models.rotationGroup(scope, { id: first.id })).map(({ name }) => name)).toEqual(['First', 'Second'])
    const refused = await models.rotateKey(scope, { id: first.id, apiKey: 'sk-bad-000000000000' })
    expect(refused).toMatchObject([{ replaced: false, problem: { field: 'apiKey' } }])
    const done = await models.rotateKey(scope, {
      id: first.id,
      apiKey: 'sk-practice-rotate00000002',
      also: [second.id],
    })
    expect(done.map(({ name, replaced }) => [name, replaced])).toEqual([
      ['First', true],
      ['Second', true],
    ])
    const after = await models.getModel(scope, { id: second.id })
    expect(after.key?.lastFour).toBe('0002')
    expect(after.key?.fingerprint).not.toBe(first.key?.fingerprint)
    expect(after.capabilities).toEqual(second.capabilities)
  })
})

describe('deleting', () => {
  test('a used model is kept, an unused one goes: secrets at once, addresses after 90 days', async () => {
    const scope = await newScope()
    const view = await add(scope, { name: 'To go' })
    const ref = { workspaceId: scope.workspaceId, kind: 'deployment', refId: 'dep_1', label: 'Support' }
    await scope.tx((tx) => claimUses(tx, ref, [view.id, view.id]))
    expect(await failureOf(models.deleteModel(scope, { id: view.id }))).toMatchObject({
      code: 'model_in_use',
      details: { uses: [{ kind: 'deployment', refId: 'dep_1', label: 'Support' }] },
    })
    await scope.tx((tx) => claimUses(tx, ref, []))
    expect(await failureOf(models.deleteModel(scope, { id: view.id, name: 'Wrong' }))).toMatchObject({
      fields: { name: 'Type “To go”.' },
    })
    await models.deleteModel(scope, { id: view.id, name: 'To go' })
    expect(await failureOf(models.getModel(scope, { id: view.id }))).toMatchObject({ kind: 'not_found' })
    const { rows } = await database.pool.query('select name, sealed_key, key_last_four from models where id = $1', [
      view.id,
    ])
    expect(rows).toEqual([{ name: 'To go', sealed_key: null, key_last_four: null }])
    expect((await failureOf(add(scope, { slug: 'to-go' }))).fields?.slug).toMatch(
      /^“to-go” belonged to a deleted model and is free again on \d{4}-\d\d-\d\d\.$/,
    )
    await database.pool.query(
      `update model_addresses set reserved_until = now() - interval '1 minute' where address = 'to-go'`,
    )
    expect((await add(scope, { slug: 'to-go' })).slug).toBe('to-go')
    expect(await audits(scope, 'model.delete')).toHaveLength(1)
  })

  test('what uses a foreign or deleted model is refused', async () => {
    const scope = await newScope()
    const view = await add(scope)
    const other = await newScope()
    const ref = { workspaceId: other.workspaceId, kind: 'deployment', refId: 'dep_1', label: 'x' }
    expect(await failureOf(other.tx((tx) => claimUses(tx, ref, [view.id])))).toMatchObject({ kind: 'not_found' })
  })
})

describe('listing', () => {
  test('searched, filtered, sorted, and paged without a gap or a repeat', async () => {
    const scope = await newScope()
    for (const name of ['Charlie', 'alpha', 'Bravo']) await add(scope, { name, region: name === 'alpha' ? 'eu' : 'us' })
    await models.setModelState(scope, { id: 'bravo', state: 'disabled' })
    const names = async (input: Parameters<typeof models.listModels>[1]) =>
      (await models.listModels(scope, input)).items.map(({ name }) => name)
    expect(await names({ search: 'ALPH' })).toEqual(['alpha'])
    expect(await names({ search: 'practice-embed', sort: '-createdAt' })).toEqual(['Bravo', 'alpha', 'Charlie'])
    expect(await names({ region: 'eu' })).toEqual(['alpha'])
    expect(await names({ type: ['chat', 'image'] })).toEqual([])
    expect(await names({ state: 'disabled' })).toEqual(['Bravo'])
    expect(await names({ capability: 'embedding_batch', sort: 'createdAt' })).toEqual(['Charlie', 'alpha', 'Bravo'])
    for (const sort of ['name', '-name', 'createdAt', '-createdAt'] as const) {
      const whole = await names({ sort })
      const paged: string[] = []
      let cursor: string | undefined
      do {
        const page = await models.listModels(scope, { sort, limit: 1, ...(cursor && { cursor }) })
        paged.push(...page.items.map(({ name }) => name))
        cursor = page.nextCursor
      } while (cursor)
      expect(paged).toEqual(whole)
    }
    expect(await failureOf(models.listModels(scope, { cursor: 'nonsense' }))).toMatchObject({
      fields: { cursor: 'Unknown cursor.' },
    })
  })

  test('a copy is everything but the secrets', async () => {
    const scope = await newScope()
    const view = await add(scope, { name: 'One', headers: { 'x-team': 'abc' } })
    const draft = await models.duplicateDraft(scope, { id: view.id })
    expect(draft).toMatchObject({ name: 'One copy', modelId: 'practice-embed', inputPrice: '0.02', noKey: false })
    expect(draft).not.toHaveProperty('apiKey')
    expect(draft).not.toHaveProperty('headers')
  })

  test('a server tells what it offers, with context and prices, or why it does not', async () => {
    const scope = await newScope()
    const { baseUrl, apiKey } = house.form({})
    const offered = await models.offeredModels(scope, { baseUrl, apiKey })
    expect(offered.models.find(({ id }) => id === 'practice-chat')).toMatchObject({
      contextTokens: 128_000,
      inputPrice: '0.15',
      outputPrice: '0.6',
    })
    expect(await models.offeredModels(scope, { baseUrl, apiKey: 'wrong-key-0000' })).toMatchObject({
      models: [],
      problem: { code: 'key_refused', field: 'apiKey' },
    })
    expect(await models.offeredModels(scope, { baseUrl, apiKey: '' })).toMatchObject({ models: [], problem: null })
  })
})

test('roles: developers read models and evidence, viewers read models, only admins and owners change anything', async () => {
  const owner = await newScope()
  const view = await add(owner)
  const draft = house.form({ ...embed })
  const change: Record<string, (scope: Scope) => Promise<unknown>> = {
    addModel: (scope) => models.addModel(scope, { draft }),
    updateModel: (scope) => models.updateModel(scope, { id: view.id, patch: { version: 1, name: 'x' } }),
    setModelState: (scope) => models.setModelState(scope, { id: view.id, state: 'disabled' }),
    deleteModel: (scope) => models.deleteModel(scope, { id: view.id }),
    pinCapability: (scope) => models.pinCapability(scope, { id: view.id, capability: 'n', verdict: 'no' }),
    setPrice: (scope) => models.setPrice(scope, { id: view.id, inputPrice: '1' }),
    rotateKey: (scope) => models.rotateKey(scope, { id: view.id, apiKey: 'sk-practice-aaaaaaaa' }),
    startValidation: (scope) => models.startValidation(scope, { draft }),
    revalidate: (scope) => models.revalidate(scope, { id: view.id }),
    cancelValidation: (scope) => models.cancelValidation(scope, { id: view.validationId! }),
    offeredModels: (scope) => models.offeredModels(scope, { baseUrl: house.practice.url, apiKey: 'x' }),
  }
  for (const role of ['developer', 'viewer'] as const) {
    const { scope } = await house.member(owner, role)
    for (const verb of Object.values(change)) expect(await failureOf(verb(scope))).toMatchObject({ kind: 'forbidden' })
    expect((await models.listModels(scope)).items).toHaveLength(1)
    const evidence = models.getValidation(scope, { id: view.validationId! })
    if (role === 'developer') expect((await evidence).id).toBe(view.validationId)
    else expect(await failureOf(evidence)).toMatchObject({ kind: 'forbidden' })
  }
  // Another workspace's owner: everything that names the model is not found, as if it did not exist.
  const stranger = await newScope()
  const { addModel: _add, startValidation: _start, offeredModels: _offered, ...named } = change
  for (const verb of Object.values(named)) expect(await failureOf(verb(stranger))).toMatchObject({ kind: 'not_found' })
  for (const read of [
    models.getModel,
    models.listPrices,
    models.listUses,
    models.duplicateDraft,
    models.rotationGroup,
  ]) {
    expect(await failureOf(read(stranger, { id: view.id }))).toMatchObject({
      kind: 'not_found',
      message: 'Model not found.',
    })
  }
  expect(await failureOf(models.getValidation(stranger, { id: view.validationId! }))).toMatchObject({
    kind: 'not_found',
  })
  expect(await failureOf(models.validationEvents(stranger, { id: view.validationId! }))).toMatchObject({
    kind: 'not_found',
  })
  expect((await models.listModels(stranger)).total).toBe(0)
  expect(await models.getModel(owner, { id: view.id })).toEqual(view)
})

test('too many validations of one person are refused with a time to come back', async () => {
  const scope = await newScope()
  const calls = await Promise.allSettled(
    Array.from({ length: 6 }, () =>
      models.startValidation(scope, { draft: house.form({ modelId: 'practice-chat:hang' }) }),
    ),
  )
  const refused = calls.filter((call) => call.status === 'rejected')
  expect(refused).toHaveLength(2)
  expect(refused[0]?.reason).toMatchObject({ kind: 'limit_exceeded', code: 'validation_rate_limit' })
  expect((await models.listValidations(scope)).items).toHaveLength(4)
  for (const call of calls) if (call.status === 'fulfilled') await models.cancelValidation(scope, { id: call.value.id })
})

describe('the directory', () => {
  const find = async (scope: Scope, address: string, type: 'chat' | 'embedding' | null = null) => {
    await house.feed.refresh()
    return house.directory.resolve(scope.workspaceId, address, type)
  }

  test('leads from every address to the model, with its price and its way, and knows no other workspace', async () => {
    const scope = await newScope()
    const apiKey = 'sk-practice-directory00001'
    const view = await add(scope, { apiKey, name: 'Known', aliases: ['a/b:c'] })
    for (const address of ['known', 'a/b:c', `${scope.workspace.slug}@openai-compatible/practice-embed`]) {
      expect(await find(scope, address, 'embedding')).toMatchObject({
        ok: true,
        plan: { targets: [{ entry: { id: view.id, price: { inputPicoUsdPerToken: 20_000n } } }] },
      })
    }
    expect(await find(scope, 'known', 'chat')).toMatchObject({ ok: false, code: 'unsupported_for_model' })
    expect(await find(await newScope(), 'known')).toMatchObject({ ok: false, code: 'model_not_found' })
    const entry = house.directory.find(scope.workspaceId, view.id)!
    expect(JSON.stringify(entry, (_key, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      'sealed',
    )
    const target = house.directory.open(entry)
    expect(target).toMatchObject({
      baseUrl: house.practice.url,
      headers: { authorization: `Bearer ${apiKey}` },
      secrets: [apiKey],
    })
    expect(house.directory.open(entry)).toBe(target)
    expect(house.directory.list(scope.workspaceId).map(({ slug }) => slug)).toEqual(['known'])
  })

  test('an address of the Model ID that fits several is refused with their slugs, and narrowed by the Type', async () => {
    const scope = await newScope()
    await add(scope, { name: 'One' })
    await add(scope, { name: 'Two' })
    const address = `${scope.workspace.slug}@openai-compatible/practice-embed`
    expect(await find(scope, address, 'embedding')).toEqual({
      ok: false,
      code: 'ambiguous_model',
      message: `“${address}” names 2 models. Use one of one, two.`,
    })
    await models.setModelState(scope, { id: 'two', state: 'disabled' })
    expect(await find(scope, address, 'embedding')).toMatchObject({ ok: true })
    expect(await find(scope, 'two')).toMatchObject({ ok: false, code: 'model_disabled' })
    expect(await find(scope, address, 'chat')).toMatchObject({ ok: false, code: 'unsupported_for_model' })
  })

  test('a new key is used from the next call on, an unpriced model has no price', async () => {
    const scope = await newScope()
    const view = await add(scope, { name: 'Turning', inputPrice: '' })
    await house.feed.refresh()
    const before = house.directory.open(house.directory.find(scope.workspaceId, view.id)!)
    await models.rotateKey(scope, { id: view.id, apiKey: 'sk-practice-turned000001' })
    await house.feed.refresh()
    const entry = house.directory.find(scope.workspaceId, view.id)!
    expect(entry.price).toBeNull()
    expect(house.directory.open(entry)).not.toBe(before)
    expect(house.directory.open(entry).headers.authorization).toBe('Bearer sk-practice-turned000001')
  })
})

describe('many at once', () => {
  test('each is done by itself: what fails says why and stops nobody', async () => {
    const scope = await newScope()
    const [one, two] = [await add(scope, { name: 'One' }), await add(scope, { name: 'Two' })]
    const ref = { workspaceId: scope.workspaceId, kind: 'deployment', refId: 'dep_1', label: 'Support' }
    await scope.tx((tx) => claimUses(tx, ref, [two.id]))
    const ids = [one.id, two.slug, 'no-such-model']
    expect(await models.bulkModels(scope, { ids, action: 'disable' })).toMatchObject([
      { id: one.id, name: 'One', ok: true, error: null },
      { id: two.slug, name: 'Two', ok: true },
      { id: 'no-such-model', name: '', ok: false, error: { code: 'not_found', message: 'Model not found.' } },
    ])
    expect((await models.listModels(scope, { state: 'disabled' })).total).toBe(2)
    expect(await models.bulkModels(scope, { ids, action: 'enable' })).toMatchObject([{ ok: true }, { ok: true }, {}])
    expect(await failureOf(models.bulkModels(scope, { ids, action: 'delete' }))).toMatchObject({
      fields: { confirm: 'Type “delete” to confirm: this cannot be undone.' },
    })
    expect(await models.bulkModels(scope, { ids, action: 'delete', confirm: 'delete' })).toMatchObject([
      { ok: true },
      { ok: false, error: { code: 'model_in_use' }, uses: [{ label: 'Support' }] },
      { ok: false },
    ])
    expect((await models.listModels(scope)).items.map(({ name }) => name)).toEqual(['Two'])
    expect(await failureOf(models.bulkModels(scope, { ids: [], action: 'enable' }))).toMatchObject({
      kind: 'invalid_input',
    })
  })

  test('validations are queued once each, under the name of who asked', async () => {
    const scope = await newScope()
    const view = await add(scope)
    const ids = [view.id, view.slug]
    expect(await models.bulkModels(scope, { ids, action: 'validate' })).toMatchObject([{ ok: true }, { ok: true }])
    const { rows } = await database.pool.query(
      `select data from pgboss.job where name = 'model-validate' and data->>'modelId' = $1`,
      [view.id],
    )
    expect(rows).toEqual([{ data: { workspaceId: scope.workspaceId, modelId: view.id, askedBy: scope.actor.label } }])
    expect(await audits(scope, 'model.queue_validation')).toHaveLength(1)
  })
})

describe('pointing uses elsewhere', () => {
  const use = (scope: Scope, refId: string, label: string) => ({
    workspaceId: scope.workspaceId,
    kind: 'test',
    refId,
    label,
  })

  test('a used model is deleted with its uses pointed to others of its Type, in one step', async () => {
    const scope = await newScope()
    const [old, next] = [await add(scope, { name: 'Old' }), await add(scope, { name: 'Next' })]
    await scope.tx((tx) => claimUses(tx, use(scope, 'one', 'First'), [old.id]))
    await scope.tx((tx) => claimUses(tx, use(scope, 'two', 'Second'), [old.id, next.id]))
    const repoint = ['one', 'two'].map((refId) => ({ kind: 'test', refId, to: next.slug }))
    moved.length = 0
    expect(await failureOf(models.deleteModel(scope, { id: old.id, repoint: repoint.slice(0, 1) }))).toMatchObject({
      code: 'model_in_use',
      details: { uses: [{ refId: 'two' }] },
    })
    // All or nothing: the first one stands where it was.
    expect((await models.listUses(scope, { id: old.id })).map(({ refId }) => refId)).toEqual(['one', 'two'])
    moved.length = 0
    await models.deleteModel(scope, { id: old.id, repoint })
    expect(moved).toEqual([
      ['one', old.id, next.id],
      ['two', old.id, next.id],
    ])
    expect((await models.listUses(scope, { id: next.id })).map(({ label }) => label)).toEqual(['First', 'Second'])
    expect(await audits(scope, 'model.repoint')).toHaveLength(2)
  })

  test('a target of another Type, disabled, foreign or the same is refused; so is a use that nobody can change', async () => {
    const scope = await newScope()
    const old = await add(scope, { name: 'Old' })
    const off = await add(scope, { name: 'Off' })
    await models.setModelState(scope, { id: off.id, state: 'disabled' })
    const chat = await models.addModel(scope, {
      draft: house.form({ type: 'completion', modelId: 'practice-completion' }),
    })
    const foreign = await add(await newScope())
    await scope.tx((tx) => claimUses(tx, use(scope, 'one', 'First'), [old.id]))
    const point = (to: string, kind = 'test') =>
      failureOf(models.repointUses(scope, { id: old.id, uses: [{ kind, refId: 'one', to }] }))
    expect((await point(chat.id)).fields?.to).toContain('is of another Type than “Old”')
    expect((await point(off.id)).fields?.to).toBe('“Off” is disabled.')
    expect((await point(old.id)).fields?.to).toBe('Choose another model than the one that goes.')
    expect(await point(foreign.id)).toMatchObject({ kind: 'not_found', message: 'Model not found.' })
    expect(await point(chat.id, 'nothing')).toMatchObject({ kind: 'not_found', message: 'Use not found.' })
    const fixed = { ...use(scope, 'two', 'Nightly'), kind: 'fixed' }
    await scope.tx((tx) => claimUses(tx, fixed, [old.id]))
    const next = await add(scope, { name: 'Next' })
    expect(
      await failureOf(models.repointUses(scope, { id: old.id, uses: [{ kind: 'fixed', refId: 'two', to: next.id }] })),
    ).toMatchObject({ code: 'use_not_movable', message: expect.stringContaining('“Nightly”') })
  })
})
