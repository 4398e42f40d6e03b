import { createServer } from 'node:http'
import { afterAll, expect, test } from 'vitest'
import { systemClock } from '#lib/platform/clock.ts'
import { createQueue, type Queue } from '#lib/platform/queue.ts'
import { testAlerts } from '#lib/testing/alerts.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, scopeOf } from '#lib/testing/ledger.ts'
import { writeCalls } from '#lib/testing/records.ts'
import { testTenancy } from '#lib/testing/tenancy.ts'
import { workAlerts } from './alerts.ts'

const { database, url } = await testDatabase()
const { pool, system } = database
const received: string[] = []
const receiver = createServer((request, response) => {
  received.push(String(request.headers['x-patchbay-delivery']))
  request.resume().on('end', () => response.end('ok'))
})
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
const { port } = receiver.address() as { port: number }
const { alerts, close } = await testAlerts(database, { allowed: `127.0.0.1:${port}` })
const { tenancy, workspace } = testTenancy(database, { clock: systemClock })
const workers: Queue[] = []
afterAll(async () => {
  await Promise.all(workers.map((queue) => queue.stop(2_000)))
  await close()
  receiver.close()
  receiver.closeAllConnections()
})

async function startWorker(): Promise<void> {
  const onError = (error: Error) => {
    throw error
  }
  const queue = await createQueue({ database, worker: { url }, onError })
  workers.push(queue)
  await workAlerts({ queue, pool, system, alerts, tenancy, clock: systemClock })
}

test('what fired before its worker died is sent by those that start then, once, however many they are', async () => {
  const { scope: owner } = await workspace()
  const scope = await scopeOf(database, systemClock, owner.workspaceId, { role: 'owner' })
  const { modelId, price } = await addModel(pool, scope.workspaceId)
  await writeCalls(pool, scope.workspaceId, [{ modelId, price, atMs: Date.now() - 1_000 }])
  const hook = `http://127.0.0.1:${port}/in`
  const { id: channel } = await alerts.createChannel(scope, { name: 'Hook', kind: 'webhook', url: hook })
  const rule = { name: 'Spend', condition: 'cost' as const, threshold: '0.000001', channelIds: [channel] }
  await alerts.createRule(scope, rule)
  // No worker is there: what is to be sent stands in the table and in the queue, and nothing was sent.
  await alerts.evaluateRules(scope)
  expect(received).toEqual([])
  await Promise.all([startWorker(), startWorker()])
  await expect
    .poll(async () => (await alerts.listDeliveries(scope)).items[0]?.state, { timeout: 20_000 })
    .toBe('delivered')
  const { id } = await alerts.testChannel(scope, { id: channel })
  await expect.poll(async () => (await alerts.getDelivery(scope, { id })).state, { timeout: 20_000 }).toBe('delivered')
  expect(received).toHaveLength(2)
  expect(received[1]).toBe(id)
})
