import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolders } from './folders.ts'

test('a folder is made with those above it, and once more without complaint', () => {
  const top = mkdtempSync(join(tmpdir(), 'patchbay-folders-'))
  onTestFinished(() => rmSync(top, { recursive: true, force: true }))
  const deep = join(top, 'a', 'b', 'c')
  makeFolders(deep)
  makeFolders(deep)
  expect(statSync(deep).isDirectory()).toBe(true)
})

test.runIf(process.platform === 'linux')('where nothing can be made it throws instead of trying for ever', () => {
  expect(() => makeFolders('/proc/patchbay/data')).toThrow('ENOENT')
})
