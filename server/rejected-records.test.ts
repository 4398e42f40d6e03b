import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { rejectedRecords } from './rejected-records.ts'

const dir = mkdtempSync(join(tmpdir(), 'patchbay-rejected-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('records that were set aside are named with their file, count and reason; without any nothing is said', () => {
  expect(rejectedRecords(join(dir, 'none'))).toBeNull()
  expect(rejectedRecords(dir)).toBeNull()
  const line = (reason: string) => `${JSON.stringify({ reason, record: '{}' })}\n`
  writeFileSync(join(dir, 'hld_1.rejected'), line('first') + line('invalid byte sequence'))
  writeFileSync(join(dir, 'hld_2.rejected'), '{"torn')
  const text = rejectedRecords(dir)
  expect(text).toContain('3 calls were answered')
  expect(text).toContain(`${join(dir, 'hld_1.rejected')}: 2, the last one because: invalid byte sequence`)
  expect(text).toContain(`${join(dir, 'hld_2.rejected')}: 1, the last one because: unknown`)
})
