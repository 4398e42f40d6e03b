import { describe, expect, it } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { testPassword, testRequest, testTenancy } from '#lib/testing/tenancy.ts'

const { database } = await testDatabase()
const { tenancy, clock, person, workspace, member } = testTenancy(database)
const visitor = { person: null, request: testRequest }

describe('members', () => {
  it('are listed owners first, and only those of the workspace', async () => {
    const { scope, owner } = await workspace()
    const dev = await member(scope, 'developer')
    const admin = await member(scope, 'admin')
    const list = await tenancy.listMembers(dev.scope)
    expect(list.map(({ userId, self }) => [userId, self])).toEqual([
      [owner.id, false],
      [admin.person.id, false],
      [dev.person.id, true],
    ])
  })

  it('keep one owner, whatever is asked at once', async () => {
    const { scope, owner } = await workspace()
    const second = await member(scope, 'owner')
    const demote = (as: typeof scope, userId: string) =>
      tenancy.updateMember(as, { userId, role: 'viewer', version: 1 })
    const results = await Promise.allSettled([demote(scope, second.person.id), demote(second.scope, owner.id)])
    expect(results.filter((each) => each.status === 'fulfilled')).toHaveLength(1)
    expect(await database.system.member.count({ where: { workspaceId: scope.workspaceId, role: 'owner' } })).toBe(1)
  })

  it('keep one owner when two owners leave at once', async () => {
    const { scope, owner, view } = await workspace()
    const second = await member(scope, 'owner')
    const leave = (who: typeof owner) => tenancy.leaveWorkspace(who, { workspace: view.slug })
    const results = await Promise.allSettled([leave(owner), leave(second.person)])
    expect(results.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await database.system.member.count({ where: { workspaceId: scope.workspaceId, role: 'owner' } })).toBe(1)
  })

  it('are changed by nobody below them, and raised by nobody above themselves', async () => {
    const { scope, owner } = await workspace()
    const admin = await member(scope, 'admin')
    const dev = await member(scope, 'developer')
    await expect(
      tenancy.updateMember(admin.scope, { userId: owner.id, role: 'viewer', version: 1 }),
    ).rejects.toMatchObject({ code: 'role_above_own' })
    await expect(
      tenancy.updateMember(admin.scope, { userId: dev.person.id, role: 'owner', version: 1 }),
    ).rejects.toMatchObject({ code: 'role_above_own' })
    await expect(
      tenancy.updateMember(admin.scope, { userId: admin.person.id, role: 'owner', version: 1 }),
    ).rejects.toMatchObject({ code: 'role_above_own' })
    await expect(tenancy.removeMember(admin.scope, { userId: owner.id })).rejects.toMatchObject({
      code: 'role_above_own',
    })
    await expect(tenancy.removeMember(dev.scope, { userId: admin.person.id })).rejects.toMatchObject({
      code: 'role_too_low',
    })
    await expect(
      tenancy.updateMember(scope, { userId: dev.person.id, role: 'root' as 'owner', version: 1 }),
    ).rejects.toMatchObject({ fields: { role: 'Choose a role.' } })
  })

  it('lose their sessions and their managing keys with their role; other keys are cut down', async () => {
    const { scope } = await workspace()
    const admin = await member(scope, 'admin')
    const make = (name: string, scopes: ('inference' | 'manage')[]) => tenancy.createKey(admin.scope, { name, scopes })
    const [lost, kept, plain] = [
      await make('lost', ['manage']),
      await make('kept', ['manage']),
      await make('plain', ['inference']),
    ]
    const changed = await tenancy.updateMember(scope, {
      userId: admin.person.id,
      role: 'viewer',
      version: 1,
      keepKeyIds: [kept.key.id],
    })
    expect(changed).toMatchObject({ role: 'viewer', version: 2 })
    expect(
      await tenancy.findPerson({ userId: admin.person.id, version: admin.person.sessionVersion }, testRequest),
    ).toBeNull()
    const state = async (id: string) => tenancy.getKey(scope, { id }).then(({ state, role }) => [state, role])
    expect(await state(lost.key.id)).toEqual(['revoked', 'admin'])
    expect(await state(kept.key.id)).toEqual(['active', 'viewer'])
    expect(await state(plain.key.id)).toEqual(['active', 'viewer'])
    await expect(
      tenancy.updateMember(scope, { userId: admin.person.id, role: 'admin', version: 1 }),
    ).rejects.toMatchObject({ code: 'stale_version' })
    const row = await database.system.audit.findFirst({
      where: { workspaceId: scope.workspaceId, action: 'member.update' },
    })
    expect(row).toMatchObject({ before: { role: 'admin' }, after: { role: 'viewer', revokedKeys: ['lost'] } })
  })

  it('hand their keys and no open invitation over when they are removed', async () => {
    const { scope, owner, view } = await workspace()
    const admin = await member(scope, 'admin')
    const { key } = await tenancy.createKey(admin.scope, { name: 'in use' })
    const { token } = await tenancy.invite(admin.scope, { email: 'late@example.test', role: 'viewer' })
    await tenancy.removeMember(scope, { userId: admin.person.id })
    expect((await tenancy.getKey(scope, { id: key.id })).createdBy?.id).toBe(owner.id)
    await expect(tenancy.getInvitation({ token })).rejects.toMatchObject({ code: 'invitation_gone' })
    await expect(tenancy.scopeForPerson(admin.person, view.slug)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(tenancy.removeMember(scope, { userId: admin.person.id })).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('of another workspace are not found', async () => {
    const one = await workspace()
    const other = await workspace()
    await expect(
      tenancy.updateMember(one.scope, { userId: other.owner.id, role: 'viewer', version: 1 }),
    ).rejects.toMatchObject({ kind: 'not_found' })
    await expect(tenancy.removeMember(one.scope, { userId: other.owner.id })).rejects.toMatchObject({
      kind: 'not_found',
    })
  })
})

describe('invitations', () => {
  it('are accepted once, by the person they are for, at most 7 days long', async () => {
    const { scope, view } = await workspace()
    const { token, invitation } = await tenancy.invite(scope, { email: 'New@Example.test', role: 'developer' })
    expect(await tenancy.getInvitation({ token })).toEqual({
      workspaceName: view.name,
      workspaceSlug: view.slug,
      email: 'new@example.test',
      role: 'developer',
      hasAccount: false,
    })
    expect(JSON.stringify(await database.system.invitation.findMany())).not.toContain(token)
    await expect(tenancy.acceptInvitation(visitor, { token })).rejects.toMatchObject({
      fields: { name: 'Enter your name.', password: 'Enter a password.' },
    })
    const accept = () => tenancy.acceptInvitation(visitor, { token, name: 'New', password: testPassword })
    const results = await Promise.allSettled([accept(), accept(), accept()])
    expect(results.filter((each) => each.status === 'fulfilled')).toHaveLength(1)
    await expect(accept()).rejects.toMatchObject({ code: 'invitation_gone' })
    await expect(tenancy.revokeInvitation(scope, { id: invitation.id })).rejects.toMatchObject({ kind: 'not_found' })

    const late = await tenancy.invite(scope, { email: 'late@example.test', role: 'viewer' })
    clock.advance(7 * 24 * 3_600_000)
    await expect(tenancy.getInvitation({ token: late.token })).rejects.toMatchObject({ code: 'invitation_gone' })
    expect((await tenancy.listInvitations(scope))[0]).toMatchObject({ email: 'late@example.test', expired: true })
  })

  it('bind an existing account to its own e-mail', async () => {
    const { scope } = await workspace()
    const bob = await person()
    const mallory = await person()
    const { token } = await tenancy.invite(scope, { email: bob.email, role: 'admin' })
    await expect(tenancy.acceptInvitation({ person: mallory, request: testRequest }, { token })).rejects.toMatchObject({
      code: 'invitation_of_another',
    })
    await expect(tenancy.acceptInvitation(visitor, { token, name: 'x', password: testPassword })).rejects.toMatchObject(
      { code: 'sign_in_first' },
    )
    const { workspace: slug } = await tenancy.acceptInvitation({ person: bob, request: testRequest }, { token })
    expect((await tenancy.scopeForPerson(bob, slug)).role).toBe('admin')
    await expect(tenancy.invite(scope, { email: bob.email, role: 'admin' })).rejects.toMatchObject({
      code: 'already_member',
    })
  })

  it('replace an open one of the same e-mail, can be revoked, and grant at most the own role', async () => {
    const { scope } = await workspace()
    const admin = await member(scope, 'admin')
    const dev = await member(scope, 'developer')
    const first = await tenancy.invite(scope, { email: 'x@example.test', role: 'viewer' })
    const second = await tenancy.invite(scope, { email: 'x@example.test', role: 'owner' })
    await expect(tenancy.getInvitation({ token: first.token })).rejects.toMatchObject({ code: 'invitation_gone' })
    await expect(tenancy.revokeInvitation(admin.scope, { id: second.invitation.id })).rejects.toMatchObject({
      code: 'role_above_own',
    })
    await tenancy.revokeInvitation(scope, { id: second.invitation.id })
    await expect(tenancy.getInvitation({ token: second.token })).rejects.toMatchObject({ code: 'invitation_gone' })
    await expect(tenancy.invite(admin.scope, { email: 'y@example.test', role: 'owner' })).rejects.toMatchObject({
      code: 'role_above_own',
    })
    await expect(tenancy.invite(dev.scope, { email: 'y@example.test', role: 'viewer' })).rejects.toMatchObject({
      code: 'role_too_low',
    })
    const other = await workspace()
    const third = await tenancy.invite(scope, { email: 'z@example.test', role: 'viewer' })
    await expect(tenancy.revokeInvitation(other.scope, { id: third.invitation.id })).rejects.toMatchObject({
      kind: 'not_found',
    })
  })
})
