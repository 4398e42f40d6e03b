import { describe, expect, test } from 'vitest'
import { placeOf } from './hash.ts'
import { explain, matches, routeContext } from './routing.ts'
import type { Condition } from './routing-schema.ts'

const condition = (
  field: string,
  type: Condition['type'],
  operator: Condition['operator'],
  value: Condition['value'],
): Condition => ({ field, type, operator, value })

describe('conditions', () => {
  const context = {
    country: 'NL',
    age: 30,
    beta: false,
    since: '2026-03-01T10:00:00Z',
    tags: ['a', 'b'],
    nothing: null,
    user: { plan: 'gold', 'x.y': 1 },
    'a.b': 'whole',
    a: { b: 'nested' },
  }
  test.each<[Condition, boolean]>([
    [condition('country', 'string', 'equals', 'NL'), true],
    [condition('country', 'string', 'equals', 'nl'), false],
    [condition('country', 'string', 'not', 'BE'), true],
    [condition('country', 'string', 'in', ['BE', 'NL']), true],
    [condition('country', 'string', 'contains', 'N'), true],
    [condition('age', 'number', 'greater', 29.5), true],
    [condition('age', 'number', 'greater', 30), false],
    [condition('age', 'number', 'less', 31), true],
    [condition('age', 'number', 'in', [1, 30]), true],
    [condition('age', 'string', 'equals', '30'), false],
    [condition('beta', 'boolean', 'equals', false), true],
    [condition('beta', 'boolean', 'not', false), false],
    [condition('since', 'date', 'greater', '2026-02-28'), true],
    [condition('since', 'date', 'equals', '2026-03-01T11:00:00+01:00'), true],
    [condition('since', 'date', 'less', '2026-03-01'), false],
    [condition('country', 'date', 'greater', '2020-01-01'), false],
    [condition('tags', 'list', 'contains', 'b'), true],
    [condition('tags', 'list', 'in', ['x', 'a']), true],
    [condition('tags', 'list', 'in', ['x']), false],
    [condition('user.plan', 'string', 'equals', 'gold'), true],
    [condition('a.b', 'string', 'equals', 'whole'), true],
    [condition('user.toString', 'string', 'exists', true), false],
    [condition('__proto__', 'string', 'exists', true), false],
    [condition('absent', 'string', 'equals', ''), false],
    [condition('absent', 'string', 'not', 'x'), true],
    [condition('absent', 'number', 'exists', false), true],
    [condition('nothing', 'string', 'exists', true), false],
    [condition('beta', 'boolean', 'exists', true), true],
  ])('%j holds: %s', (given, holds) => {
    expect(matches(given, context)).toBe(holds)
  })

  test('say why they do not hold', () => {
    expect(explain(condition('age', 'string', 'equals', 'x'), context)).toBe('age is 30, not a text.')
    expect(explain(condition('country', 'string', 'equals', 'BE'), context)).toBe('country is “NL”.')
    expect(explain(condition('absent', 'string', 'equals', 'BE'), context)).toBe('absent is not there.')
  })
})

describe('routing', () => {
  const gold = condition('plan', 'string', 'equals', 'gold')
  const routing = {
    default: 'main',
    rows: [
      { conditions: [gold], split: [{ variant: 'best', percent: 100 }] },
      {
        conditions: [],
        split: [
          { variant: 'a', percent: 33.33 },
          { variant: 'b', percent: 66.67 },
        ],
      },
      { conditions: [gold], split: [{ variant: 'never', percent: 100 }] },
    ],
  }

  test('the first row that matches wins, and a row without conditions is for everybody', () => {
    expect(routeContext(routing, { plan: 'gold' }, 'u', 's')).toEqual({ variant: 'best', row: 0, place: null })
    expect(routeContext(routing, {}, 'u', 's')).toMatchObject({ row: 1 })
    expect(routeContext({ ...routing, rows: routing.rows.slice(0, 1) }, {}, 'u', 's')).toEqual({
      variant: 'main',
      row: null,
      place: null,
    })
  })

  test('a split is stable for one unit and as large as it says over many', () => {
    const of = (unit: string) => routeContext(routing, {}, unit, 'dep_1').variant
    const units = Array.from({ length: 20_000 }, (_, index) => `user-${index}`)
    const share = units.filter((unit) => of(unit) === 'a').length / units.length
    expect(share).toBeGreaterThan(0.32)
    expect(share).toBeLessThan(0.347)
    expect(units.map(of)).toEqual(units.map(of))
  })

  test('another deployment splits the same people in another way', () => {
    const units = Array.from({ length: 2_000 }, (_, index) => `user-${index}`)
    const inBoth = units.filter(
      (unit) =>
        routeContext(routing, {}, unit, 'dep_1').variant === 'a' &&
        routeContext(routing, {}, unit, 'dep_2').variant === 'a',
    ).length
    expect(inBoth / units.length).toBeGreaterThan(0.08)
    expect(inBoth / units.length).toBeLessThan(0.15)
  })
})

describe('placeOf', () => {
  test('gives the same place in every release', () => {
    expect(['', 'a', 'user-1', 'Ünïcode 🦀', 'x'.repeat(1000)].map(placeOf)).toEqual([6689, 5699, 2300, 2489, 9845])
  })

  test('spreads alike texts evenly over 100 parts', () => {
    const parts = new Array<number>(100).fill(0)
    for (let index = 0; index < 100_000; index++) parts[Math.floor(placeOf(`customer-${index}`) / 100)]!++
    // 1,000 each, give or take: five standard deviations are 157.
    for (const count of parts) expect(Math.abs(count - 1_000)).toBeLessThan(157)
  })

  test('who is in a part stays in as it grows', () => {
    const units = Array.from({ length: 1_000 }, (_, index) => `t-${index}`)
    const within = (share: number) => new Set(units.filter((unit) => placeOf(unit) < share))
    const [five, ten] = [within(500), within(1_000)]
    expect([...five].every((unit) => ten.has(unit))).toBe(true)
  })
})
