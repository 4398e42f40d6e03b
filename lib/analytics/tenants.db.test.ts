import { expect, test } from 'vitest'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf } from '#lib/testing/ledger.ts'
import { writeCalls } from '#lib/testing/records.ts'
import { exportRequests, exportUsageCsv, listRequests, modelStats, overview, usage } from './index.ts'
import { type RequestsInput, type UsageInput, usageGroups } from './schema.ts'

const { database } = await testDatabase()
const { pool } = database
const clock = testClock(Date.UTC(2026, 5, 1, 12))

/** A workspace with calls, each of which has everything that a call can be found by. */
async function tenant(name: string, count: number) {
  const workspaceId = await addWorkspace(pool)
  const { modelId, price } = await addModel(pool, workspaceId, { name })
  const [scope, made] = [
    await scopeOf(database, clock, workspaceId),
    Array.from({ length: count }, (_, index) => ({
      ...{
        atMs: clock.nowMs() - 1 - index * 20 * 60_000,
        modelId,
        price,
        actorId: `key_${name}`,
        keyId: `key_${name}`,
      },
      ...{ deploymentId: `dep_${name}`, version: `v-${name}`, variant: `arm-${name}`, environment: `env-${name}` },
      ...{ identity: `who-${name}`, thread: `thread-${name}`, name: `name-${name}`, address: `address-${name}` },
      ...{ outcome: 'error' as const, status: 500, errorCode: `code_${name}`, metadata: { team: name } },
    })),
  ]
  const ids = await writeCalls(pool, workspaceId, made)
  await pool.query(
    `insert into ledger.feedback (id, workspace_id, request_id, request_at, author_kind, author_id, rating, created_at, updated_at)
     select 'fbk_' || id, workspace_id, id, started_at, 'user', 'usr_1', 'bad', now(), now() from ledger.records where workspace_id = $1`,
    [workspaceId],
  )
  return { scope, ids, modelId }
}

const mine = await tenant('mine', 3)
const other = await tenant('other', 130)

const found: Partial<RequestsInput>[] = [
  { modelId: other.modelId },
  { actorId: 'key_other' },
  { deploymentId: 'dep_other' },
  { version: 'v-other' },
  { variant: 'arm-other' },
  { environment: 'env-other' },
  { identity: 'who-other' },
  { thread: 'thread-other' },
  { errorCode: 'code_other' },
  { metadata: 'team=other' },
  { metadata: 'team=other', minLatencyMs: 1 },
  { metadata: 'team=other', modelId: other.modelId },
  { text: 'name-other' },
  { text: other.ids[0]! },
]

async function exported(scope: typeof mine.scope, filters: Partial<RequestsInput>): Promise<string> {
  const { cursor, limit, ...input } = filters
  let text = ''
  for await (const part of exportRequests(scope, { ...input, format: 'jsonl' })) text += part
  return text
}

test.each(found)("%j finds another workspace's requests nowhere but there", async (filters) => {
  expect((await listRequests(mine.scope, filters)).items).toEqual([])
  expect(await exported(mine.scope, filters)).toBe('')
  const there = await listRequests(other.scope, { ...filters, limit: 200 })
  expect(there.items.map(({ id }) => id).toSorted()).toEqual(
    filters.text === other.ids[0] ? [other.ids[0]] : other.ids.toSorted(),
  )
})

test('what was said of requests of another workspace finds none of them, and its cursors lead to none', async () => {
  const first = await listRequests(other.scope, { feedback: 'bad', limit: 100 })
  expect(first.items).toHaveLength(100)
  for (const filters of [{}, { feedback: 'any' as const }, { metadata: 'team=mine' }]) {
    const page = await listRequests(mine.scope, { ...filters, cursor: first.nextCursor! })
    expect(page.items).toEqual([])
    const own = await listRequests(mine.scope, {
      ...filters,
      cursor: Buffer.from(JSON.stringify([clock.nowMs(), other.ids[0]])).toString('base64url'),
    })
    expect(own.items.map(({ id }) => id).toSorted()).toEqual(mine.ids.toSorted())
  }
})

