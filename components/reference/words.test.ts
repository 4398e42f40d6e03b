import { expect, test } from 'vitest'
import { accessWords, allowedWords, boundWords, fieldsBelow, mayBeNull, typeWords } from './words.ts'

const schemas = { Item: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } }
const item = { $ref: '#/components/schemas/Item' }

test.each([
  [item, 'Item'],
  [{ type: 'array', items: item }, 'list of Item'],
  [{ type: 'integer' }, 'whole number'],
  [{ type: ['boolean', 'null'] }, 'boolean'],
  [{ anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] }, 'string or number'],
  [{ anyOf: [{ type: 'string', maxLength: 4 }, { type: 'string' }] }, 'string'],
  [{ type: 'object', additionalProperties: { type: 'string' } }, 'map of string'],
  [{ type: 'string', format: 'date-time' }, 'instant'],
  [{ type: 'string', const: 'started' }, '"started"'],
  [{}, 'anything'],
])('names the type of %j', (schema, words) => expect(typeWords(schema)).toBe(words))

test('says bounds in words, those of choices too', () => {
  expect(boundWords({ type: 'integer', minimum: 1, maximum: 200, default: 50 })).toEqual(['1 to 200', 'default 50'])
  expect(boundWords({ anyOf: [{ type: 'string', maxLength: 4096 }, { type: 'null' }] })).toEqual([
    'at most 4,096 characters',
  ])
  expect(boundWords({ type: 'array', maxItems: 20 })).toEqual(['at most 20 of them'])
  expect(boundWords({ type: 'integer', minimum: 0 })).toEqual([])
})

test('finds null and the words that may stand, through lists and choices', () => {
  const schema = { anyOf: [{ enum: ['us', 'eu'] }, { type: 'array', items: { enum: ['us', 'eu'] } }, { type: 'null' }] }
  expect(mayBeNull(schema)).toBe(true)
  expect(allowedWords(schema)).toEqual(['us', 'eu'])
})

test('finds the fields below a list of what is named elsewhere; of choices, what all need', () => {
  expect(Object.keys(fieldsBelow({ type: 'array', items: item }, schemas).properties)).toEqual(['id'])
  const either = { oneOf: [item, { type: 'object', properties: { name: {} }, required: ['name', 'id'] }] }
  expect(fieldsBelow(either, schemas)).toEqual({ properties: { id: { type: 'string' }, name: {} }, required: ['id'] })
})

test('says who may call', () => {
  expect(accessWords([])).toBe('Everybody.')
  expect(accessWords([{ session: [] }])).toBe('A session.')
  expect(accessWords([{ session: ['operator'] }])).toBe('A session of an operator.')
  expect(accessWords([{ key: ['manage'] }, { session: ['admin'] }])).toBe(
    'A key with the scope manage, or a session of an admin or above.',
  )
})
