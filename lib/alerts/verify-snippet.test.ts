import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { signBody } from './signature.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/alerts.md'), 'utf8')
const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? []

test('what the documentation says to check a signature with takes ours, and nothing else', async () => {
  const { isFromPatchbay } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  const body = '{"event":"alert.fired","title":"Größe"}'
  const now = Math.floor(Date.now() / 1_000)
  const headers = (timestamp: number, secret: string) => ({
    'x-patchbay-timestamp': String(timestamp),
    'x-patchbay-signature': signBody(secret, timestamp, Buffer.from(body)),
  })
  expect(isFromPatchbay(headers(now, 'one'), body, 'one')).toBe(true)
  expect(isFromPatchbay(headers(now, 'one'), Buffer.from(body), 'one')).toBe(true)
  expect(isFromPatchbay(headers(now, 'one'), body.replace('ö', 'o'), 'one')).toBe(false)
  expect(isFromPatchbay(headers(now, 'other'), body, 'one')).toBe(false)
  expect(isFromPatchbay({ ...headers(now, 'one'), 'x-patchbay-timestamp': String(now + 1) }, body, 'one')).toBe(false)
  expect(isFromPatchbay(headers(now - 600, 'one'), body, 'one')).toBe(false)
  expect(isFromPatchbay({}, body, 'one')).toBe(false)
})
