import { expect, test } from 'vitest'
import type { ModelEntry } from '#lib/models/schema.ts'
import { boundOf } from './bound.ts'
import { routeOf } from './endpoints.ts'
import { readRequest } from './read-request.ts'

/** One nano-dollar a token, in and out. */
const price = {
  id: 'prc_1',
  inputPicoUsdPerToken: 1000n,
  outputPicoUsdPerToken: 1000n,
  cachedInputPicoUsdPerToken: null,
  imageNanoUsd: null,
}

function bound(body: object, path = '/v1/chat/completions', outputTokensMax: number | null = 10): number {
  const route = routeOf('POST', path)
  if (route.kind !== 'call') throw new Error(route.kind)
  const call = { method: 'POST', path, headers: {}, peer: '', signal: new AbortController().signal, receivedAtMs: 0 }
  const read = readRequest({ ...call, body: Buffer.from(JSON.stringify({ model: 'm', ...body })) }, route.endpoint)
  if (!read.ok) throw new Error(read.error.message)
  const type = route.endpoint.type
  return Number(boundOf(read.request, { type, price } as ModelEntry, outputTokensMax).nanoUsd)
}

const content = (...parts: object[]) => ({ messages: [{ role: 'user', content: parts }] })
const text = { type: 'text', text: 'x'.repeat(100) }
const picture = (url: string) => ({ type: 'image_url', image_url: { url } })

test('the bound holds a token for every byte of text, the messages and the output', () => {
  expect(bound(content(text))).toBe(JSON.stringify(content(text).messages).length + 16 + 10)
})

test('a picture counts as one, embedded or behind an address, and not as text', () => {
  const none = bound(content(text))
  const embedded = bound(content(text, picture(`data:image/png;base64,${'A'.repeat(40_000)}`)))
  const named = bound(content(text, picture('https://pictures.example/a.png')))
  for (const one of [embedded, named]) {
    expect(one - none).toBeGreaterThanOrEqual(16_384)
    expect(one - none).toBeLessThan(16_384 + 200)
  }
})

test('every answer that is made is paid for, also those that are not shown', () => {
  const once = bound({ prompt: 'a' }, '/v1/completions', 100)
  expect(bound({ prompt: 'a', n: 3 }, '/v1/completions', 100) - once).toBe(200)
  expect(bound({ prompt: 'a', n: 2, best_of: 5 }, '/v1/completions', 100) - once).toBe(400)
})
