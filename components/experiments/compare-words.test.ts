import { expect, test } from 'vitest'
import { formatMean, qualityOf, reachOf, spreadLabels, ticksTo } from './compare-words.ts'

test('means are shares of what passes, or measures; on one scale by the bounds of their evaluator', () => {
  expect(formatMean(0.8333, false)).toBe('83.3 %')
  expect(formatMean(0.8333, true)).toBe('0.833')
  expect(formatMean(null, true)).toBe('–')
  const mark = { kind: 'judge', answer: { type: 'number', min: 1, max: 5, passAt: null } } as never
  expect(qualityOf({ mean: 4 }, mark)).toBe(0.75)
  expect(qualityOf({ mean: 0.4 }, undefined)).toBe(0.4)
  expect(qualityOf({ mean: null }, undefined)).toBeNull()
})

test('an axis has round steps, and every interval lies inside its span', () => {
  expect(ticksTo(900)).toEqual([0, 500])
  expect(ticksTo(0.006).map((tick) => Number(tick.toFixed(6)))).toEqual([0, 0.002, 0.004, 0.006])
  expect(ticksTo(0)).toEqual([0])
  const candidates = [{ versus: null }, { versus: { low: -0.2, high: 0.1 } }]
  expect(reachOf({ candidates } as never)).toBeGreaterThan(0.2)
})

test('labels of equal candidates stand below each other, inside the picture; those beside each other stay', () => {
  const at = (y: number, left = 0) => ({ left, right: left + 50, y })
  expect(spreadLabels([at(40), at(42), at(44), at(43, 200)], 14, 250)).toEqual([40, 54, 68, 43])
  // At the lower edge they go up.
  expect(spreadLabels([at(248), at(250), at(250)], 14, 250)).toEqual([222, 236, 250])
})
