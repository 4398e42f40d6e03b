import { expect, test } from 'vitest'
import type { RequestView } from '#lib/analytics/schema.ts'
import { countNew } from './use-new-requests.ts'

const found = ['req_c', 'req_b', 'req_a'].map((id) => ({ id }) as RequestView)

test('what lies above the newest one shown is new', () => {
  expect(countNew(found, 'req_a')).toBe(2)
  expect(countNew(found, 'req_c')).toBe(0)
})

test('everything is new where nothing was shown, or where the one shown is beyond what was looked at', () => {
  expect(countNew(found, undefined)).toBe(3)
  expect(countNew(found, 'req_0')).toBe(3)
  expect(countNew([], 'req_a')).toBe(0)
})
