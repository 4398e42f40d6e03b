import { describe, expect, test } from 'vitest'
import { type Condition, DeploymentConfig, type DeploymentConfigInput, problemsOf } from '#lib/deployments/schema.ts'
import {
  addVariant,
  defaultVariant,
  evenShares,
  moved,
  readConditionValue,
  removeVariant,
  renameVariant,
  undeclaredVariables,
  usedVariables,
  withOperator,
} from './edits.ts'

const configOf = (change: Partial<DeploymentConfigInput> = {}) =>
  DeploymentConfig.parse({
    variants: [
      {
        name: 'main',
        model: 'mdl_a',
        messages: [{ role: 'user', content: '{{question}} \\{{text}} {{ shop.name }}' }],
      },
      { name: 'short', model: 'mdl_b', messages: [{ role: 'user', content: '{{question}} {{tone}}' }] },
      { name: 'long', model: 'mdl_b' },
    ],
    routing: {
      default: 'short',
      rows: [
        { split: [{ variant: 'short', percent: 100 }] },
        {
          split: [
            { variant: 'main', percent: 10 },
            { variant: 'short', percent: 60 },
            { variant: 'long', percent: 30 },
          ],
        },
      ],
    },
    ...change,
  })

describe('variants', () => {
  test('a new name is followed by the routing', () => {
    const after = renameVariant(configOf(), 1, 'brief')
    expect(after.routing.default).toBe('brief')
    expect(after.routing.rows.flatMap(({ split }) => split.map(({ variant }) => variant))).toEqual([
      'brief',
      'main',
      'brief',
      'long',
    ])
    expect(problemsOf(after, 'chat').filter(({ path }) => path.startsWith('routing'))).toEqual([])
  })

  test('one that goes takes the rows along that led to it alone, and leaves splits that add up', () => {
    const after = removeVariant(configOf(), 1)
    expect(after.routing).toEqual({
      default: '',
      rows: [
        {
          conditions: [],
          split: [
            { variant: 'main', percent: 50 },
            { variant: 'long', percent: 50 },
          ],
        },
      ],
    })
    expect(defaultVariant(after)).toBe('main')
  })

  test('a copy gets a name that is free, whatever its case', () => {
    const before = configOf()
    const after = addVariant(addVariant(before, before.variants[0]!, 'MAIN'), before.variants[0]!, 'main')
    expect(after.variants.map(({ name }) => name)).toEqual(['main', 'short', 'long', 'MAIN 2', 'main 3'])
    expect(before.variants).toHaveLength(3)
  })

  test.each([1, 3, 7, 20])('%i even shares add up to 100 with two decimals', (count) => {
    const shares = evenShares(Array.from({ length: count }, (_, at) => `v${at}`))
    expect(shares.reduce((sum, { percent }) => sum + Math.round(percent * 100), 0)).toBe(10_000)
  })

  test('a move changes places and nothing else', () => {
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
  })
})

test('variables are found in all variants, and those without a declaration are told', () => {
  const config = configOf({ variables: [{ name: 'question' }] })
  expect(usedVariables(config, 'chat')).toEqual(['question', 'shop.name', 'tone'])
  expect(undeclaredVariables(config, 'chat')).toEqual(['shop.name', 'tone'])
})

describe('values of conditions', () => {
  test.each([
    ['number', 'greater', '12.5', 12.5],
    ['number', 'greater', '12,5', 12.5],
    ['number', 'equals', 'twelve', 'twelve'],
    ['number', 'equals', '', ''],
    ['string', 'equals', '12', '12'],
    ['boolean', 'equals', 'false', false],
    ['string', 'in', ' NL \n\nBE', ['NL', 'BE']],
    ['number', 'in', '1\n2', [1, 2]],
    ['date', 'exists', 'false', false],
    ['date', 'exists', '2026-12-31', true],
  ] as const)('%s %s %j', (type, operator, typed, value) => {
    expect(readConditionValue(type, operator, typed)).toEqual(value)
  })

  test('another operator keeps what can be kept, and is never one that cannot be saved', () => {
    const before: Condition = { field: 'country', type: 'string', operator: 'equals', value: 'NL' }
    expect(withOperator(before, { operator: 'in' }).value).toEqual(['NL'])
    expect(withOperator(before, { operator: 'exists' }).value).toBe(true)
    expect(withOperator({ ...before, operator: 'exists', value: true }, { operator: 'equals' }).value).toBe('')
    expect(withOperator(before, { type: 'boolean' }).value).toBe(true)
  })
})
