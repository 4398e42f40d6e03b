import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { rewrapColumn } from '#lib/platform/sealed-rows.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { createSnapshotFeed } from '#lib/platform/snapshot.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { scopeOf, silentLogger } from '#lib/testing/ledger.ts'
import { createPayloadKeeper, type KeeperDeps, type PayloadKeeper } from './keeper.ts'
import { createPayloads } from './read.ts'
import { payloadKeys } from './sealed.ts'
import { tidyPayloads } from './tidy.ts'

const dayMs = 24 * 60 * 60_000
const { database } = await testDatabase()
const { pool } = database
const clock = testClock(Date.UTC(2026, 4, 1, 12))
const feed = createSnapshotFeed({ pool, listen: database.listen, clock, logger: silentLogger })
afterAll(feed.close)
const secrets = createSecretBox([{ id: 'test', key: randomBytes(32) }])
const payloads = createPayloads({ secrets })

async function keeperOf(over: Partial<KeeperDeps> = {}): Promise<PayloadKeeper> {
  const keeper = await createPayloadKeeper({ pool, feed, secrets, clock, logger: silentLogger, ...over })
  afterAll(() => keeper.close(0))
  return keeper
}
const keeper = await keeperOf()

async function workspaceOf(days: number): Promise<string> {
  const id = newId('wsp')
  await pool.query('insert into workspaces (id, slug, name, payload_days) values ($1, $1, $1, $2)', [id, days])
  await feed.refresh()
  return id
}

async function keepFor(id: string, days: number): Promise<void> {
  await pool.query('update workspaces set payload_days = $2 where id = $1', [id, days])
  await feed.refresh()
}

interface Words {
  request?: string
  answer?: string[]
  atMs?: number
}

/** Returns the id of the request. */
function keep(
  workspaceId: string,
  { request = '{}', answer = ['{}'], atMs = clock.nowMs() }: Words,
  by = keeper,
): string {
  const requestId = newId('req', atMs)
  const draft = by.open({ workspaceId, requestId, request: Buffer.from(request) })
  for (const part of answer) draft.answer(Buffer.from(part))
  draft.end(answer.length > 1 ? 'stream' : 'whole')
  return requestId
}

async function read(workspaceId: string, id: string, role: 'viewer' | 'developer' = 'developer') {
  return payloads.getPayload(await scopeOf(database, clock, workspaceId, { role }), id)
}

async function rowsOf(workspaceId: string): Promise<number[]> {
  const counts: number[] = []
  for (const name of ['payloads', 'payload_places', 'payload_keys']) {
    const { rows } = await pool.query(`select count(*)::int as count from ledger.${name} where workspace_id = $1`, [
      workspaceId,
    ])
    counts.push(rows[0].count)
  }
  return counts
}

const notFound = { kind: 'not_found', message: 'Payload not found.' }

test('what a caller sent and got is read back byte for byte, by those who may and in its own workspace alone', async () => {
  const [here, other] = [await workspaceOf(7), await workspaceOf(7)]
  const whole = keep(here, { request: '{"a":"é\\u0000"}', answer: ['{"b":1}'] })
  const stream = keep(here, { answer: ['data: {"x":"', 'é"}\n\n', 'data: [DONE]\n\n'] })
  const nothing = keep(here, { answer: [] })
  await keeper.flush()
  expect(await rowsOf(here)).toEqual([1, 3, 1])
  expect(await read(here, whole)).toEqual({
    requestId: whole,
    keptUntil: new Date(clock.nowMs() + 7 * dayMs).toISOString(),
    request: { text: '{"a":"é\\u0000"}', bytes: 16, cut: false },
    answer: { text: '{"b":1}', bytes: 7, cut: false, stream: false },
  })
  expect((await read(here, stream)).answer).toMatchObject({ text: 'data: {"x":"é"}\n\ndata: [DONE]\n\n', stream: true })
  expect((await read(here, nothing)).answer).toBeNull()

  await expect(read(here, whole, 'viewer')).rejects.toMatchObject({ code: 'role_too_low' })
  await pool.query('update workspaces set payload_viewers = true where id = $1', [here])
  expect((await read(here, whole, 'viewer')).requestId).toBe(whole)
  for (const id of [whole, newId('req'), 'nonsense']) await expect(read(other, id)).rejects.toMatchObject(notFound)
})

