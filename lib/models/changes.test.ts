import { expect, test } from 'vitest'
import { cardChanges, changeTitle, inBoth } from './changes.ts'
import { CapabilityCard, type Verdict } from './vocabulary.ts'

const card = (checks: Record<string, Verdict | [Verdict, 'pinned']>, dimensions: number | null = null) =>
  CapabilityCard.parse({
    dimensions,
    checks: Object.fromEntries(
      Object.entries(checks).map(([key, value]) => [
        key,
        Array.isArray(value) ? { verdict: value[0], pinned: true } : { verdict: value },
      ]),
    ),
  })

test('a decided verdict that became another decided one is a change, and nothing else is', () => {
  const before = card({
    tools: 'yes',
    vision: 'unknown',
    n: 'no',
    seed: 'ignored',
    stop: ['yes', 'pinned'],
    logprobs: 'yes',
  })
  const after = card({ tools: 'no', vision: 'yes', n: 'no', seed: 'yes', stop: 'no', logprobs: 'unknown' })
  expect(cardChanges(before, after)).toEqual([
    { key: 'tools', label: 'Function calling', from: 'yes', to: 'no', lost: true },
    { key: 'seed', label: 'seed', from: 'ignored', to: 'yes', lost: false },
  ])
  expect(cardChanges(before, before)).toEqual([])
})

test('another length of embeddings is a loss', () => {
  const changes = cardChanges(card({}, 512), card({}, 768))
  expect(changes).toMatchObject([{ key: 'dimensions', from: '512', to: '768', lost: true }])
  expect(changeTitle('Vectors', changes)).toBe('Vectors answers 768 dimensions in place of 512')
  expect(cardChanges(card({}, 512), card({}))).toEqual([])
})

test('only what two runs agree on stands', () => {
  const before = card({ tools: 'yes', vision: 'yes' })
  const one = cardChanges(before, card({ tools: 'no', vision: 'no' }))
  expect(inBoth(one, cardChanges(before, card({ tools: 'no', vision: 'yes' })))).toMatchObject([{ key: 'tools' }])
  expect(inBoth(one, cardChanges(before, card({ tools: 'ignored', vision: 'yes' })))).toEqual([])
})

test('a notice says what was gained or lost', () => {
  const before = card({ tools: 'no', vision: 'yes' })
  expect(changeTitle('Llama', cardChanges(before, card({ tools: 'yes', vision: 'yes' })))).toBe(
    'Llama gained Function calling',
  )
  expect(changeTitle('Llama', cardChanges(before, card({ tools: 'no', vision: 'ignored' })))).toBe('Llama lost Vision')
  expect(changeTitle('Llama', cardChanges(before, card({ tools: 'yes', vision: 'no' })))).toBe(
    'Llama changed in 2 ways',
  )
})
