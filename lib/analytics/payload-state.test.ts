import { expect, test } from 'vitest'
import { type PayloadFacts, payloadState, payloadUntil } from './payload-state.ts'

const dayMs = 24 * 60 * 60_000
const nowMs = Date.UTC(2026, 4, 1)
const kept: PayloadFacts = {
  atMs: nowMs - dayMs,
  source: 'gateway',
  outcome: 'ok',
  plan: 'kept',
  isRepeat: false,
  days: 7,
  isThere: true,
  mayRead: true,
}

test.each<[string, Partial<PayloadFacts>]>([
  ['kept', {}],
  ['kept', { outcome: 'error' }],
  ['restricted', { mayRead: false }],
  ['evidence', { source: 'validation' }],
  ['evidence', { source: 'drift', isThere: false }],
  ['refused', { outcome: 'refused', isThere: false }],
  ['lost', { outcome: 'lost', isThere: false }],
  ['repeat', { plan: '', isThere: false, isRepeat: true }],
  ['off', { plan: '', isThere: false }],
  ['off', { plan: '', isThere: false, days: 0 }],
  ['no_store', { plan: 'no_store', isThere: false, mayRead: false }],
  ['full', { plan: 'full', isThere: false }],
  ['deleted', { days: 0 }],
  ['expired', { atMs: nowMs - 7 * dayMs }],
  ['kept', { atMs: nowMs - 7 * dayMs + 1 }],
  ['missing', { isThere: false }],
  ['waiting', { isThere: false, atMs: nowMs - 59_000 }],
  ['missing', { isThere: false, atMs: nowMs - 61_000 }],
])('prompt and answer are %s where %j', (state, over) => {
  const facts = { ...kept, ...over }
  expect(payloadState(facts, nowMs)).toBe(state)
  const isThere = state === 'kept' || state === 'restricted'
  expect(payloadUntil(payloadState(facts, nowMs), facts) !== null).toBe(isThere)
})
