import { describe, expect, test } from 'vitest'
import { formatJson, readJson } from './json-text.ts'

describe('what is no JSON is told with its place', () => {
  test.each([
    ['', 1, 1, 'Nothing is written here.'],
    ['{\n  "a": 1,\n}', 3, 1, 'Remove the comma before this.'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'A comma or “}” is expected.'],
    ['[1, 2', 1, 6, '“]” is missing at the end.'],
    ["{'a': 1}", 1, 2, 'A name in double quotes is expected.'],
    ['{"a": \'x\'}', 1, 7, 'Texts stand in double quotes.'],
    ['{"a" 1}', 1, 6, 'A colon is expected.'],
    ['{"a": yes}', 1, 7, '“yes” is no JSON. Texts stand in double quotes.'],
    ['{"a": 01}', 1, 7, '“01” is no JSON. Texts stand in double quotes.'],
    ['{"a": "x', 1, 7, 'This quote is never closed.'],
    ['{"a": "x\n"}', 1, 9, 'The quote is not closed on this line. Write \\n for a new line.'],
    ['{"a": "\\d"}', 1, 8, 'This is no escape of JSON. Write \\\\ for a backslash.'],
    ['{"a": 1, "a": 2}', 1, 10, '“a” stands here twice.'],
    ['{} {}', 1, 4, 'The JSON ends before this.'],
    ['['.repeat(300), 1, 202, 'This is nested too deep.'],
  ])('%j', (text, line, column, message) => {
    expect(readJson(text)).toEqual({ ok: false, problem: { line, column, message } })
  })
})

test('what JSON.parse reads is read, and nothing else is', () => {
  const texts = [
    'null',
    ' [] ',
    '{"a":{"b":[1,-2.5e+3,"\\u00e9\\n",true,null]}}',
    '"x"',
    '-0',
    '1.',
    '+1',
    '.5',
    'NaN',
    '{,}',
    '[,]',
    '\u00a01',
    '"\t"',
    '{"__proto__":1}',
  ]
  for (const text of texts) {
    let expected: unknown
    let isJson = true
    try {
      expected = JSON.parse(text)
    } catch {
      isJson = false
    }
    const read = readJson(text)
    expect([text, read.ok]).toEqual([text, isJson])
    if (read.ok) expect(read.value).toEqual(expected)
  }
})

test('a text is laid out where it is JSON, and left alone where not', () => {
  expect(formatJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}')
  expect(formatJson('{"a":')).toBe('{"a":')
})