test('no row holds a word of it, and sealed bytes open in no other place', async () => {
  const [here, other] = [await workspaceOf(7), await workspaceOf(7)]
  const secret = 'the merger with Contoso'
  const requests = [keep(here, { request: secret }), keep(here, { answer: [secret] })]
  await keeper.flush()
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'ledger')`,
  )
  const texts: string[] = []
  for (const { name } of tables.rows) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`)
    texts.push(...rows.map(({ row }) => row))
  }
  const hex = Buffer.from(secret).toString('hex')
  expect(texts.some((text) => text.includes(here))).toBe(true)
  expect(texts.filter((text) => text.includes(secret) || text.includes(hex))).toEqual([])

  await pool.query('update ledger.payload_keys set workspace_id = $2 where workspace_id = $1', [here, other])
  await pool.query('update ledger.payloads set workspace_id = $2 where workspace_id = $1', [here, other])
  await pool.query('update ledger.payload_places set workspace_id = $2 where workspace_id = $1', [here, other])
  await expect(read(other, requests[0]!)).rejects.toMatchObject({ code: 'payload_unreadable' })
})

test('a new master key takes over the keys of what is kept, which then opens without the old one', async () => {
  const [old, fresh] = ['old', 'fresh'].map((id) => ({ id, key: randomBytes(32) }))
  const here = await workspaceOf(7)
  const before = await keeperOf({ secrets: createSecretBox([old!]) })
  const id = keep(here, { request: '{"a":1}' }, before)
  await before.flush()
  const [alone, both] = [createSecretBox([fresh!]), createSecretBox([fresh!, old!])]
  const open = async () =>
    createPayloads({ secrets: alone }).getPayload(await scopeOf(database, clock, here, { role: 'developer' }), id)
  await expect(open()).rejects.toMatchObject({ code: 'payload_unreadable' })
  expect((await rewrapColumn(pool, both, payloadKeys)).rewrapped).toBe(1)
  expect((await rewrapColumn(pool, both, payloadKeys)).rewrapped).toBe(0)
  expect((await open()).request).toMatchObject({ text: '{"a":1}' })
})

test('a call is bound to what is kept of it: another one put in its place opens nothing', async () => {
  const here = await workspaceOf(7)
  const id = keep(here, {})
  await keeper.flush()
  const stranger = newId('req', clock.nowMs())
  await pool.query('update ledger.payload_places set request_id = $2 where request_id = $1', [id, stranger])
  await expect(read(here, stranger)).rejects.toMatchObject({ code: 'payload_unreadable' })
})

test('turned off, nothing can be read from that moment on, not even once it is on again; the rows go', async () => {
  const here = await workspaceOf(30)
  const before = keep(here, {})
  await keeper.flush()
  await keepFor(here, 0)
  expect(keeper.plan(here)).toBe('')
  await expect(read(here, before)).rejects.toMatchObject(notFound)
  expect(await rowsOf(here)).toEqual([1, 1, 0])
  await keepFor(here, 30)
  const after = keep(here, {})
  await keeper.flush()
  await expect(read(here, before)).rejects.toMatchObject(notFound)
  expect((await read(here, after)).requestId).toBe(after)
  await tidyPayloads(pool, clock, { rowsMax: 1 })
  expect(await rowsOf(here)).toEqual([1, 1, 1])
  expect((await read(here, after)).requestId).toBe(after)
})

test('what ended before it was turned off and is written after is not kept', async () => {
  const here = await workspaceOf(30)
  const late = await keeperOf({ feed: { register: (load) => load() } })
  const id = keep(here, {}, late)
  await keepFor(here, 0)
  await keepFor(here, 30)
  await late.flush()
  await expect(read(here, id)).rejects.toMatchObject(notFound)
  expect(await rowsOf(here)).toEqual([0, 0, 0])
})

