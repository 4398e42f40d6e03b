import { afterEach, expect, test, vi } from 'vitest'
import type { Tx } from '#lib/tenancy/index.ts'
import { readCursor, writeCursor } from './request-query.ts'
import { searchBack } from './search.ts'

afterEach(() => vi.restoreAllMocks())

test('a search that finds nothing stops when its time is up, at a place from which the next one goes on', async () => {
  let nowMs = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 111))
  const tx = { $queryRawUnsafe: async () => [] } as unknown as Tx
  const before = { atMs: Date.UTC(2026, 10, 22), id: '' }
  const fromMs = before.atMs - 400 * 24 * 60 * 60_000
  const { rows, reached } = await searchBack(tx, 'wsp_1', {}, { fromMs, before, limit: 50 })
  expect(rows).toEqual([])
  expect(reached).toBeGreaterThan(fromMs)
  expect(reached).toBeLessThan(before.atMs)
  expect(readCursor(writeCursor({ atMs: reached, id: '' }))).toEqual({ atMs: reached, id: '' })
})
