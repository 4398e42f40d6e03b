import { describe, expect, it } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { testPassword, testRequest, testTenancy } from '#lib/testing/tenancy.ts'

const setUp = { name: 'Ada', email: 'Ada@Example.test ', password: testPassword, workspaceName: 'Acme Inc.' }
const afar = { request: { id: 'req_1', address: '203.0.113.9' }, loopback: false }

// Each group begins with an installation that nobody claimed.
const claiming = await testDatabase()
const signingIn = await testDatabase()
const accounts = await testDatabase()
const operators = await testDatabase()
const rescued = await testDatabase()

describe('claim', () => {
  const { database } = claiming
  const { tenancy } = testTenancy(database)

  it('asks for the code of the banner away from loopback', async () => {
    await expect(tenancy.claim(afar, setUp)).rejects.toMatchObject({ code: 'claim_code_required' })
    await expect(tenancy.claim(afar, { ...setUp, code: 'code-of-a-test-0002' })).rejects.toMatchObject({
      code: 'claim_code_wrong',
    })
    expect(await tenancy.isClaimed()).toBe(false)
  })

  it('names each field that is wrong', async () => {
    const wrong = { ...setUp, email: 'nobody', password: 'short', name: ' ', workspaceName: '' }
    await expect(tenancy.claim(afar, wrong)).rejects.toMatchObject({
      fields: { email: 'This is not an e-mail address.', password: 'At least 8 characters.', name: 'Enter your name.' },
    })
  })

  it('makes one operator, one workspace and its audit, also when two claim at once', async () => {
    const tries = await Promise.allSettled(
      [1, 2, 3].map((n) => tenancy.claim({ ...afar, loopback: true }, { ...setUp, email: `ada${n}@example.test` })),
    )
    expect(tries.filter((each) => each.status === 'fulfilled')).toHaveLength(1)
    const won = tries.find((each) => each.status === 'fulfilled')!.value
    expect(won.person.operator).toBe(true)
    expect(won.workspace).toMatchObject({ slug: 'acme-inc', role: 'owner', payloadDays: 0 })
    for (const lost of tries.filter((each) => each.status === 'rejected'))
      expect(lost.reason).toMatchObject({ code: 'already_claimed' })
    expect(await database.system.user.count()).toBe(1)
    const actions = await database.system.audit.findMany({
      orderBy: { id: 'asc' },
      select: { action: true, workspaceId: true },
    })
    expect(actions.map((row) => [row.action, row.workspaceId]).sort()).toEqual([
      ['installation.claim', ''],
      ['workspace.create', won.workspace.id],
    ])
  })
})

describe('sign-in', () => {
  const { database } = signingIn
  const { tenancy, clock, person } = testTenancy(database)
  const from = (address: string) => ({ id: 'req_1', address })
  const wrong = (email: string, address: string) => tenancy.signIn({ email, password: 'wrong password' }, from(address))

  it('gives one answer for a wrong password and an unknown e-mail', async () => {
    const ada = await person()
    const [known, unknown] = await Promise.allSettled([
      wrong(ada.email, '192.0.2.1'),
      wrong('nobody@example.test', '192.0.2.1'),
    ])
    expect((known as PromiseRejectedResult).reason).toEqual((unknown as PromiseRejectedResult).reason)
    expect(
      (await tenancy.signIn({ email: ` ${ada.email.toUpperCase()}`, password: testPassword }, from('192.0.2.1'))).id,
    ).toBe(ada.id)
  })

  it('refuses an account from one address after ten failures, the right password too, until the window ends', async () => {
    const bob = await person()
    for (let n = 0; n < 10; n++)
      await expect(wrong(bob.email, '192.0.2.2')).rejects.toMatchObject({ code: 'sign_in_failed' })
    const right = () => tenancy.signIn({ email: bob.email, password: testPassword }, from('192.0.2.2'))
    await expect(right()).rejects.toMatchObject({ code: 'too_many_sign_ins', kind: 'limit_exceeded' })
    clock.advance(15 * 60_000)
    expect((await right()).id).toBe(bob.id)
  })

  it('lets no more than ten of many simultaneous guesses through', async () => {
    const eve = await person()
    const tries = await Promise.allSettled(Array.from({ length: 25 }, () => wrong(eve.email, '192.0.2.3')))
    const codes = tries.map((each) => (each as PromiseRejectedResult).reason.code)
    expect(codes.filter((code) => code === 'sign_in_failed')).toHaveLength(10)
  })

  it('never locks the owner out by guesses from many addresses', async () => {
    const cid = await person()
    await tenancy.signIn({ email: cid.email, password: testPassword }, from('192.0.2.50'))
    for (let n = 0; n < 51; n++) await wrong(cid.email, `198.51.100.${n % 6}`).catch(() => undefined)
    await expect(wrong(cid.email, '198.51.100.200')).rejects.toMatchObject({ code: 'too_many_sign_ins' })
    expect((await tenancy.signIn({ email: cid.email, password: testPassword }, from('192.0.2.50'))).id).toBe(cid.id)
  })

  it('keeps no e-mail and no address in its counters', async () => {
    await wrong('visible@example.test', '192.0.2.77').catch(() => undefined)
    const text = JSON.stringify(await database.system.signInAttempt.findMany())
    expect(text).not.toContain('visible')
    expect(text).not.toContain('192.0.2')
  })
})

