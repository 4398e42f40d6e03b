import { expect, test } from 'vitest'
import { carryOver } from './card.ts'
import { CapabilityCard } from './vocabulary.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const later = new Date('2026-11-23T10:00:00.000Z')
const card = (checks: object) => CapabilityCard.parse({ checks })

test('a no where there was a yes says since when, until it is a yes again', () => {
  const lost = carryOver(card({ tools: { verdict: 'yes' } }), card({ tools: { verdict: 'no', detail: 'gone' } }), now)
  expect(lost.checks.tools).toMatchObject({ verdict: 'no', detail: 'gone', lostAt: now.toISOString() })
  const still = carryOver(lost, card({ tools: { verdict: 'no' } }), later)
  expect(still.checks.tools?.lostAt).toBe(now.toISOString())
  const back = carryOver(still, card({ tools: { verdict: 'yes' } }), later)
  expect(back.checks.tools).not.toHaveProperty('lostAt')
})

test('a no that never was a yes has lost nothing', () => {
  const checks = carryOver(
    card({ vision: { verdict: 'unknown' } }),
    card({ vision: { verdict: 'no' }, n: { verdict: 'no' } }),
    now,
  ).checks
  expect(checks.vision).not.toHaveProperty('lostAt')
  expect(checks.n).not.toHaveProperty('lostAt')
})

test('a pinned verdict stands, with what validation found beside it', () => {
  const pinned = {
    verdict: 'no',
    detail: 'Counts wrong',
    pinned: true,
    pin: { by: 'Ada', at: now.toISOString(), reason: 'Counts wrong' },
  }
  const after = carryOver(card({ vision: pinned }), card({ vision: { verdict: 'yes', detail: 'Saw it' } }), later)
  expect(after.checks.vision).toEqual({ ...pinned, found: { verdict: 'yes', detail: 'Saw it' } })
  expect(carryOver(after, card({}), later).checks.vision).toEqual(after.checks.vision)
})
