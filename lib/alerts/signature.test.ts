import { expect, test } from 'vitest'
import { newSecret, signBody } from './signature.ts'

test('signs as any other HMAC-SHA-256 does', () => {
  // printf '1767225600.{"event":"test"}' | openssl dgst -sha256 -hmac 'pbwh_key-of-a-test'
  expect(signBody('pbwh_key-of-a-test', 1_767_225_600, Buffer.from('{"event":"test"}'))).toBe(
    'v1=1f0eea0352495b2cd6c7250ff1d9efcb9ee683e4b550ea75de8a1c8e6754358a',
  )
})

test('secrets differ, and are long enough', () => {
  const one = newSecret()
  expect(one).toMatch(/^pbwh_[\w-]{43}$/)
  expect(newSecret()).not.toBe(one)
})
