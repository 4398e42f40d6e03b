import { expect, test } from 'vitest'
import { countElements, elementsOf } from './nested.ts'

test('the elements of an array are found whatever they hold', () => {
  const values = [1, 'a,b"]\\', ['x', [1, 2]], { k: ']', n: [{}] }, null, true, '', [], {}, -1.5e3, '\\']
  for (const space of [undefined, 2]) {
    const text = `{"a":${JSON.stringify(values, null, space)},"b":[9]}`
    const start = text.indexOf('[')
    const found = [...elementsOf(text, start, text.length)]
    expect(found.map(([from, to]) => JSON.parse(text.slice(from, to)))).toEqual(values)
  }
})

test('an empty array has no elements', () => {
  expect([...elementsOf('[ \n ]', 0, 5)]).toEqual([])
})

test('elements are counted up to a bound, and no further than it', () => {
  const text = '[1,[2,3],{"a":[4]}]'
  expect(countElements(text, 0, text.length, 9)).toBe(3)
  expect(countElements(text, 0, text.length, 2)).toBe(2)
  expect(countElements('[]', 0, 2, 2)).toBe(0)
})

test('an array that fills a body costs no memory of its own', () => {
  const text = `[${'0,'.repeat(10_000_000)}0]`
  const before = process.memoryUsage().heapUsed
  let peak = 0
  let count = 0
  for (const _ of elementsOf(text, 0, text.length)) {
    if (++count % 100_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before)
  }
  expect(count).toBe(10_000_001)
  expect(peak).toBeLessThan(200 * 1024 * 1024)
})
