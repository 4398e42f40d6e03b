import { expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addWorkspace } from '#lib/testing/ledger.ts'
import { keepPartitions } from './index.ts'

const { database } = await testDatabase()
const { pool } = database
const clock = testClock(Date.UTC(2026, 2, 10, 23, 30))
const options = { daysAhead: 3, retentionDays: 5 }

async function addRecord(workspaceId: string, at: string) {
  await pool.query(
    `insert into ledger.records (started_at, id, workspace_id, source, actor_kind, actor_id, endpoint, outcome) values ($1, $2, $3, 'gateway', 'key', 'k', 'e', 'ok')`,
    [at, newId('req', Date.parse(at)), workspaceId],
  )
}

async function partitionsOf(workspaceId: string) {
  const { rows } = await pool.query(
    'select tableoid::regclass::text as partition, started_at from ledger.records where workspace_id = $1 order by started_at',
    [workspaceId],
  )
  return rows.map(({ partition, started_at }) => [partition, started_at.toISOString()])
}

test('partitions stand ahead, take in what came before them, and go when retention ends', async () => {
  const workspaceId = await addWorkspace(pool)
  await addRecord(workspaceId, '2026-03-01T12:00:00.000Z')
  await addRecord(workspaceId, '2026-03-08T12:00:00.000Z')
  await addRecord(workspaceId, '2026-03-10T23:59:59.999Z')
  await addRecord(workspaceId, '2026-03-11T00:00:00.000Z')
  const [one, two] = await Promise.all([keepPartitions(pool, clock, options), keepPartitions(pool, clock, options)])
  expect([...one.made, ...two.made].sort()).toEqual([
    '2026-03-08',
    '2026-03-10',
    '2026-03-11',
    '2026-03-12',
    '2026-03-13',
  ])
  expect(await partitionsOf(workspaceId)).toEqual([
    ['ledger.records_20260308', '2026-03-08T12:00:00.000Z'],
    ['ledger.records_20260310', '2026-03-10T23:59:59.999Z'],
    ['ledger.records_20260311', '2026-03-11T00:00:00.000Z'],
  ])
  expect(await keepPartitions(pool, clock, options)).toEqual({ made: [], dropped: [] })
  clock.advance(4 * 24 * 60 * 60_000)
  expect((await keepPartitions(pool, clock, options)).dropped).toEqual(['2026-03-08'])
  expect((await partitionsOf(workspaceId)).length).toBe(2)
})

test('a partition is closed to other workspaces like the table it belongs to', async () => {
  const [mine, other] = [await addWorkspace(pool), await addWorkspace(pool)]
  const at = new Date(clock.nowMs()).toISOString()
  await addRecord(other, at)
  await keepPartitions(pool, clock, options)
  const [{ partition }] = (
    await pool.query('select tableoid::regclass::text as partition from ledger.records where workspace_id = $1', [
      other,
    ])
  ).rows
  const read = (table: string) =>
    database.app.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`select set_config('app.workspace_id', $1, true)`, mine)
      return tx.$queryRawUnsafe(`select from ${table}`)
    })
  expect(await read('ledger.records')).toEqual([])
  await expect(read(partition)).rejects.toThrow('permission denied')
})
