import { expect, test } from 'vitest'
import type { BudgetView } from '#lib/metering/schema.ts'
import { figuresOf, forecastOf, formatUnits, gaugeOf, presetRaise, toAmount, toUnits } from './figures.ts'

const budget = (over: Partial<BudgetView> = {}): BudgetView => ({
  id: 'bud_1',
  scope: 'workspace',
  scopeId: '',
  scopeLabel: '',
  unit: 'usd',
  amount: '100',
  window: 'month',
  raise: '0',
  startsAt: '2026-11-01T00:00:00.000Z',
  resetsAt: '2026-12-01T00:00:00.000Z',
  cap: '100',
  spent: '40.5',
  reserved: '10',
  left: '49.5',
  exhausted: false,
  identities: [],
  holders: [],
  past: [],
  version: 1,
  createdAt: '2026-11-01T00:00:00.000Z',
  ...over,
})

test('the bar turns at 80 % and where calls are turned away, also below 100 %', () => {
  expect(gaugeOf(100n, 79n, 21n, false)).toEqual({ spentShare: 0.79, reservedShare: 0.21, level: 'calm' })
  expect(gaugeOf(100n, 80n, 0n, false).level).toBe('high')
  expect(gaugeOf(100n, 97n, 0n, true).level).toBe('full')
  expect(gaugeOf(100n, 112n, 0n, false)).toMatchObject({ spentShare: 1.12, level: 'full' })
})

test('a budget of each identity shows the one that spent most, and nothing before anybody did', () => {
  const each = budget({ scope: 'identity', scopeId: '*', left: null, spent: '9', cap: '5', amount: '5' })
  expect(figuresOf(each)).toBeNull()
  const identities = [
    { identity: 'ann', spent: '4', reserved: '0.5', exhausted: false },
    { identity: 'bob', spent: '1', reserved: '0', exhausted: false },
  ]
  expect(figuresOf({ ...each, identities })).toMatchObject({ identity: 'ann', left: 500_000_000n, level: 'high' })
  expect(figuresOf(budget())).toMatchObject({ identity: null, spent: 40_500_000_000n, left: 49_500_000_000n })
})

test.each([
  ['usd', '2000', '500'],
  ['usd', '50', '10'],
  ['usd', '0.6', '0.1'],
  ['usd', '0.000001', '0.000001'],
  ['usd', '1000000', '200000'],
  ['tokens', '10000000', '2000000'],
  ['tokens', '1', '1'],
  ['tokens', '9', '2'],
] as const)('one press raises a budget of %s %s by %s', (unit, amount, raise) => {
  const units = presetRaise({ unit, amount })
  expect(toAmount(unit, units)).toBe(raise)
  expect(toUnits(unit, toAmount(unit, units))).toBe(units)
})

test('the forecast goes on as the period began, and says nothing at its beginning or without one', () => {
  const at = (text: string, over?: Partial<BudgetView>) => forecastOf(budget(over), Date.parse(text))
  expect(at('2026-11-16T00:00:00Z')).toBe(81_000_000_000n)
  expect(at('2026-11-02T00:00:00Z')).toBeNull()
  expect(at('2026-11-16T00:00:00Z', { spent: '0' })).toBeNull()
  expect(at('2026-11-16T00:00:00Z', { left: null })).toBeNull()
  expect(at('2026-11-16T00:00:00Z', { startsAt: null, resetsAt: null })).toBeNull()
})

test('amounts carry their unit', () => {
  expect(formatUnits('usd', 12_500_000_000n)).toBe('$12.50')
  expect(formatUnits('tokens', 1n)).toBe('1 token')
  expect(formatUnits('tokens', 1_200n)).toBe('1,200 tokens')
  expect(formatUnits('tokens', 1_200n, false)).toBe('1,200')
})
