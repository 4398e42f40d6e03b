import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as {
  packages: Record<string, { version?: string; integrity?: string; resolved?: string }>
}

// Floors below which the project is known not to work, or not to be safe.
test.each([
  ['next', '16.4.3'],
  ['next-auth', '4.24.15'],
  ['undici', '8.12.2'],
  ['zod', '4.6.7'],
])('%s is at least %s', (name, floor) => {
  const installed = lock.packages[`node_modules/${name}`]?.version ?? '0.0.0'
  expect(compare(installed, floor)).toBeGreaterThanOrEqual(0)
})

test('every package of every platform is pinned by its contents, from whatever registry it comes', () => {
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
  expect(packages.length).toBeGreaterThan(400)
  expect(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([])
  expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([])
})

function compare(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map((part) => Number.parseInt(part, 10)))
  for (let index = 0; index < 3; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
