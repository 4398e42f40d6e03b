import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { findMember, jsonMembersMax, kindOf, readJson, readNumber, readString, type Scan, scanObject } from './scan.ts'

const scan = (text: string) => scanObject(Buffer.from(text))
const reason = (result: Scan) => (result.ok ? 'ok' : result.reason)
const objectOf = (text: string) => {
  const result = scan(text)
  if (!result.ok) throw new Error(result.reason)
  return result.object
}

describe('the scanner', () => {
  it('finds the ranges of the top-level members and nothing below', () => {
    const text = ' {"model" : "a/b", "n":-12.5e3,\n"messages":[{"model":"x","c":["}",{}]}],"é":null,"t":true } '
    const object = objectOf(text)
    expect(object.members.map((member) => member.key)).toEqual(['model', 'n', 'messages', 'é', 't'])
    const values = object.members.map((member) => object.bytes.toString('utf8', member.valueStart, member.valueEnd))
    expect(values).toEqual(['"a/b"', '-12.5e3', '[{"model":"x","c":["}",{}]}]', 'null', 'true'])
    expect(object.members.map((member) => kindOf(object, member))).toEqual([
      'string',
      'number',
      'array',
      'null',
      'boolean',
    ])
  })

  it('agrees with JSON.parse on keys and values of generated objects', () => {
    const random = generator(7)
    for (let round = 0; round < 400; round++) {
      const value = Object.fromEntries(
        Array.from({ length: random(20) }, (_, index) => [`${text(random)}${index}`, json(random, 3)]),
      )
      const object = objectOf(JSON.stringify(value, null, random(3)))
      expect(Object.fromEntries(object.members.map((member) => [member.key, readJson(object, member)]))).toEqual(value)
    }
  })

  it('refuses every truncation and most single-byte damages of a valid object as JSON.parse does', () => {
    const valid = '{"a":[1,{"b":"\\"x\\\\"},true],"c":{"d":[],"e":{}},"f":-1.5}'
    for (let end = 0; end < valid.length; end++) expect(reason(scan(valid.slice(0, end)))).toBe('malformed')
    for (let at = 0; at < valid.length; at++) {
      for (const byte of '{}[]:,"') {
        const damaged = valid.slice(0, at) + byte + valid.slice(at + 1)
        if (scan(damaged).ok) continue
        // Whatever is refused must be something that JSON.parse refuses too, or a repeated key.
        if (reason(scan(damaged)) !== 'duplicate_key') expect(() => JSON.parse(damaged)).toThrow()
      }
    }
  })

  it.each([
    ['{"a":1,"b":2,"a":3}', 'duplicate_key'],
    ['{"model":"x","mod\\u0065l":"y"}', 'duplicate_key'],
    ['{"é":1,"\\u00e9":2}', 'duplicate_key'],
    ['\ufeff{"a":1}', 'byte_order_mark'],
    ['[1]', 'not_an_object'],
    ['"x"', 'not_an_object'],
    ['', 'malformed'],
    ['{"a":1}x', 'malformed'],
    ['{"a":1}{"a":1}', 'malformed'],
    ['{"a":1,}', 'malformed'],
    ['{"a":[1,]}', 'malformed'],
    ['{"a":[}', 'malformed'],
    ['{"a":[1}}', 'malformed'],
    ['{"a":{"b"}}', 'malformed'],
    ['{"a":{"b":}}', 'malformed'],
    ['{"a" 1}', 'malformed'],
    ['{a:1}', 'malformed'],
    ['{"a":tru}', 'malformed'],
    ['{"a":NaN}', 'malformed'],
    ['{"a":1e}', 'malformed'],
    ['{"a":"\\"}', 'malformed'],
    ['{"\\q":1}', 'malformed'],
    ['{"a":1}\0', 'malformed'],
    ['{}', 'ok'],
    [' { } ', 'ok'],
    ['{"a":"\\\\"}', 'ok'],
    ['{"a":12345678901234567890,"b":1e400,"c":-0}', 'ok'],
    ['{"":1,"\\u0000":2}', 'ok'],
  ])('%j is %s', (text, expected) => {
    expect(reason(scan(text))).toBe(expected)
  })

  it('refuses invalid UTF-8 anywhere', () => {
    expect(reason(scanObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])))).toBe('invalid_utf8')
    expect(reason(scanObject(Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])))).toBe('invalid_utf8')
  })

  it('allows a depth of 64 and refuses 65', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    expect(reason(scan(nested(64)))).toBe('ok')
    expect(reason(scan(nested(65)))).toBe('too_deep')
    expect(reason(scan(`{"a":${'{"a":'.repeat(100_000)}`))).toBe('too_deep')
  })

  it('bounds the number of members and still finds a duplicate among many', () => {
    const many = (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index}":${index}`).join(',')}}`
    expect(reason(scan(many(jsonMembersMax)))).toBe('ok')
    expect(reason(scan(many(jsonMembersMax + 1)))).toBe('too_many_members')
    expect(reason(scan(`${many(40).slice(0, -1)},"k3":1}`))).toBe('duplicate_key')
  })

  it('reads strings with escapes and multi-byte characters, and nothing as what it is not', () => {
    const object = objectOf('{"a":"x\\n\\u00e9\\ud83d\\ude00","b":"é😀","c":7,"d":"\\x"}')
    const read = (key: string) => readString(object, findMember(object, key)!)
    expect([read('a'), read('b'), read('c'), read('d')]).toEqual(['x\né😀', 'é😀', undefined, undefined])
    expect(readNumber(object, findMember(object, 'c')!)).toBe(7)
    expect(readNumber(object, findMember(object, 'a')!)).toBeUndefined()
    expect(findMember(object, 'z')).toBeUndefined()
  })
})

it('gives its text again after it was forgotten', () => {
  const object = objectOf('{"é":"漢"}')
  const { text } = object
  object.forgetText()
  expect(object.text).toBe(text)
  expect(object.text).toHaveLength(object.bytes.length)
})

/** A small deterministic generator: `random(n)` is a whole number below n. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return below === 0 ? 0 : Math.floor((state / 2 ** 32) * below)
  }
}

function text(random: (below: number) => number): string {
  const parts = ['a', '"', '\\', 'é', '😀', '{', '}', '\n', ' ', ',', '\\"', '']
  return Array.from({ length: random(6) }, () => parts[random(parts.length)]).join('')
}

function json(random: (below: number) => number, depth: number): unknown {
  const kind = random(depth === 0 ? 4 : 6)
  if (kind === 0) return text(random)
  if (kind === 1) return (random(1000) - 500) / 8
  if (kind === 2) return random(2) === 0
  if (kind === 3) return null
  if (kind === 4) return Array.from({ length: random(4) }, () => json(random, depth - 1))
  return Object.fromEntries(Array.from({ length: random(4) }, (_, index) => [`k${index}`, json(random, depth - 1)]))
}
