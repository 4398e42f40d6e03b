import { expect, test } from 'vitest'
import { schemaProblems } from './json-schema.ts'

test.each<[unknown, [path: string, message: RegExp][]]>([
  [{ type: 'object', properties: { a: { type: ['string', 'null'] } }, required: ['a'], $defs: { x: true } }, []],
  ['text', [['', /is an object/]]],
  [{ type: 'strng' }, [['type', /"strng" is no type/]]],
  [
    { type: 'object', properties: { a: { enum: [] } }, required: ['b'] },
    [
      ['properties.a.enum', /at least one/],
      ['required', /“b” is no property/],
    ],
  ],
  [{ $ref: '#/$defs/no' }, [['$ref', /leads nowhere/]]],
  [{ items: { pattern: '(' } }, [['items.pattern', /no regular expression/]]],
  [{ anyOf: [] }, [['anyOf', /list of schemas/]]],
])('mistakes of a schema are told with their path: %j', (schema, expected) => {
  expect(schemaProblems(schema)).toEqual(
    expected.map(([path, message]) => ({ path, message: expect.stringMatching(message) })),
  )
})
