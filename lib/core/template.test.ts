import { expect, test } from 'vitest'
import { fillTemplate, parseTemplate, variablesIn } from './template.ts'

test('names in double braces are variables; escaped ones and braces without a name are text', () => {
  expect(parseTemplate('a {{ x }}\\{{y}}{{}} {{1}} {{z.a-b_2}}')).toEqual([
    'a ',
    { variable: 'x' },
    '{{y}}{{}} {{1}} ',
    { variable: 'z.a-b_2' },
  ])
  expect(variablesIn('{{b}} {{a}} {{b}}')).toEqual(['b', 'a'])
})

test('values are filled in as they are, and one without a value becomes nothing', () => {
  expect(fillTemplate('{{a}}-{{b}}-{{toString}}-\\{{a}}', { a: '{{b}} $1' })).toBe('{{b}} $1---{{a}}')
})
