import { describe, expect, test } from 'vitest'
import { attemptsMax, type Cause, causes, decide, type History, noRetries, type Result } from './decide.ts'

const patient = { count: 5, onCodes: null }
const history: History = {
  attempts: 1,
  onTarget: 1,
  remainingMs: 60_000_000,
  next: 'none',
  mayRetry: true,
  random: 0.5,
}
const result = (cause: Cause, over: Partial<Result> = {}): Result => ({
  cause,
  status: 500,
  retryAfterMs: null,
  ...over,
})

const again = { act: 'retry', afterMs: 250 }
const giveUp = { act: 'give_up' }
const answer = { act: 'return' }
const next = { act: 'next', larger: false }

// Row for row: alone with retries allowed; with another target and none; with another, larger target and none.
const rows: Record<Cause, [alone: object, another: object, larger: object]> = {
  good: [answer, answer, answer],
  connect: [again, next, next],
  timeout: [again, next, next],
  busy: [again, next, next],
  server_error: [again, next, next],
  broken: [again, next, next],
  auth: [giveUp, next, next],
  quota: [giveUp, next, next],
  missing: [giveUp, next, next],
  misdirected: [giveUp, next, next],
  context_length: [giveUp, giveUp, { act: 'next', larger: true }],
  refused: [answer, answer, answer],
  final: [answer, answer, answer],
}

describe.each(causes)('%s', (cause) => {
  const [alone, another, larger] = rows[cause]

  test('alone, with retries allowed', () => {
    expect(decide(result(cause), history, patient)).toEqual(alone)
  })

  test('with another target, without retries', () => {
    expect(decide(result(cause), { ...history, next: 'any' }, noRetries)).toEqual(another)
  })

  test('with another target that takes more context', () => {
    expect(decide(result(cause), { ...history, next: 'larger' }, noRetries)).toEqual(larger)
  })

  test('never after four attempts, a passed deadline, or for nobody', () => {
    for (const over of [{ attempts: attemptsMax }, { remainingMs: 0 }, { remainingMs: -1 }, {}] as const) {
      const policy = Object.keys(over).length === 0 ? noRetries : patient
      const { act } = decide(
        result(cause),
        { ...history, next: Object.keys(over).length === 0 ? 'none' : 'larger', ...over },
        policy,
      )
      expect(['return', 'give_up']).toContain(act)
    }
  })
})

test('without a policy nothing is tried twice on one target', () => {
  expect(decide(result('server_error'), history, noRetries)).toEqual(giveUp)
})

test('retries of one target end with the count, then the next has its turn', () => {
  const policy = { count: 2, onCodes: null }
  const acts = [1, 2, 3].map((onTarget) => decide(result('connect'), { ...history, onTarget, next: 'any' }, policy).act)
  expect(acts).toEqual(['retry', 'retry', 'next'])
})

test('back-off doubles from 0.5 s to 8 s, and any part of it is waited', () => {
  const waits = (random: number) =>
    [1, 2, 3, 4, 5, 6, 7].map((onTarget) => {
      const decision = decide(result('timeout'), { ...history, onTarget, random }, { count: 9, onCodes: null })
      return decision.act === 'retry' ? decision.afterMs : -1
    })
  expect(waits(0)).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(waits(0.5)).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000])
})

test.each([
  [0, 250],
  [100, 250],
  [3_000, 3_000],
  [60_000, 60_000],
  [3_600_000, 60_000],
])('a server that asks for %i ms is left alone for %i ms', (retryAfterMs, afterMs) => {
  expect(decide(result('busy', { status: 429, retryAfterMs }), history, patient)).toEqual({ act: 'retry', afterMs })
})

test('a wait that the deadline does not leave room for is not begun', () => {
  const busy = result('busy', { status: 429, retryAfterMs: 5_000 })
  expect(decide(busy, { ...history, remainingMs: 5_000 }, patient)).toEqual(giveUp)
  expect(decide(busy, { ...history, remainingMs: 5_001 }, patient)).toEqual({ act: 'retry', afterMs: 5_000 })
  expect(decide(busy, { ...history, remainingMs: 4_000, next: 'any' }, patient)).toEqual(next)
})

test('nobody waits long for one server where another is there', () => {
  const busy = result('busy', { status: 429, retryAfterMs: 20_000 })
  expect(decide(busy, { ...history, next: 'any' }, patient)).toEqual(next)
})

test('only the codes that the caller names are retried', () => {
  const policy = { count: 2, onCodes: new Set([429]) }
  expect(decide(result('busy', { status: 429 }), history, policy)).toEqual(again)
  expect(decide(result('server_error', { status: 503 }), history, policy)).toEqual(giveUp)
  expect(decide(result('server_error', { status: 503 }), { ...history, next: 'any' }, policy)).toEqual(next)
})

test('a retry budget without room leaves the next target, or nothing', () => {
  expect(decide(result('server_error'), { ...history, mayRetry: false }, patient)).toEqual(giveUp)
  expect(decide(result('server_error'), { ...history, mayRetry: false, next: 'any' }, patient)).toEqual(next)
})
