import { describe, expect, it } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { testRequest, testTenancy } from '#lib/testing/tenancy.ts'

const { database } = await testDatabase()
const { tenancy, clock, person, workspace, member } = testTenancy(database)
const audit = (workspaceId: string, action: string) =>
  database.system.audit.findMany({ where: { workspaceId, action } })

describe('workspaces', () => {
  it('makes the slug of the name, the next free one when it is taken, and refuses reserved and foreign ones', async () => {
    const ada = await person()
    expect((await tenancy.createWorkspace(ada, { name: 'Zürich & Co' })).slug).toBe('zurich-co')
    expect((await tenancy.createWorkspace(ada, { name: 'Zürich & Co' })).slug).toBe('zurich-co-2')
    expect((await tenancy.createWorkspace(ada, { name: 'API' })).slug).toBe('api-1')
    expect((await tenancy.createWorkspace(ada, { name: '日本' })).slug).toBe('workspace')
    await expect(tenancy.createWorkspace(ada, { name: 'x', slug: 'claim' })).rejects.toMatchObject({
      fields: { slug: 'This name is reserved.' },
    })
    await expect(tenancy.createWorkspace(ada, { name: 'x', slug: 'zurich-co' })).rejects.toMatchObject({
      code: 'slug_taken',
    })
    await expect(tenancy.createWorkspace(ada, { name: 'x', slug: '../etc' })).rejects.toMatchObject({
      kind: 'invalid_input',
    })
  })

  it('is not found by one who is no member, exactly as one that does not exist', async () => {
    const { view } = await workspace()
    const stranger = await person()
    const [foreign, absent] = await Promise.allSettled([
      tenancy.scopeForPerson(stranger, view.slug),
      tenancy.scopeForPerson(stranger, 'nothing-here'),
    ])
    expect((foreign as PromiseRejectedResult).reason).toEqual((absent as PromiseRejectedResult).reason)
    expect((foreign as PromiseRejectedResult).reason).toMatchObject({ kind: 'not_found' })
    await expect(tenancy.scopeForPerson(stranger, "x' OR 1=1")).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('shows a person all of theirs with their role, and nobody else’s', async () => {
    const { scope, view } = await workspace()
    const { person: dev } = await member(scope, 'developer')
    expect((await tenancy.listWorkspaces(dev)).map(({ slug, role }) => [slug, role])).toEqual([
      [view.slug, 'developer'],
    ])
  })

  it('changes name, time zone and kept days once per version, with before and after in the audit', async () => {
    const { scope, view } = await workspace()
    const change = { version: view.version, name: 'Renamed', timeZone: 'Asia/Tokyo', payloadDays: 30 }
    const results = await Promise.allSettled([
      tenancy.updateWorkspace(scope, change),
      tenancy.updateWorkspace(scope, { ...change, name: 'Other' }),
    ])
    expect(results.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected'])
    const lost = results.find((each) => each.status === 'rejected')!.reason
    expect(lost).toMatchObject({ code: 'stale_version', details: { current: { version: 2 } } })
    const [row] = await audit(view.id, 'workspace.update')
    expect(row).toMatchObject({ before: { payloadDays: 0 }, after: { payloadDays: 30 }, requestId: testRequest.id })
    expect((await tenancy.getWorkspace(scope)).slug).toBe(view.slug)
  })

  it('refuses zones that are unknown, and developers', async () => {
    const { scope } = await workspace()
    await expect(tenancy.updateWorkspace(scope, { version: 1, timeZone: 'Mars/Base' })).rejects.toMatchObject({
      kind: 'invalid_input',
    })
    const dev = await member(scope, 'developer')
    await expect(tenancy.updateWorkspace(dev.scope, { version: 1, name: 'x' })).rejects.toMatchObject({
      code: 'role_too_low',
    })
  })

  it('is deleted by an owner who repeats its name, with all that is in it; the fact stays', async () => {
    const { scope, view, owner } = await workspace()
    const admin = await member(scope, 'admin')
    await tenancy.createKey(scope, { name: 'one' })
    await expect(tenancy.deleteWorkspace(admin.scope, { confirmation: view.slug })).rejects.toMatchObject({
      code: 'role_too_low',
    })
    await expect(tenancy.deleteWorkspace(scope, { confirmation: 'other' })).rejects.toMatchObject({
      fields: { confirmation: `Type ${view.slug} to confirm.` },
    })
    await tenancy.deleteWorkspace(scope, { confirmation: view.slug })
    await expect(tenancy.scopeForPerson(owner, view.slug)).rejects.toMatchObject({ kind: 'not_found' })
    const where = { where: { workspaceId: view.id } }
    expect(await database.system.apiKey.count(where)).toBe(0)
    expect(await database.system.member.count(where)).toBe(0)
    const [row] = await audit('', 'workspace.delete')
    expect(row).toMatchObject({ targetLabel: view.slug, before: { members: 2, apiKeys: 1 } })
  })

  it('gives jobs a scope of one workspace that sees nothing of another', async () => {
    const one = await workspace()
    const other = await workspace()
    const scope = await tenancy.jobScope(one.view.id, 'retention')
    expect(await scope.tx((tx) => tx.member.count({ where: { workspaceId: other.view.id } }))).toBe(0)
    await expect(
      scope.tx((tx) => tx.member.create({ data: { workspaceId: other.view.id, userId: one.owner.id, role: 'owner' } })),
    ).rejects.toThrow(/row-level security/)
    expect(scope.now().getTime()).toBe(clock.nowMs())
  })
})

describe('audit', () => {
  it('is paged newest first, filtered, exported without formulas, and closed to developers and other workspaces', async () => {
    const { scope } = await workspace()
    const other = await workspace()
    for (let n = 0; n < 5; n++) {
      clock.advance(1)
      await tenancy.createKey(scope, { name: n === 3 ? '=HYPERLINK("x")' : `key "${n}"` })
    }
    const first = await tenancy.listAudit(scope, { limit: 2, action: 'key' })
    const second = await tenancy.listAudit(scope, { limit: 2, action: 'key', cursor: first.nextCursor })
    expect([...first.items, ...second.items].map((row) => row.target.label)).toEqual([
      'key "4"',
      '=HYPERLINK("x")',
      'key "2"',
      'key "1"',
    ])
    expect((await tenancy.listAudit(scope, { text: 'hyperlink' })).items).toHaveLength(1)
    expect((await tenancy.listAudit(scope, { action: 'key.revoke' })).items).toHaveLength(0)
    await expect(tenancy.listAudit(scope, { cursor: 'x' })).rejects.toMatchObject({ kind: 'invalid_input' })
    expect((await tenancy.listAudit(other.scope, {})).items.map((row) => row.action)).toEqual(['workspace.create'])
    let csv = ''
    for await (const line of tenancy.exportAudit(scope, {})) csv += line
    expect(csv.trimEnd().split('\r\n')).toHaveLength(7)
    expect(csv).toContain('"\'=HYPERLINK(""x"")"')
    const dev = await member(scope, 'developer')
    await expect(tenancy.listAudit(dev.scope, {})).rejects.toMatchObject({ kind: 'forbidden' })
  })

  it('cannot be changed or deleted, not even by the system role', async () => {
    const { scope } = await workspace()
    const [row] = (await tenancy.listAudit(scope)).items
    await expect(database.system.audit.update({ where: { id: row!.id }, data: { action: 'x.y' } })).rejects.toThrow()
    await expect(scope.tx((tx) => tx.audit.delete({ where: { id: row!.id } }))).rejects.toThrow()
  })
})

describe('network', () => {
  it('is the operator’s alone: adds once, lists fixed ones too, removes, with the audit of the installation', async () => {
    const { tenancy: withFixed } = testTenancy(database, { fixedEndpoints: ['vllm:8000'] })
    const operator = (await database.system.user.findFirst({ where: { operator: true } }))!
    const boss = (await withFixed.findPerson({ userId: operator.id, version: operator.sessionVersion }, testRequest))!
    const { scope } = await workspace(boss)
    const [one, two] = await Promise.all([
      withFixed.addAllowedEndpoint(scope, { entry: '127.0.0.1:11434', note: 'Ollama' }),
      withFixed.addAllowedEndpoint(scope, { entry: '127.0.0.1:11434' }),
    ])
    expect(one.id).toBe(two.id)
    expect((await withFixed.listAllowedEndpoints(scope)).map(({ entry, fixed }) => [entry, fixed])).toEqual([
      ['vllm:8000', true],
      ['127.0.0.1:11434', false],
    ])
    await expect(withFixed.removeAllowedEndpoint(scope, { id: 'vllm:8000' })).rejects.toMatchObject({
      code: 'fixed_entry',
    })
    await withFixed.removeAllowedEndpoint(scope, { id: one.id })
    await expect(withFixed.removeAllowedEndpoint(scope, { id: one.id })).rejects.toMatchObject({ kind: 'not_found' })
    expect((await audit('', 'network.allow')).length).toBe(1)
    expect((await audit('', 'network.disallow')).length).toBe(1)
    const other = await workspace()
    await expect(withFixed.listAllowedEndpoints(other.scope)).rejects.toMatchObject({ code: 'operator_only' })
    await expect(withFixed.addAllowedEndpoint(other.scope, { entry: 'x:1' })).rejects.toMatchObject({
      code: 'operator_only',
    })
  })
})
