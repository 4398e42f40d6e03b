import { expect, test } from 'vitest'
import { orderWeighted, pickWeighted, toWeights } from './pick.ts'

const members = [
  { name: 'a', weight: 1 },
  { name: 'b', weight: 3 },
]

test.each([
  [0, 'a'],
  [0.2499, 'a'],
  [0.25, 'b'],
  [0.9999999999999999, 'b'],
])('a roll of %f picks %s', (roll, name) => {
  expect(pickWeighted(members, roll)?.name).toBe(name)
})

test('evenly spread rolls pick each member as often as its weight says', () => {
  const picks = Array.from({ length: 4_000 }, (_, index) => pickWeighted(members, index / 4_000)!.name)
  expect(picks.filter((name) => name === 'a')).toHaveLength(1_000)
})

test('nothing is picked out of nothing', () => {
  expect(pickWeighted([], 0.5)).toBeUndefined()
})

test.each([
  [
    [60, 600, 60_000],
    [1, 10, 1_000],
  ],
  [
    [6, 6],
    [1, 1],
  ],
  [
    [0.7, 0.3],
    [1_000, 429],
  ],
  [
    [480, 0],
    [1, 1],
  ],
  [
    [7, 100_003],
    [1, 1_000],
  ],
  [
    [Number.NaN, 0],
    [1, 1],
  ],
])('amounts %j become weights %j', (amounts, weights) => {
  expect(toWeights(amounts)).toEqual(weights)
})

test('an order holds every member once, the heavier ones first more often', () => {
  const members = [
    { name: 'light', weight: 1 },
    { name: 'heavy', weight: 9 },
  ]
  const firsts = Array.from({ length: 10 }, (_, index) => {
    const order = orderWeighted(members, () => (index + 0.5) / 10)
    expect(order.map(({ name }) => name).sort()).toEqual(['heavy', 'light'])
    return order[0]!.name
  })
  expect(firsts.filter((name) => name === 'heavy')).toHaveLength(9)
  expect(orderWeighted([], () => 0)).toEqual([])
})
