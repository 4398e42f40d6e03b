import { expect, test } from 'vitest'
import { matchCommand } from './match.ts'

const rank = (query: string) =>
  [
    { label: 'Mistral Embed', others: ['mistral-embed'] },
    { label: 'Custom Mistral', others: ['custom'] },
    { label: 'Experiments', others: [] },
    { label: 'Rack', others: ['qwen-mistake'] },
  ]
    .map(({ label, others }) => ({ label, score: matchCommand(query, label, others) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ label }) => label)

test('a name that begins with what is typed comes before one that holds it, and letters scattered over a name do not count', () => {
  expect(rank('mist')).toEqual(['Mistral Embed', 'Custom Mistral', 'Rack'])
})

test('every word must occur, in any order', () => {
  expect(rank('embed mis')).toEqual(['Mistral Embed'])
  expect(rank('mistral rack')).toEqual([])
})

test('nothing typed fits everything', () => {
  expect(rank('  ')).toHaveLength(4)
})
