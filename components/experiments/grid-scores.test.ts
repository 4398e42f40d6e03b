import { expect, test } from 'vitest'
import { bandOf, goodness } from './grid-scores.ts'

const score = { state: 'done', passed: null, value: null, skipped: false } as const

test('a score is coloured by the bounds of what its evaluator can say', () => {
  const mark = { kind: 'judge', answer: { type: 'number', min: 1, max: 5, passAt: null } } as never
  expect([1, 2, 3, 4, 5].map((value) => bandOf({ ...score, value }, mark))).toEqual([0, 1, 2, 3, 4])
  expect(goodness({ ...score, value: 0.8 }, { kind: 'rouge_l', passAt: null })).toBeCloseTo(0.8)
  expect(bandOf({ ...score, passed: true }, undefined)).toBe(4)
  expect(bandOf({ ...score, passed: false, value: 0 }, { kind: 'url', negate: false })).toBe(0)
})

test('what is not judged, or says neither good nor bad, has no colour', () => {
  expect(bandOf({ ...score, state: 'waiting' }, undefined)).toBeNull()
  expect(bandOf({ ...score, passed: true, skipped: true }, undefined)).toBeNull()
  expect(bandOf(score, undefined)).toBeNull()
})