test.each(usageGroups)('by %s no figure of another workspace is told', async (groupBy) => {
  const [view, there] = [
    await usage(mine.scope, { groupBy, range: '7d' }),
    await usage(other.scope, { groupBy, range: '7d' }),
  ]
  expect([view.total.requests, there.total.requests]).toEqual([3, 130])
  expect(JSON.stringify(view)).not.toMatch(new RegExp(`other|${other.modelId}`))
  expect(await exportUsageCsv(mine.scope, { groupBy, range: '7d' })).not.toMatch(/other|130/)
  const foreign: Partial<UsageInput>[] = [
    ...[{ modelId: other.modelId }, { actorId: 'key_other' }, { deploymentId: 'dep_other' }, { identity: 'who-other' }],
  ]
  for (const filters of foreign) {
    const asked = { ...filters, groupBy, range: '7d' as const }
    expect(await usage(mine.scope, asked)).toMatchObject({ rows: [], total: { requests: 0, cost: { nanoUsd: '0' } } })
    expect((await usage(other.scope, asked)).total.requests).toBe(130)
  }
})

test("an overview has another workspace's durations no more than its figures", async () => {
  const whole = await overview(mine.scope, { range: '7d' })
  expect(whole.total.requests).toBe(3)
  expect(JSON.stringify(whole)).not.toMatch(/other/)
  for (const filters of [
    { modelId: other.modelId },
    { actorId: 'key_other' },
    { deploymentId: 'dep_other' },
    { identity: 'who-other' },
  ]) {
    const view = await overview(mine.scope, { ...filters, range: '7d' })
    expect(view).toMatchObject({
      latency: null,
      byModel: [],
      byKey: [],
      byDeployment: [],
      movers: [],
      total: { requests: 0 },
    })
    expect((await overview(other.scope, { ...filters, range: '7d' })).latency).not.toBeNull()
  }
  expect((await modelStats(mine.scope, { modelIds: [other.modelId], range: '30d' }))[0]).toMatchObject({
    latency: null,
    lastCallAt: null,
    errorCodes: [],
  })
})

test('the index of metadata answers for the workspace that is set, and for none where none is', async () => {
  const find = (workspaceId: string | null) =>
    database.app.$transaction(async (tx) => {
      if (workspaceId !== null)
        await tx.$executeRawUnsafe(`select set_config('app.workspace_id', $1, true)`, workspaceId)
      return tx.$queryRawUnsafe<unknown[]>(
        `select id from ledger.find_by_metadata('{"team": "other"}', '-infinity', 'infinity', '', null)`,
      )
    })
  expect(await find(other.scope.workspaceId)).toHaveLength(130)
  expect(await find(mine.scope.workspaceId)).toEqual([])
  expect(await find(null)).toEqual([])
})

test('a pair that few have is found behind many that do not have it, with and without other filters', async () => {
  const workspaceId = await addWorkspace(pool)
  const scope = await scopeOf(database, clock, workspaceId)
  const calls = Array.from({ length: 900 }, (_, index) => ({
    ...{
      atMs: clock.nowMs() - index * 1_000,
      latencyMs: index,
      metadata: { team: index % 300 === 299 ? 'rare' : 'often' },
    },
  }))
  const ids = await writeCalls(pool, workspaceId, calls)
  const list = async (filters: Partial<RequestsInput>) => (await listRequests(scope, filters)).items.map(({ id }) => id)
  expect(await list({ metadata: 'team=rare', limit: 1 })).toEqual([ids[299]])
  expect(await list({ metadata: 'team=rare', limit: 3 })).toEqual([ids[299], ids[599], ids[899]])
  expect(await list({ metadata: 'team=rare', minLatencyMs: 400, limit: 1 })).toEqual([ids[599]])
  expect(await list({ metadata: 'team=often', maxLatencyMs: 139, limit: 2 })).toEqual([ids[0], ids[1]])
})
