import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { findMember, type Member, type ScannedObject, scanObject } from './scan.ts'
import { editMembers, type MemberChange, splice } from './splice.ts'

function scanned(text: string): ScannedObject {
  const scan = scanObject(Buffer.from(text))
  if (!scan.ok) throw new Error(scan.reason)
  return scan.object
}

function edited(text: string, changes: Record<string, MemberChange>, additions: [string, string][] = []): string {
  const object = scanned(text)
  const map = new Map(Object.entries(changes).map(([key, change]) => [findMember(object, key)!, change]))
  return splice(object.bytes, editMembers(object, map, additions)).toString()
}

describe('editing a request', () => {
  it('changes the value and leaves every other byte as it came', () => {
    const before = '{ "model" :"gpt", "seed":12345678901234567890,\t"x":1e400, "y":-0, "z":"\\u00e9\\/" }'
    expect(edited(before, { model: { json: '"up/stream"' } })).toBe(before.replace('"gpt"', '"up/stream"'))
  })

  it('renames a key in place', () => {
    expect(edited('{"max_tokens" : 5}', { max_tokens: { rename: 'max_completion_tokens' } })).toBe(
      '{"max_completion_tokens" : 5}',
    )
    expect(edited('{"a":1,"b":2}', { a: { rename: 'c', json: '[]' } })).toBe('{"c":[],"b":2}')
  })

  it('keeps the commas right whichever members are cut, and adds in front', () => {
    const names = ['a', 'b', 'c', 'd']
    const text = '{ "a":1 , "b":[2,3] ,"c":{"x":"}"}\n,"d":"é" }'
    const value = JSON.parse(text) as Record<string, unknown>
    for (let mask = 0; mask < 16; mask++) {
      const cut = names.filter((_, index) => mask & (1 << index))
      const changes = Object.fromEntries(cut.map((name) => [name, { cut: true } as MemberChange]))
      const kept = Object.fromEntries(Object.entries(value).filter(([name]) => !cut.includes(name)))
      expect(JSON.parse(edited(text, changes))).toEqual(kept)
      expect(JSON.parse(edited(text, changes, [['n', '1']]))).toEqual({ n: 1, ...kept })
    }
    expect(edited('{}', {}, [['n', '1']])).toBe('{"n":1}')
  })

  it('copies the bytes outside of random edits unchanged', () => {
    let state = 11
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(Array.from({ length: random(60) + 1 }, () => random(256)))
      const points = Array.from({ length: random(5) * 2 }, () => random(bytes.length + 1)).sort((a, b) => a - b)
      const edits = []
      const expected: Buffer[] = []
      let from = 0
      for (let index = 0; index < points.length; index += 2) {
        const edit = { start: points[index]!, end: points[index + 1]!, text: ['', 'é', 'xyz'][random(3)]! }
        edits.push(edit)
        expected.push(bytes.subarray(from, edit.start), Buffer.from(edit.text))
        from = edit.end
      }
      expected.push(bytes.subarray(from))
      expect(splice(bytes, edits).equals(Buffer.concat(expected))).toBe(true)
    }
  })

  it('refuses edits that overlap or lie outside', () => {
    const bytes = Buffer.from('abcdef')
    const edit = (start: number, end: number) => ({ start, end, text: '' })
    expect(() => splice(bytes, [edit(0, 3), edit(2, 4)])).toThrow(RangeError)
    expect(() => splice(bytes, [edit(3, 4), edit(0, 1)])).toThrow(RangeError)
    expect(() => splice(bytes, [edit(2, 7)])).toThrow(RangeError)
    expect(() => splice(bytes, [edit(3, 2)])).toThrow(RangeError)
  })

  it('returns the input itself where nothing changes', () => {
    const object = scanned('{"a":1}')
    expect(splice(object.bytes, editMembers(object, new Map<Member, MemberChange>()))).toBe(object.bytes)
  })
})
