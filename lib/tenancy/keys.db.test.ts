import { describe, expect, it } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { testPassword, testRequest, testTenancy } from '#lib/testing/tenancy.ts'
import { createKeyring } from './keyring.ts'

const { database } = await testDatabase()
const { tenancy, clock, person, workspace, member } = testTenancy(database)
const all = ['inference', 'read', 'manage'] as const

/** A feed that loads when told to. */
function handFeed() {
  let load: () => Promise<void> = async () => undefined
  let freshAtMs = Number.NEGATIVE_INFINITY
  const refresh = async () => {
    await load()
    freshAtMs = clock.monotonicMs()
  }
  return {
    refresh,
    ageMs: () => clock.monotonicMs() - freshAtMs,
    register: (loader: () => Promise<void>) => {
      load = loader
      return refresh()
    },
  }
}

describe('API keys', () => {
  it('are shown once and stored as a hash', async () => {
    const { scope } = await workspace()
    const { key, secret } = await tenancy.createKey(scope, { name: 'CI', scopes: [...all] })
    expect(secret).toMatch(/^pb_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/)
    expect(key).toMatchObject({ name: 'CI', role: 'admin', state: 'active', lastUsedAt: null, editable: true })
    const part = secret.split('_')[3]!.slice(0, 8)
    const everything = JSON.stringify([
      await database.system.apiKey.findMany(),
      await database.system.audit.findMany(),
      await tenancy.listKeys(scope),
    ])
    expect(everything).not.toContain(part)
  })

  it('open their own workspace at the management API, and no other', async () => {
    const { scope, view } = await workspace()
    const other = await workspace()
    const { key, secret } = await tenancy.createKey(scope, { name: 'CI', scopes: ['read'] })
    const asKey = await tenancy.scopeForKey(secret, view.slug, testRequest)
    expect(asKey).toMatchObject({
      workspaceId: view.id,
      actor: { kind: 'key', id: key.id, label: 'CI' },
      keyScopes: ['read'],
      operator: false,
    })
    await expect(tenancy.scopeForKey(secret, other.view.slug, testRequest)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(tenancy.scopeForKey(`${secret.slice(0, -1)}!`, view.slug, testRequest)).rejects.toMatchObject({
      code: 'invalid_api_key',
    })
    expect((await tenancy.getWorkspace(asKey)).slug).toBe(view.slug)
    await expect(tenancy.updateWorkspace(asKey, { version: 1, name: 'x' })).rejects.toMatchObject({
      code: 'permission_denied',
    })
  })

  it('with only inference read nothing', async () => {
    const { scope, view } = await workspace()
    const { secret } = await tenancy.createKey(scope, { name: 'app' })
    const asKey = await tenancy.scopeForKey(secret, view.slug, testRequest)
    await expect(tenancy.getWorkspace(asKey)).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(tenancy.listKeys(asKey)).rejects.toMatchObject({ code: 'permission_denied' })
  })

  it('grant nothing beyond their maker: role, scopes, workspace deletion', async () => {
    const { scope, view } = await workspace()
    const dev = await member(scope, 'developer')
    const viewer = await member(scope, 'viewer')
    await expect(tenancy.createKey(dev.scope, { name: 'x', role: 'admin' })).rejects.toMatchObject({
      code: 'role_above_own',
    })
    await expect(tenancy.createKey(viewer.scope, { name: 'x' })).rejects.toMatchObject({ code: 'role_too_low' })
    const { secret } = await tenancy.createKey(scope, { name: 'boss', scopes: ['manage'], role: 'owner' })
    const asKey = await tenancy.scopeForKey(secret, view.slug, testRequest)
    await expect(tenancy.createKey(asKey, { name: 'x', scopes: ['inference'] })).rejects.toMatchObject({
      code: 'permission_denied',
    })
    await expect(tenancy.deleteWorkspace(asKey, { confirmation: view.slug })).rejects.toMatchObject({
      code: 'people_only',
    })
    const child = await tenancy.createKey(asKey, { name: 'child', scopes: ['manage'] })
    expect(child.key.createdBy?.id).toBe(scope.actor.id)
  })

  it('refuse an expiry in the past, foreign models and names without a letter', async () => {
    const { scope } = await workspace()
    await expect(tenancy.createKey(scope, { name: 'x', expiresAt: '2020-01-01T00:00:00Z' })).rejects.toMatchObject({
      fields: { expiresAt: 'The date has passed.' },
    })
    await expect(tenancy.createKey(scope, { name: 'x', modelIds: ['mdl_nothing'] })).rejects.toMatchObject({
      fields: { modelIds: 'One of the models does not exist.' },
    })
    await expect(tenancy.createKey(scope, { name: ' ' })).rejects.toMatchObject({ fields: { name: 'Enter a name.' } })
    await expect(tenancy.createKey(scope, { name: 'x', scopes: [] })).rejects.toMatchObject({ kind: 'invalid_input' })
  })

  it('are the developer’s own: others’ are not found, and admins see all', async () => {
    const { scope } = await workspace()
    const dev = await member(scope, 'developer')
    const owners = await tenancy.createKey(scope, { name: 'owner’s' })
    const own = await tenancy.createKey(dev.scope, { name: 'own' })
    expect((await tenancy.listKeys(dev.scope)).items.map(({ name }) => name)).toEqual(['own'])
    for (const verb of [tenancy.getKey, tenancy.revokeKey])
      await expect(verb(dev.scope, { id: owners.key.id })).rejects.toMatchObject({ kind: 'not_found' })
    const other = await workspace()
    await expect(tenancy.revokeKey(other.scope, { id: own.key.id })).rejects.toMatchObject({ kind: 'not_found' })
    expect((await tenancy.updateKey(scope, { id: own.key.id, version: 1, name: 'renamed' })).name).toBe('renamed')
    await expect(tenancy.updateKey(dev.scope, { id: own.key.id, version: 1, name: 'again' })).rejects.toMatchObject({
      code: 'stale_version',
    })
  })

  it('are paged and show their last use', async () => {
    const { scope } = await workspace()
    for (let n = 0; n < 3; n++) {
      clock.advance(1)
      await tenancy.createKey(scope, { name: `k${n}` })
    }
    const first = await tenancy.listKeys(scope, { limit: 2 })
    const rest = await tenancy.listKeys(scope, { limit: 2, cursor: first.nextCursor })
    expect([...first.items, ...rest.items].map(({ name }) => name)).toEqual(['k2', 'k1', 'k0'])
    expect(rest.nextCursor).toBeUndefined()
    const at = '2026-01-01T00:00:05.000Z'
    await database.pool.query('INSERT INTO ledger.key_use VALUES ($1, $2, $3)', [
      scope.workspaceId,
      first.items[0]!.id,
      at,
    ])
    expect((await tenancy.getKey(scope, { id: first.items[0]!.id })).lastUsedAt).toBe(at)
  })
})

describe('keyring', () => {
  it('authenticates in memory, refuses what is revoked, expired or wrong, and tells two keys apart', async () => {
    const { scope } = await workspace()
    const feed = handFeed()
    const keyring = await createKeyring({ pool: database.pool, feed, pepper: 'pepper of a test', clock })
    const until = new Date(clock.nowMs() + 60_000).toISOString()
    const plain = await tenancy.createKey(scope, { name: 'plain' })
    const brief = await tenancy.createKey(scope, { name: 'brief', expiresAt: until })
    const reader = await tenancy.createKey(scope, { name: 'reader', scopes: ['read'] })
    await feed.refresh()
    const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
    const good = {
      ok: true,
      workspaceId: scope.workspaceId,
      keyId: plain.key.id,
      modelIds: [],
      source: 'gateway',
      actor: { kind: 'key', label: 'plain' },
    }
    for (const headers of [
      bearer(plain.secret),
      { 'api-key': plain.secret },
      { 'x-api-key': plain.secret },
      { ...bearer(plain.secret), 'api-key': plain.secret },
    ]) {
      expect(keyring.authenticate(headers)).toMatchObject(good)
    }
    const bad = { ok: false, status: 401, code: 'invalid_api_key' }
    expect(keyring.authenticate({})).toMatchObject(bad)
    expect(keyring.authenticate(bearer(''))).toMatchObject(bad)
    expect(keyring.authenticate({ authorization: `Basic ${plain.secret}` })).toMatchObject(bad)
    const forged = plain.secret.replace(/_(.)(?=[^_]*_[^_]*$)/, (_, first) => `_${first === 'a' ? 'b' : 'a'}`)
    expect(keyring.authenticate(bearer(forged))).toMatchObject(bad)
    expect(keyring.authenticate({ ...bearer(plain.secret), 'x-api-key': brief.secret })).toMatchObject({ status: 400 })
    expect(keyring.authenticate(bearer(reader.secret))).toMatchObject({ status: 403, code: 'permission_denied' })
    expect(keyring.authenticate(bearer(brief.secret))).toMatchObject({ ok: true })
    clock.advance(60_000)
    expect(keyring.authenticate(bearer(brief.secret))).toMatchObject(bad)
    await tenancy.revokeKey(scope, { id: plain.key.id })
    await feed.refresh()
    expect(keyring.authenticate(bearer(plain.secret))).toMatchObject(bad)
  })

  it('answers 503 and never 401 when its keys are older than ten minutes', async () => {
    const { scope } = await workspace()
    const { secret } = await tenancy.createKey(scope, { name: 'x' })
    const feed = handFeed()
    const keyring = await createKeyring({ pool: database.pool, feed, pepper: 'pepper of a test', clock })
    clock.advance(10 * 60_000)
    expect(keyring.authenticate({ 'x-api-key': secret })).toMatchObject({ ok: true })
    clock.advance(1)
    expect(keyring.authenticate({ 'x-api-key': secret })).toMatchObject({ ok: false, status: 503 })
  })
})

describe('headless set-up', () => {
  it('adds people and workspaces, is repeatable when told, and joins only with a role', async () => {
    const owner = await person()
    const input = { email: 'new@example.test', password: testPassword, workspace: 'beta' }
    const made = await tenancy.initialise(input, testRequest)
    const scope = await tenancy.scopeForKey(made.apiKey, 'beta', testRequest)
    expect(scope).toMatchObject({ role: 'admin', keyScopes: [...all] })
    await expect(tenancy.initialise(input, testRequest)).rejects.toMatchObject({ code: 'workspace_exists' })
    const again = await tenancy.initialise({ ...input, ifMissing: true }, testRequest)
    expect(again.apiKey).not.toBe(made.apiKey)
    await expect(
      tenancy.initialise({ ...input, password: 'wrong password', ifMissing: true }, testRequest),
    ).rejects.toMatchObject({ code: 'wrong_password' })
    const join = { email: owner.email, password: testPassword, workspace: 'beta', ifMissing: true }
    await expect(tenancy.initialise(join, testRequest)).rejects.toMatchObject({ code: 'workspace_exists' })
    expect(
      (
        await tenancy.scopeForKey(
          (
            await tenancy.initialise({ ...join, role: 'developer' }, testRequest)
          ).apiKey,
          'beta',
          testRequest,
        )
      ).role,
    ).toBe('developer')
    await expect(tenancy.initialise({ ...input, workspace: 'sign-in' }, testRequest)).rejects.toMatchObject({
      fields: { workspace: 'This name is reserved.' },
    })
  })
})
