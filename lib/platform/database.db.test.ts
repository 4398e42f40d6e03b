import { expect, test } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'

const { database } = await testDatabase()

test('each connection works as the role of its pool', async () => {
  const who = 'SELECT current_user::text AS who'
  expect(await database.app.$queryRawUnsafe(who)).toEqual([{ who: 'patchbay_app' }])
  expect(await database.system.$queryRawUnsafe(who)).toEqual([{ who: 'patchbay_system' }])
  expect((await database.pool.query(who)).rows).toEqual([{ who: 'patchbay_system' }])
})

test('the application role sees no row of a tenant table without a workspace, and its own with one', async () => {
  await database.system.workspace.create({ data: { id: 'wsp_a', slug: 'a', name: 'A' } })
  await database.system.workspace.create({ data: { id: 'wsp_b', slug: 'b', name: 'B' } })
  expect(await database.app.workspace.findMany()).toEqual([])
  const seen = await database.app.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT set_config('app.workspace_id', 'wsp_b', true)`
    return tx.workspace.findMany({ select: { id: true } })
  })
  expect(seen).toEqual([{ id: 'wsp_b' }])
})

test('a listener hears notifications, and is told of the gap when its connection was cut', async () => {
  const events: { payload: string; reconnected: boolean }[] = []
  let wake = () => undefined as unknown
  const next = () => new Promise<void>((resolve) => (wake = () => resolve()))
  const heard = next()
  const stop = await database.listen('patchbay_test', (event) => {
    events.push(event)
    wake()
  })
  await database.pool.query("SELECT pg_notify('patchbay_test', 'one')")
  await heard
  const reconnected = next()
  const superuser = await database.pool.connect()
  await superuser.query('RESET ROLE; SET ROLE patchbay')
  await superuser.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
  )
  superuser.release(true)
  await reconnected
  const again = next()
  await database.pool.query("SELECT pg_notify('patchbay_test', 'two')")
  await again
  await stop()
  expect(events).toEqual([
    { payload: 'one', reconnected: false },
    { payload: '', reconnected: true },
    { payload: 'two', reconnected: false },
  ])
})
