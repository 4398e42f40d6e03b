import { expect, test } from 'vitest'
import { readValue, toLine, toText } from './values.ts'

test.each([
  ['text', 'as typed ', 'as typed '],
  ['text', '', undefined],
  ['number', ' 1.5 ', 1.5],
  ['number', '', undefined],
  ['boolean', 'true', true],
  ['boolean', 'false', false],
  ['json', '{"a": [1]}', { a: [1] }],
  ['json', 'null', null],
] as const)('of type %s, %j is read as %j', (type, text, value) => {
  expect(readValue(text, type)).toEqual({ ok: true, value })
})

test.each([
  ['number', 'twelve', 'This is not a number.'],
  ['number', 'Infinity', 'This is not a number.'],
  ['boolean', 'maybe', 'Choose yes or no.'],
  ['json', '{', 'This is not JSON'],
] as const)('of type %s, %j is refused', (type, text, message) => {
  const read = readValue(text, type)
  expect(read).toMatchObject({ ok: false, message: expect.stringContaining(message) })
})

test('what a value looks like is read back as the value', () => {
  for (const [value, type] of [
    ['two\nlines', 'text'],
    [-0.5, 'number'],
    [false, 'boolean'],
    [{ deep: ['ü', null] }, 'json'],
  ] as const)
    expect(readValue(toText(value, type), type)).toEqual({ ok: true, value })
  expect([toLine(null), toLine('a'), toLine({ a: 1 })]).toEqual(['', 'a', '{"a":1}'])
})
