import { expect, test } from 'vitest'
import { answerReadiness, type CallNeeds, isFull, missingForCalls } from './readiness.ts'

const needs = ({ draining = false, ageMs = 0, hasRoom = true } = {}): CallNeeds => ({
  gateway: { isDraining: () => draining },
  feed: { ageMs: () => ageMs },
  ledger: { depth: () => ({ hasRoom }) },
  env: { dataDir: import.meta.dirname },
})

test.each([
  [{}, []],
  [{ draining: true }, ['this process is shutting down']],
  [{ ageMs: 600_000 }, []],
  [{ ageMs: 600_001 }, ['Postgres has not answered for 10 minutes']],
  [{ ageMs: Number.POSITIVE_INFINITY }, ['Postgres has not answered for 10 minutes']],
  [{ hasRoom: false }, ['the ledger has no room']],
  [{ draining: true, hasRoom: false }, ['this process is shutting down', 'the ledger has no room']],
])('calls in a process of %j miss %j', (state, missing) => {
  expect(missingForCalls(needs(state))).toEqual(missing)
})

const blocks = (mebibytes: number) => mebibytes * 256
test.each([
  ['with room', { bfree: blocks(2), bavail: blocks(2) }, { others: false, root: false }],
  ['with room for root alone', { bfree: blocks(2), bavail: 0 }, { others: true, root: false }],
  ['at the last mebibyte', { bfree: blocks(1), bavail: blocks(1) }, { others: false, root: false }],
  ['below it', { bfree: blocks(1) - 1, bavail: blocks(1) - 1 }, { others: true, root: true }],
  ['without a byte', { bfree: 0, bavail: 0 }, { others: true, root: true }],
])('a disk %s', (_, free, full) => {
  const disk = { ...free, bsize: 4096 }
  expect({ others: isFull(disk, 1000), root: isFull(disk, 0) }).toEqual(full)
  // Where there are no user ids there is no root.
  expect(isFull(disk)).toBe(full.others)
})

test('who is not ready says why, and to ask again', () => {
  expect(answerReadiness([])).toMatchObject({ status: 200, body: '{"status":"ready","missing":[]}' })
  expect(answerReadiness(['the ledger has no room'])).toEqual({
    status: 503,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': '2' },
    body: '{"status":"not ready","missing":["the ledger has no room"]}',
  })
})