describe('account', () => {
  const { database } = accounts
  const { tenancy, person } = testTenancy(database)
  const again = (who: { id: string; sessionVersion: number }) =>
    tenancy.findPerson({ userId: who.id, version: who.sessionVersion }, testRequest)

  it('changes name, time zone and theme, and refuses what does not exist', async () => {
    const ada = await person()
    expect(
      await tenancy.updateAccount(ada, { name: 'Ada L.', timeZone: 'Europe/Berlin', theme: 'dark' }),
    ).toMatchObject({
      name: 'Ada L.',
      timeZone: 'Europe/Berlin',
      theme: 'dark',
    })
    await expect(tenancy.updateAccount(ada, { timeZone: 'Europe/Nowhere' })).rejects.toMatchObject({
      fields: { timeZone: 'This time zone does not exist.' },
    })
  })

  it('ends every session when the password changes, and wants the old one', async () => {
    const ada = await person()
    expect(await again(ada)).toMatchObject({ id: ada.id })
    await expect(tenancy.changePassword(ada, { current: 'no', password: 'another password' })).rejects.toMatchObject({
      fields: { current: 'This is not your password.' },
    })
    await expect(tenancy.changePassword(ada, { current: testPassword, password: 'aaaaaaaa' })).rejects.toMatchObject({
      fields: { password: 'This password is too easy to guess.' },
    })
    await tenancy.changePassword(ada, { current: testPassword, password: 'another password' })
    expect(await again(ada)).toBeNull()
    expect((await tenancy.signIn({ email: ada.email, password: 'another password' }, testRequest)).id).toBe(ada.id)
    const row = await database.system.audit.findFirst({ where: { action: 'account.change_password', actorId: ada.id } })
    expect(JSON.stringify(row)).not.toContain('another password')
  })

  it('ends sessions on request', async () => {
    const ada = await person()
    await tenancy.endSessions(ada)
    expect(await again(ada)).toBeNull()
  })
})

describe('operators', () => {
  const { database } = operators
  const { tenancy, person } = testTenancy(database)

  it('lets operators name others, keeps the last one under two simultaneous removals, and refuses everybody else', async () => {
    const first = await person()
    const second = await person()
    await expect(tenancy.listOperators(second)).rejects.toMatchObject({ code: 'operator_only' })
    await expect(tenancy.setOperator(second, { email: second.email, operator: true })).rejects.toMatchObject({
      code: 'operator_only',
    })
    await expect(tenancy.setOperator(first, { email: first.email, operator: false })).rejects.toMatchObject({
      code: 'last_operator',
    })
    await tenancy.setOperator(first, { email: second.email, operator: true })
    const { slug } = await tenancy.createWorkspace(first, { name: 'Any' })
    const scope = await tenancy.scopeForPerson(first, slug)
    expect((await tenancy.listOperators(scope)).map(({ email }) => email).sort()).toEqual(
      [first.email, second.email].sort(),
    )
    await tenancy.setOperator(scope, { email: second.email, operator: false })
    await tenancy.setOperator(scope, { email: second.email, operator: true })
    const { rows } = await database.pool.query(
      `select distinct workspace_id, role, actor_id from audits where action = 'operator.add'`,
    )
    expect(rows).toEqual([{ workspace_id: '', role: 'operator', actor_id: first.id }])
    const asOperator = { ...second, operator: true }
    const results = await Promise.allSettled([
      tenancy.setOperator(first, { email: second.email, operator: false }),
      tenancy.setOperator(asOperator, { email: first.email, operator: false }),
    ])
    expect(results.filter((each) => each.status === 'fulfilled')).toHaveLength(1)
    expect(await database.system.user.count({ where: { operator: true } })).toBe(1)
    expect(await database.system.audit.count({ where: { action: { startsWith: 'operator.' } } })).toBe(4)
  })
})

describe('for one with a shell', () => {
  const { database } = rescued
  const { tenancy, person } = testTenancy(database)
  const request = { id: 'req_1', address: '' }

  it('resets a password that is good enough, and ends every session', async () => {
    const ada = await person('ada@example.test')
    const email = ada.email
    await expect(tenancy.resetPassword({ email, password: 'short' }, request)).rejects.toMatchObject({
      fields: { password: 'At least 8 characters.' },
    })
    await expect(
      tenancy.resetPassword({ email: 'nobody@example.test', password: 'long enough' }, request),
    ).rejects.toMatchObject({ code: 'not_found' })
    await tenancy.resetPassword({ email, password: 'another long password' }, request)
    expect(await tenancy.findPerson({ userId: ada.id, version: ada.sessionVersion }, request)).toBeNull()
    expect((await tenancy.signIn({ email, password: 'another long password' }, request)).id).toBe(ada.id)
  })

  it('makes an operator, and the owner of a workspace, of somebody who was not in it', async () => {
    const [bob, eve] = [await person('bob@example.test'), await person('eve@example.test')]
    const { id: workspaceId, slug } = await tenancy.createWorkspace(bob, { name: 'Left alone' })
    await expect(tenancy.makeOwner({ email: eve.email, workspace: 'no-such' }, request)).rejects.toMatchObject({
      code: 'not_found',
    })
    await tenancy.makeOwner({ email: eve.email, workspace: slug }, request)
    expect((await tenancy.scopeForPerson(eve, slug)).role).toBe('owner')
    await tenancy.makeOwner({ email: eve.email }, request)
    expect((await tenancy.signIn({ email: eve.email, password: testPassword }, request)).operator).toBe(true)
    const told = await database.system.audit.findMany({ where: { actorId: 'command' }, orderBy: { id: 'asc' } })
    expect(told.map((row) => [row.action, row.targetLabel, row.workspaceId]).slice(-2)).toEqual([
      ['member.join', eve.email, workspaceId],
      ['operator.add', eve.email, ''],
    ])
  })
})
