import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Target } from '#lib/openai/upstream.ts'
import { upstreamError } from './upstream-error.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 12, 0, 0) })
})
afterEach(() => {
  vi.useRealTimers()
})

const target = { secrets: ['sk-secret-0123456789'] } as unknown as Target
const body = Buffer.from('{"error":{"message":"Slow down, sk-secret-0123456789.","type":"rate","code":"rate_limit"}}')

test.each([
  ['7', '7'],
  ['1.2', '2'],
  ['999999999', '3600'],
  ['Thu, 01 Jan 2026 12:00:30 GMT', '30'],
  ['Thu, 01 Jan 2026 11:00:00 GMT', '0'],
  ['Thu, 01 Jan 2099 11:00:00 GMT', '3600'],
  ['soon', undefined],
  ['-1', undefined],
])('Retry-After: %s is told as %s', (header, told) => {
  expect(upstreamError(429, header, body, target).reply.headers['retry-after']).toBe(told)
})

test.each([
  [408, undefined],
  [409, undefined],
  [429, '7'],
  [500, undefined],
  [503, '7'],
  [529, '7'],
])('a server’s %i is waited for as it asks; its caller is told %s', (status, told) => {
  const { reply, retryAfterMs } = upstreamError(status, '7', body, target)
  expect(retryAfterMs).toBe(7_000)
  expect(reply.headers['retry-after']).toBe(told)
})

test('the key is cut out of a body that is kept otherwise', () => {
  const { reply, error } = upstreamError(400, undefined, body, target)
  expect(String(reply.body)).toBe('{"error":{"message":"Slow down, [redacted].","type":"rate","code":"rate_limit"}}')
  expect(error.message).toBe('Slow down, [redacted].')
})
