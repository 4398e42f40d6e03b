import { afterEach, expect, test, vi } from 'vitest'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { silentLogger } from '#lib/testing/ledger.ts'
import { createSnapshotFeed, type SnapshotFeed } from './snapshot.ts'

const { database } = await testDatabase()
const { pool } = database
const feeds: SnapshotFeed[] = []

afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.close()))
})

function feedOf(given: Partial<Parameters<typeof createSnapshotFeed>[0]> = {}): SnapshotFeed {
  const feed = createSnapshotFeed({ pool, listen: database.listen, clock: testClock(), logger: silentLogger, ...given })
  feeds.push(feed)
  return feed
}

const allow = (entry: string) =>
  pool.query(`insert into allowed_endpoints (id, entry, created_by) values ($1, $1, 'usr_test')`, [entry])
const deaf = () => Promise.resolve(async () => undefined)

test('what is registered is loaded at once, and again when a watched table changes', async () => {
  const feed = feedOf()
  let seen: string[] = []
  await feed.register(async () => {
    seen = (await pool.query<{ entry: string }>('select entry from allowed_endpoints')).rows.map((row) => row.entry)
  })
  expect(seen).toEqual([])
  await allow('one:1')
  await expect.poll(() => seen, { timeout: 1500 }).toEqual(['one:1'])
})

test('a change is found by the poll where no notice comes', async () => {
  const feed = feedOf({ listen: deaf })
  let loads = 0
  await feed.register(async () => {
    loads++
  })
  await allow('two:2')
  await expect.poll(() => loads, { timeout: 5000 }).toBe(2)
})

test('a refresh that is asked for while one runs sees what was written before it was asked for', async () => {
  const feed = feedOf({ listen: deaf })
  const gates: PromiseWithResolvers<void>[] = []
  let loads = 0
  const load = async () => {
    loads++
    if (loads === 1) return
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    await gate.promise
  }
  await feed.register(load)
  const running = feed.refresh()
  await vi.waitFor(() => expect(gates).toHaveLength(1))
  const later = Promise.all([feed.refresh(), feed.refresh()])
  gates[0]!.resolve()
  await running
  await vi.waitFor(() => expect(gates).toHaveLength(2))
  gates[1]!.resolve()
  await later
  // Both late ones shared a load.
  expect(loads).toBe(3)
})

test('who did not find something learns of a change at once, and those who ask together share one look', async () => {
  let queries = 0
  const query = (text: string) => {
    queries++
    return pool.query(text)
  }
  const counted = { query } as unknown as Pick<typeof pool, 'query'>
  const feed = feedOf({ listen: deaf, pool: counted })
  let loads = 0
  await feed.register(async () => {
    loads++
  })
  expect(await feed.catchUp()).toBe(false)
  await allow('three:3')
  const before = queries
  expect(await Promise.all([feed.catchUp(), feed.catchUp(), feed.catchUp()])).toEqual([true, true, true])
  expect(loads).toBe(2)
  expect(queries - before).toBe(2)
})

test('who did not find something learns of a change that a notice brought while they looked', async () => {
  let before: (() => Promise<void>) | undefined
  const query = async (text: string) => {
    const act = before
    before = undefined
    await act?.()
    return pool.query(text)
  }
  const feed = feedOf({ listen: deaf, pool: { query } as unknown as Pick<typeof pool, 'query'> })
  await feed.register(async () => undefined)
  before = async () => {
    await allow('four:4')
    await feed.refresh()
  }
  expect(await feed.catchUp()).toBe(true)
})

test('nobody waits long for a Postgres that is silent, and nobody at all once that is known', async () => {
  let silent = false
  const query = (text: string) => (silent ? new Promise(() => undefined) : pool.query(text))
  const feed = feedOf({ listen: deaf, pool: { query } as unknown as Pick<typeof pool, 'query'> })
  await feed.register(async () => undefined)
  silent = true
  const startMs = performance.now()
  expect(await feed.catchUp()).toBe(false)
  expect(performance.now() - startMs).toBeLessThan(4000)
  const knownMs = performance.now()
  expect(await feed.catchUp()).toBe(false)
  expect(performance.now() - knownMs).toBeLessThan(100)
})

test('while Postgres is away the state stays and its age grows', async () => {
  const clock = testClock()
  let away = false
  const feed = feedOf({
    clock,
    listen: deaf,
    pool: {
      query: ((...input: unknown[]) =>
        away
          ? Promise.reject(new Error('away'))
          : (pool.query as (...all: unknown[]) => unknown)(...input)) as typeof pool.query,
    },
  })
  expect(feed.ageMs()).toBe(Number.POSITIVE_INFINITY)
  await feed.register(async () => undefined)
  expect(feed.ageMs()).toBe(0)
  away = true
  clock.advance(600_001)
  await expect(feed.refresh()).rejects.toThrow('away')
  expect(feed.ageMs()).toBe(600_001)
  away = false
  await feed.refresh()
  expect(feed.ageMs()).toBe(0)
})
