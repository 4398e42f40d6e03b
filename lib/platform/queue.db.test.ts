import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { createQueue } from './queue.ts'

const { database, url } = await testDatabase()
const errors: Error[] = []
const onError = (error: Error) => void errors.push(error)
const sender = await createQueue({ database, onError })
const worker = await createQueue({ database, worker: { url }, onError })
afterAll(async () => {
  await worker.stop(1_000)
  await sender.stop(1_000)
  expect(errors).toEqual([])
})

function collector<Item>() {
  const items: Item[] = []
  const waiting: { size: number; resolve: (items: Item[]) => void }[] = []
  return {
    add(item: Item) {
      items.push(item)
      for (const wait of waiting) if (items.length >= wait.size) wait.resolve(items)
    },
    reach: (size: number) =>
      new Promise<Item[]>((resolve) => (items.length >= size ? resolve(items) : waiting.push({ size, resolve }))),
  }
}

test('a job enqueued in a tenant transaction runs after its commit, and the transaction keeps its role', async () => {
  const seen = collector<object>()
  await worker.work('first', {}, async (job) => seen.add(job.data))
  await database.app.$transaction(async (tx) => {
    expect(await sender.enqueue(tx, { queue: 'first', data: { number: 1 } })).toMatch(/^[0-9a-f-]{36}$/)
    expect(await tx.$queryRaw`SELECT current_user::text AS role`).toEqual([{ role: 'patchbay_app' }])
  })
  expect(await seen.reach(1)).toEqual([{ number: 1 }])
})

test('a job of a transaction that rolls back never runs', async () => {
  const undone = database.app.$transaction(async (tx) => {
    await sender.enqueue(tx, { queue: 'second', data: { number: 1 } })
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  await database.system.$transaction((tx) => sender.enqueue(tx, { queue: 'second', data: { number: 2 } }))
  const seen = collector<object>()
  await worker.work('second', {}, async (job) => seen.add(job.data))
  expect(await seen.reach(1)).toEqual([{ number: 2 }])
})

test('of two waiting jobs with one key the second is dropped; jobs without a key all run', async () => {
  const send = (data: object, key?: string) =>
    database.system.$transaction((tx) => sender.enqueue(tx, { queue: 'third', data, key }))
  expect(await send({ number: 1 }, 'same')).not.toBeNull()
  expect(await send({ number: 2 }, 'same')).toBeNull()
  await send({ number: 3 })
  await send({ number: 4 })
  const seen = collector<{ number: number }>()
  await worker.work<{ number: number }>('third', {}, async (job) => seen.add(job.data))
  expect((await seen.reach(3)).map((data) => data.number).sort()).toEqual([1, 3, 4])
})

test('the tenant role cannot read the queues', async () => {
  await expect(database.app.$queryRawUnsafe('SELECT * FROM pgboss.job')).rejects.toThrow(/permission denied/)
})

test('a job of more than 64 KB is refused before anything is written', async () => {
  const big = { text: 'x'.repeat(70_000) }
  await expect(
    database.system.$transaction((tx) => sender.enqueue(tx, { queue: 'fourth', data: big })),
  ).rejects.toThrow('over 65536 bytes')
})
