import { expect, test } from 'vitest'
import { exportRequests, getRequest, listRequests } from '#lib/analytics/index.ts'
import { newId } from '#lib/core/ids.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf } from '#lib/testing/ledger.ts'
import { writeCalls } from '#lib/testing/records.ts'
import { createFeedback, deleteFeedback, setFeedback } from './feedback.ts'
import { keepPartitions } from './partitions.ts'

const { database } = await testDatabase()
const { pool } = database
const now = Date.UTC(2026, 10, 20, 12)
const clock = testClock(now)
const give = createFeedback({ pool, nowMs: clock.nowMs })

async function house() {
  const workspaceId = await addWorkspace(pool)
  const { modelId, price } = await addModel(pool, workspaceId)
  const scope = await scopeOf(database, clock, workspaceId, { role: 'admin' })
  const calls = [1, 2, 3].map((minutes) => ({ atMs: now - minutes * 3_600_000, modelId, price }))
  return { workspaceId, scope, ids: await writeCalls(pool, workspaceId, calls) }
}
const key = (workspaceId: string, id = 'key_1') => ({ workspaceId, actor: { kind: 'key' as const, id } })

test('what is said again replaces what was said before, part by part; null takes away; nothing left is nothing', async () => {
  const { workspaceId, scope, ids } = await house()
  const [id] = ids as [string]
  const first = await give(key(workspaceId), {
    request_id: id,
    rating: 'good',
    values: { stars: 5, 'a\0b': 'x\ud800' },
  })
  expect(first).toMatchObject({
    object: 'feedback',
    request_id: id,
    rating: 'good',
    values: { stars: 5, 'a\ufffdb': 'x\ufffd' },
  })
  await give(key(workspaceId), { request_id: id, rating: 'bad', correction: 'It is 7.' })
  await give(key(workspaceId, 'key_2'), { request_id: id, comment: 'Hm.' })
  const said = (await getRequest(scope, id)).feedbackList
  expect(
    said.map(({ author, rating, correction, comment, values }) => [author.id, rating, correction, comment, values]),
  ).toEqual([
    ['key_1', 'bad', 'It is 7.', '', first.values],
    ['key_2', null, '', 'Hm.', {}],
  ])
  await give(key(workspaceId), { request_id: id, rating: null, correction: null, values: null })
  expect((await getRequest(scope, id)).feedbackList).toHaveLength(1)
})

test('requests are found by what was said of them, in lists and exports', async () => {
  const { workspaceId, scope, ids } = await house()
  const [good, corrected, silent] = ids as [string, string, string]
  await give(key(workspaceId), { request_id: good, rating: 'good' })
  await setFeedback(scope, { id: corrected, rating: 'bad', correction: 'Seven.' })
  const found = async (feedback?: string) => (await listRequests(scope, { feedback })).items.map(({ id }) => id)
  expect(await found('good')).toEqual([good])
  expect(await found('corrected')).toEqual([corrected])
  expect(await found('good,bad')).toEqual([good, corrected])
  expect(await found('any')).toEqual([good, corrected])
  expect(await found()).toEqual([good, corrected, silent])
  let csv = ''
  for await (const part of exportRequests(scope, { feedback: 'bad' })) csv += part
  const [head, line] = csv.split('\r\n').map((text) => text.split(','))
  expect(Object.fromEntries(head!.map((name, at) => [name, line![at]]))).toMatchObject({
    ...{ id: corrected, feedback_good: '0', feedback_bad: '1', feedback_corrected: '1' },
  })
})

test('a request of another workspace, or none, is not found; a body is bounded', async () => {
  const [one, other] = [await house(), await house()]
  const foreign = other.ids[0]!
  await expect(give(key(one.workspaceId), { request_id: foreign, rating: 'good' })).rejects.toMatchObject({
    kind: 'not_found',
  })
  await expect(setFeedback(one.scope, { id: foreign, rating: 'good' })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(setFeedback(one.scope, { id: newId('req', now), rating: 'good' })).rejects.toMatchObject({
    kind: 'not_found',
  })
  const theirs = await setFeedback(other.scope, { id: foreign, rating: 'good' })
  await expect(deleteFeedback(one.scope, { id: foreign, feedbackId: theirs!.id })).rejects.toMatchObject({
    kind: 'not_found',
  })
  expect((await getRequest(other.scope, foreign)).feedbackList).toHaveLength(1)
  const id = one.ids[0]!
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`v${at}`, at]))
  for (const said of [
    {},
    { rating: 'great' },
    { values: many },
    { values: { x: { y: 1 } } },
    { comment: 'x'.repeat(2_001) },
    { stars: 5 },
  ])
    await expect(give(key(one.workspaceId), { request_id: id, ...said })).rejects.toMatchObject({
      kind: 'invalid_input',
    })
})

test('developers take away their own, admins anybody’s, which the audit keeps', async () => {
  const { workspaceId, ids, scope } = await house()
  const id = ids[0]!
  const theirs = await give(key(workspaceId), { request_id: id, rating: 'bad' })
  const developer = await scopeOf(database, clock, workspaceId, {
    role: 'developer',
    actor: { kind: 'user', id: 'usr_2', label: 'dev' },
  })
  await expect(deleteFeedback(developer, { id, feedbackId: theirs.id })).rejects.toMatchObject({ code: 'not_yours' })
  const own = await setFeedback(developer, { id, rating: 'good' })
  await deleteFeedback(developer, { id, feedbackId: own!.id })
  await deleteFeedback(scope, { id, feedbackId: theirs.id })
  const { rows } = await pool.query(`select action, before from audits where workspace_id = $1`, [workspaceId])
  expect(rows).toEqual([{ action: 'request.feedback_delete', before: { author: 'key_1', rating: 'bad' } }])
})

test('what was said goes with the records', async () => {
  const { workspaceId, ids } = await house()
  await give(key(workspaceId), { request_id: ids[0]!, rating: 'good' })
  const later = testClock(now + 10 * 24 * 3_600_000)
  await keepPartitions(pool, later, { daysAhead: 0, retentionDays: 20 })
  const left = async () =>
    (await pool.query('select from ledger.feedback where workspace_id = $1', [workspaceId])).rowCount
  expect(await left()).toBe(1)
  await keepPartitions(pool, later, { daysAhead: 0, retentionDays: 5 })
  expect(await left()).toBe(0)
})