test('a deleted workspace leaves nothing behind', async () => {
  const here = await workspaceOf(30)
  keep(here, {})
  await keeper.flush()
  await pool.query('delete from workspaces where id = $1', [here])
  expect(await rowsOf(here)).toEqual([1, 1, 0])
  await tidyPayloads(pool, clock)
  expect(await rowsOf(here)).toEqual([0, 0, 0])
})

test('a payload goes when its days are over, at the hour, and sooner where the days become fewer', async () => {
  const here = await workspaceOf(7)
  const old = keep(here, { atMs: clock.nowMs() - 4 * dayMs })
  await keeper.flush()
  const young = keep(here, {})
  await keeper.flush()
  clock.advance(3 * dayMs - 1)
  await tidyPayloads(pool, clock)
  expect((await read(here, old)).requestId).toBe(old)
  clock.advance(1)
  await expect(read(here, old)).rejects.toMatchObject(notFound)
  await tidyPayloads(pool, clock)
  expect(await rowsOf(here)).toEqual([1, 1, 1])
  expect((await read(here, young)).requestId).toBe(young)
  await keepFor(here, 2)
  await expect(read(here, young)).rejects.toMatchObject(notFound)
  await tidyPayloads(pool, clock)
  expect((await rowsOf(here)).slice(0, 2)).toEqual([0, 0])
})

test('more than may wait is not kept, and says so before the call; what was written makes room', async () => {
  const here = await workspaceOf(7)
  const small = await keeperOf({ bytesMax: 1000, everyMs: 60_000 })
  const first = keep(here, { request: 'a'.repeat(600) }, small)
  const second = keep(here, { request: 'b'.repeat(600) }, small)
  expect(small.plan(here)).toBe('kept')
  const third = keep(here, { request: 'c'.repeat(396) }, small)
  expect(small.plan(here)).toBe('full')
  await small.flush()
  expect(small.plan(here)).toBe('kept')
  for (const id of [first, third]) expect((await read(here, id)).requestId).toBe(id)
  await expect(read(here, second)).rejects.toMatchObject(notFound)
})

test('of a side that is too long the first part is kept, and marked', async () => {
  const here = await workspaceOf(7)
  const mebibyte = 'é'.repeat(512 * 1024)
  const id = keep(here, { request: `a${mebibyte.repeat(4)}`, answer: Array.from({ length: 6 }, () => mebibyte) })
  await keeper.flush()
  const { request, answer } = await read(here, id)
  expect(request).toMatchObject({ bytes: 4 * 1024 * 1024 + 1, cut: true })
  // The last character was cut through.
  expect(request.text).toBe(`a${mebibyte.repeat(4)}`.slice(0, request.text.length))
  expect(request.text).toHaveLength(1 + 4 * 512 * 1024 - 1)
  expect(answer).toMatchObject({ bytes: 6 * 1024 * 1024, cut: true })
  expect(answer!.text).toBe(mebibyte.repeat(4))
})

test('what cannot be written waits, and is written once Postgres answers; what Postgres refuses holds up nobody', async () => {
  const here = await workspaceOf(7)
  let isAway = true
  let refuses = 'nobody'
  const flaky = {
    query(config: { text: string; values: unknown[] }) {
      const code = isAway ? 'ECONNREFUSED' : String(config.values?.[1]).includes(refuses) ? '23514' : undefined
      const isWrite = typeof config === 'object'
      return isWrite && code ? Promise.reject(Object.assign(new Error('no'), { code })) : pool.query(config)
    },
  } as unknown as Pool
  const away = await keeperOf({ pool: flaky, everyMs: 1 })
  const id = keep(here, {}, away)
  const flushed = away.flush()
  isAway = false
  await flushed
  expect((await read(here, id)).requestId).toBe(id)

  const other = await workspaceOf(7)
  refuses = here
  const refused = keep(here, {}, away)
  const taken = keep(other, {}, away)
  await away.flush()
  await expect(read(here, refused)).rejects.toMatchObject(notFound)
  expect((await read(other, taken)).requestId).toBe(taken)
})
