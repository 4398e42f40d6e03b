import { expect, it } from 'vitest'
import { isOwnPath } from './auth.ts'

it.each(['/', '/acme/router?add=practice', '/invite/a-b_c'])('goes on to %s', (path) =>
  expect(isOwnPath(path)).toBe(true),
)

it.each([
  '',
  'acme',
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  '/a\\b',
  '/a\nb',
  `/${'x'.repeat(3000)}`,
])('never goes on to %j', (path) => expect(isOwnPath(path)).toBe(false))
