import { expect, it } from 'vitest'
import { hashKeySecret, isSameHash, makeKeyText, parseKeyText } from './key-text.ts'

it('reads the keys it makes, and none of a hundred alike', () => {
  const seen = new Set<string>()
  for (let n = 0; n < 100; n++) {
    const { text, publicId, secret } = makeKeyText()
    expect(parseKeyText(text)).toEqual({ publicId, secret })
    seen.add(secret)
  }
  expect(seen.size).toBe(100)
})

it('refuses every change of one character by its checksum or its shape', () => {
  const { text } = makeKeyText()
  for (let at = 0; at < text.length; at++) {
    const changed = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1)
    expect(parseKeyText(changed)).toBeNull()
  }
  for (const wrong of ['', 'pb_', text.slice(1), `${text} `, `${text}a`, text.repeat(1000), 'sk-proj-abc'])
    expect(parseKeyText(wrong)).toBeNull()
})

it('hashes by pepper and secret, and compares hashes of unequal length without throwing', () => {
  expect(hashKeySecret('a', 'b')).not.toBe(hashKeySecret('a', 'c'))
  expect(hashKeySecret('a', 'b')).not.toBe(hashKeySecret('b', 'b'))
  expect(isSameHash('aa', 'aa')).toBe(true)
  expect(isSameHash('aa', 'a')).toBe(false)
})
