import { expect, test } from 'vitest'
import { createHostCheck } from './hosts.ts'

test('bound to loopback, only loopback names with our own port are ours', () => {
  const isOurs = createHostCheck({ bind: '127.0.0.1', port: 4000, publicUrls: [] })
  for (const host of ['127.0.0.1:4000', 'localhost:4000', 'LOCALHOST:4000', '[::1]:4000'])
    expect(isOurs(host)).toBe(true)
  for (const host of [
    undefined,
    '',
    'localhost',
    'localhost:3000',
    'evil.example:4000',
    '127.0.0.1.evil.example:4000',
    '127.0.0.1',
  ])
    expect(isOurs(host)).toBe(false)
})

test('bound to all addresses, only the public URLs are ours', () => {
  const isOurs = createHostCheck({
    bind: '0.0.0.0',
    port: 4000,
    publicUrls: ['https://api.acme.example', 'http://studio.acme.example:8080', undefined],
  })
  for (const host of ['api.acme.example', 'api.acme.example:443', 'studio.acme.example:8080'])
    expect(isOurs(host)).toBe(true)
  for (const host of ['localhost:4000', 'api.acme.example:80', 'studio.acme.example', 'x.api.acme.example'])
    expect(isOurs(host)).toBe(false)
})
