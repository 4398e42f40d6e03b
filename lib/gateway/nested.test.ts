import { expect, test } from 'vitest'
import { elementsOf } from './nested.ts'

test('the elements of an array are found whatever they hold', () => {
  const values = [1, 'a,b"]\\', ['x', [1, 2]], { k: ']', n: [{}] }, null, true, '', [], {}, -1.5e3, '\\']
  for (const space of [undefined, 2]) {
    const text = `{"a":${JSON.stringify(values, null, space)},"b":[9]}`
    const start = text.indexOf('[')
    const found = elementsOf(text, start, text.length)
    expect(found.map(([from, to]) => JSON.parse(text.slice(from, to)))).toEqual(values)
  }
})

test('an empty array has no elements', () => {
  expect(elementsOf('[ \n ]', 0, 5)).toEqual([])
})
