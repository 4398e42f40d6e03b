import { expect, test } from 'vitest'
import type { UsageView } from '#lib/analytics/schema.ts'
import type { BudgetView } from '#lib/metering/schema.ts'
import { budgetOf, monthForecast } from './month.ts'

const spent = (from: string, nanoUsd: string) =>
  ({ period: { from, timeZone: 'Europe/Amsterdam' }, total: { cost: { nanoUsd } } }) as UsageView
const from = '2026-03-31T22:00:00.000Z'
const day = (days: number) => Date.parse(from) + days * 24 * 3_600_000

test('a month goes on as it began: its days are those of its zone', () => {
  expect(monthForecast(spent(from, '1000'), day(10))).toBe(3_000n)
  expect(monthForecast(spent(from, '1000'), day(30))).toBe(1_000n)
  expect(monthForecast(spent(from, '1000'), day(1))).toBeNull()
  expect(monthForecast(spent(from, '0'), day(10))).toBeNull()
})

test('the budget of what is looked at is its own, in dollars and of a month', () => {
  const budget = (id: string, more: Partial<BudgetView>) =>
    ({ id, unit: 'usd', window: 'month', scope: 'workspace', scopeId: '', ...more }) as BudgetView
  const budgets = [
    budget('tokens', { unit: 'tokens' }),
    budget('day', { window: 'day' }),
    budget('model', { scope: 'model', scopeId: 'mdl_1' }),
    budget('each', { scope: 'identity', scopeId: '*' }),
    budget('all', {}),
  ]
  expect(budgetOf(budgets, {})?.id).toBe('all')
  expect(budgetOf(budgets, { model: ['mdl_1'] })?.id).toBe('model')
  expect(budgetOf(budgets, { model: ['mdl_1', 'mdl_2'] })).toBeUndefined()
  expect(budgetOf(budgets, { model: ['mdl_1'], key: ['key_1'] })).toBeUndefined()
  expect(budgetOf(budgets, { identity: ['someone'] })).toBeUndefined()
})
