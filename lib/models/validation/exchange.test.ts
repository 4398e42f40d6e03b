import { expect, test } from 'vitest'
import type { AttemptOutcome } from '#lib/openai/upstream.ts'
import { exchangeOf } from './exchange.ts'

const secret = 'sk-very-secret-0001'
const outcome = {
  kind: 'response',
  status: 200,
  headers: {
    'content-type': 'application/json',
    'x-request-id': `req-for-${secret}`,
    'x-ratelimit-remaining-requests': '9',
    'set-cookie': 'session=1',
    server: 'inner-host-7',
    'x-amz-internal': '10.0.0.1',
  },
  timings: { startedAtMs: 0, firstByteMs: 12.4, totalMs: 20 },
  body: Buffer.from('{}'),
} as unknown as AttemptOutcome
const exchange = (spec: object) =>
  exchangeOf({
    spec: { name: 'x', method: 'POST', path: '/chat/completions', body: { model: 'm' }, ...spec },
    target: { headers: { authorization: `Bearer ${secret}`, 'x-tenant': 'top-secret' } },
    baseUrl: 'https://api.example.test/v1',
    outcome,
    modelId: 'm',
    shown: (text) => text.replaceAll(secret, '[redacted]'),
  })

test('an exchange shows where and how it was sent, and no credential or sealed header', () => {
  const seen = exchange({})
  expect(seen).toMatchObject({ url: 'https://api.example.test/v1/chat/completions', firstByteMs: 12, control: null })
  expect(seen.requestHeaders).toEqual([
    { name: 'authorization', value: 'Bearer ••••' },
    { name: 'x-tenant', value: '••••' },
    { name: 'content-type', value: 'application/json' },
  ])
  expect(JSON.stringify(seen)).not.toContain('secret')
})

test('of the answer it shows the headers about the call, not those about the network behind', () => {
  expect(exchange({}).responseHeaders).toEqual([
    { name: 'content-type', value: 'application/json' },
    { name: 'x-request-id', value: 'req-for-[redacted]' },
    { name: 'x-ratelimit-remaining-requests', value: '9' },
  ])
})

test('negative controls are told apart: a wrong key, a made-up Model ID', () => {
  expect(exchange({ key: 'wrong' }).control).toBe('key')
  expect(exchange({ body: { model: 'patchbay-control-1' } }).control).toBe('model')
  expect(exchange({ body: undefined, method: 'GET', path: '/models' }).control).toBe(null)
})
