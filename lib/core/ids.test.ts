import { expect, test } from 'vitest'
import { isId, newId, timeOfId } from './ids.ts'

test('ids of one prefix sort by the time they were made', () => {
  const times = [0, 1, 31, 32, 1_700_000_000_000, 1_700_000_000_001, 4_000_000_000_000]
  const ids = times.map((time) => newId('req', time))
  expect([...ids].sort()).toEqual(ids)
})

test('ids that are made in a row at one time sort by their order', () => {
  const ids = Array.from({ length: 3_000 }, () => newId('bud', 1_700_000_000_000))
  expect([...ids].sort()).toEqual(ids)
})

test('ten thousand ids of one millisecond differ and have the shape of an id', () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => newId('req', 1_700_000_000_000)))
  expect(ids.size).toBe(10_000)
  for (const id of ids) expect(isId('req', id)).toBe(true)
})

test.each([
  '',
  'req_',
  'key_0123456789abcdefghjkmnpq',
  'req_0123456789abcdefghjkmnpqrst',
  "req_0123456789abcdefghjkmn'--",
])('%j is no id of a request', (value) => {
  expect(isId('req', value)).toBe(false)
})

test.each([0, 1, 31, 32, 1_700_000_000_000, 4_000_000_000_000])(
  'an id tells the millisecond it was made in: %i',
  (timeMs) => {
    expect(timeOfId(newId('req', timeMs))).toBe(timeMs)
  },
)
