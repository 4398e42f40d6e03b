import { expect, test } from 'vitest'
import { checkThresholds } from './thresholds.ts'

const setup = {
  candidates: [
    { candidate: { key: 'a', name: 'Large', kind: 'model' } },
    { candidate: { key: 'b', name: 'Small', kind: 'model' } },
    { candidate: { key: 'r', name: 'People', kind: 'recorded' } },
  ],
  evaluators: [{ id: 'evl_1', name: 'Short' }],
} as never

const comparison = (means: (number | null)[], failed = [0, 0, 0]) =>
  ({
    candidates: failed.map((count) => ({ failed: count, left: 0 })),
    evaluators: [{ candidates: means.map((mean) => ({ mean })) }],
  }) as never

const check = (means: (number | null)[], candidate?: string, failed?: number[]) =>
  checkThresholds([{ evaluator: 'Short', least: 0.8 }], candidate, setup, comparison(means, failed)).map(
    ({ candidate: name, holds }) => `${name} ${holds}`,
  )

test('a threshold is for every candidate that is called, or for the one that is named', () => {
  expect(check([0.8, 0.7, 0.1])).toEqual(['Large true', 'Small false'])
  expect(check([0.8, 0.7, 0.1], 'Large')).toEqual(['Large true'])
  expect(check([0.8, 0.7, 0.1], 'r')).toEqual(['People false'])
})

test('what was not scored, or failed, breaks its threshold', () => {
  expect(check([null, 0.9, 1])).toEqual(['Large false', 'Small true'])
  expect(check([0.9, 0.9, 1], undefined, [0, 1, 0])).toEqual(['Large true', 'Small false'])
})

test('a name that means nothing is told with those that do', () => {
  const wrong = () => checkThresholds([{ evaluator: 'Long', least: 1 }], undefined, setup, comparison([1, 1, 1]))
  expect(wrong).toThrow('The experiment has no evaluator “Long”. It has: Short.')
  expect(() => check([1, 1, 1], 'Medium')).toThrow('Large, Small, People')
})
