import { expect, test } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { testTenancy } from '#lib/testing/tenancy.ts'
import { type NewNotice, raiseNotice } from './notices.ts'
import type { Scope } from './scope.ts'

const { database } = await testDatabase()
const { tenancy, workspace, member } = testTenancy(database)

const notice = (over: Partial<NewNotice> = {}): NewNotice => ({
  kind: 'model.card',
  level: 'warn',
  title: 'Llama lost vision',
  body: 'It could see on 1 November.',
  href: '/acme/router/models/llama',
  actionLabel: 'See the card',
  refId: 'mdl_1',
  ...over,
})
const raise = (scope: Scope, given: NewNotice) =>
  scope.tx((tx) => raiseNotice(tx, scope.workspaceId, scope.now(), given))

test('a notice stands until it is dismissed, and dismissing twice changes nothing', async () => {
  const { scope } = await workspace()
  await raise(scope, notice())
  const [standing] = await tenancy.listNotices(scope)
  expect(standing).toMatchObject({ level: 'warn', title: 'Llama lost vision', actionLabel: 'See the card' })
  await tenancy.dismissNotice(scope, { id: standing!.id })
  await tenancy.dismissNotice(scope, { id: standing!.id })
  expect(await tenancy.listNotices(scope)).toEqual([])
})

test('a newer notice of the same kind about the same object takes the place of the standing one', async () => {
  const { scope } = await workspace()
  await raise(scope, notice())
  await raise(scope, notice({ title: 'Llama sees again' }))
  await raise(scope, notice({ refId: 'mdl_2', title: 'Another one' }))
  expect((await tenancy.listNotices(scope)).map(({ title }) => title).sort()).toEqual([
    'Another one',
    'Llama sees again',
  ])
})

test('who joins by invitation is told to the admins', async () => {
  const { scope } = await workspace()
  const joined = await member(scope, 'developer')
  expect(await tenancy.listNotices(scope)).toMatchObject([
    { title: `${joined.person.name} joined as developer`, body: joined.person.email },
  ])
})

test("another workspace's notice is not found, and developers see none", async () => {
  const one = await workspace()
  const other = await workspace()
  await raise(one.scope, notice())
  const [standing] = await tenancy.listNotices(one.scope)
  expect(await tenancy.listNotices(other.scope)).toEqual([])
  await expect(tenancy.dismissNotice(other.scope, { id: standing!.id })).rejects.toMatchObject({ kind: 'not_found' })
  const developer = await member(one.scope, 'developer')
  await expect(tenancy.listNotices(developer.scope)).rejects.toMatchObject({ kind: 'forbidden' })
})
