import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readFacts } from './facts.ts'
import { sampleFromPattern } from './pattern-sample.ts'
import { sampleFromSchema } from './schema-sample.ts'

const facts = (text: string, answer = 'A friendly answer.') => readFacts(text, answer)
const neutral = facts('Please fill in the form.')

/** Judged by zod's own reading of JSON schema, not by ours. */
function expectValid(schema: object, text = neutral): unknown {
  const value = sampleFromSchema(schema, text)
  const judged = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value)
  expect(judged.success, `${JSON.stringify(value)} ${judged.error?.message ?? ''}`).toBe(true)
  return value
}

const object = (properties: object, rest: object = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...rest,
})

describe('a sample satisfies its schema', () => {
  const cases: Record<string, object> = {
    'every primitive': object({
      a: { type: 'string' },
      b: { type: 'integer' },
      c: { type: 'number' },
      d: { type: 'boolean' },
      e: { type: 'null' },
    }),
    'enums and const': object({
      a: { enum: ['x', 'y'] },
      b: { const: 7 },
      c: { type: 'string', enum: ['only'] },
      d: { enum: [1, 2, 3] },
    }),
    'nested objects': object({ a: object({ b: object({ c: object({ d: { type: 'integer', minimum: 3 } }) }) }) }),
    'array with least and most': object({
      a: { type: 'array', items: { type: 'string' }, minItems: 4, maxItems: 6 },
      b: { type: 'array', items: { type: 'integer' }, maxItems: 1 },
    }),
    'empty array': object({ a: { type: 'array', items: { type: 'string' }, maxItems: 0 } }),
    'unique items': { type: 'array', items: { enum: ['a', 'b', 'c', 'd'] }, minItems: 4, uniqueItems: true },
    tuples: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false, minItems: 2 },
    definitions: {
      ...object({ person: { $ref: '#/$defs/person' } }),
      $defs: {
        person: object({ name: { type: 'string' }, home: { $ref: '#/$defs/home' } }),
        home: object({ city: { type: 'string' } }),
      },
    },
    'anyOf with null': object({
      a: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      b: { anyOf: [{ type: 'null' }, object({ c: { type: 'integer' } })] },
    }),
    'type lists': object({ a: { type: ['null', 'integer'] }, b: { type: ['string', 'null'] } }),
    'bounds of integers': object({
      a: { type: 'integer', minimum: 10, maximum: 20 },
      b: { type: 'integer', exclusiveMinimum: 5, exclusiveMaximum: 7 },
      c: { type: 'integer', minimum: -9, maximum: -3 },
      d: { type: 'integer', minimum: 11, multipleOf: 7 },
    }),
    'bounds of numbers': object({
      a: { type: 'number', minimum: 0, maximum: 1 },
      b: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.001 },
      c: { type: 'number', multipleOf: 0.5, minimum: 3.2 },
    }),
    'lengths of strings': object({
      a: { type: 'string', minLength: 50 },
      b: { type: 'string', maxLength: 3 },
      c: { type: 'string', minLength: 5, maxLength: 5 },
    }),
    patterns: object({
      a: { type: 'string', pattern: '^[A-Z]{3}-\\d{4}$' },
      b: { type: 'string', pattern: '^(red|green)$' },
      c: { type: 'string', pattern: '^\\+?[1-9]\\d{1,14}$' },
      d: { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$' },
    }),
    formats: object({
      a: { type: 'string', format: 'date' },
      b: { type: 'string', format: 'date-time' },
      c: { type: 'string', format: 'email' },
      d: { type: 'string', format: 'uuid' },
      e: { type: 'string', format: 'uri' },
      f: { type: 'string', format: 'ipv4' },
      g: { type: 'string', format: 'ipv6' },
    }),
    records: { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 2 },
    'an array at the root': { type: 'array', items: object({ a: { type: 'string' } }), minItems: 1 },
    allOf: {
      allOf: [
        { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        { type: 'object', properties: { b: { type: 'integer' } }, required: ['b'] },
      ],
    },
  }
  for (const [name, schema] of Object.entries(cases)) it(name, () => void expectValid(schema))

  it('a schema that holds itself, directly and through a list', () => {
    const tree = object({
      value: { type: 'string' },
      left: { anyOf: [{ $ref: '#' }, { type: 'null' }] },
      right: { anyOf: [{ $ref: '#' }, { type: 'null' }] },
    })
    expectValid(tree)
    const list = {
      $ref: '#/$defs/node',
      $defs: {
        node: object({ name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } }),
      },
    }
    const value = sampleFromSchema(list, neutral)
    expect(value).toMatchObject({ name: expect.any(String), children: expect.any(Array) })
    expect(JSON.stringify(value).length).toBeLessThan(1_000_000)
  })
})

it('ends for schemas that nothing satisfies or that are no schemas', () => {
  const endless = { $ref: '#/$defs/a', $defs: { a: object({ next: { $ref: '#/$defs/a' } }) } }
  for (const schema of [
    endless,
    { $ref: '#' },
    { anyOf: [] },
    { enum: [] },
    { type: 'object', required: [1] },
    { $ref: '#/nowhere' },
    { type: 'array', minItems: 1e9 },
    null,
    'text',
    { type: 'string', pattern: '((((' },
  ]) {
    expect(() => JSON.stringify(sampleFromSchema(schema, neutral))).not.toThrow()
  }
  expect(sampleFromPattern('('.repeat(5_000))).toBe('')
  expect(sampleFromPattern('(a{999}){999}').length).toBeLessThanOrEqual(2_000)
})

it('never names a property that the prototype has', () => {
  expect(sampleFromSchema({ type: 'object', required: ['constructor'], properties: {} }, neutral)).toHaveProperty(
    'constructor',
    expect.any(String),
  )
})

describe('a sample is made of the words of the prompt', () => {
  it('extracts names, numbers and addresses', () => {
    const schema = object({
      name: { type: 'string' },
      age: { type: 'integer' },
      email: { type: 'string', format: 'email' },
      city: { type: 'string' },
    })
    const text = facts('Extract the person: Grace Hopper, age 85, writes from grace@example.org.')
    expect(expectValid(schema, text)).toMatchObject({ name: 'Grace Hopper', age: 85, email: 'grace@example.org' })
  })

  it('picks the value of an enum that is mentioned', () => {
    expect(
      expectValid(object({ colour: { enum: ['green', 'red', 'dark red'] } }), facts('The car is dark red.')),
    ).toEqual({ colour: 'dark red' })
    expect(
      expectValid(object({ shape: { enum: ['square', 'circle'] } }), facts('What is it?', 'A red circle.')),
    ).toEqual({ shape: 'circle' })
  })

  it('fills lists with the items of the answer', () => {
    const text = facts('Name three fruits', '1. Apple\n2. Banana\n3. Cherry')
    expect(expectValid(object({ fruits: { type: 'array', items: { type: 'string' } } }), text)).toEqual({
      fruits: ['Apple', 'Banana', 'Cherry'],
    })
  })
})
