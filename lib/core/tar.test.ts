import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { tarEnd, tarHead, tarPadding } from './tar.ts'

test('an archive is unpacked by tar, byte for byte', () => {
  const dir = mkdtempSync(join(tmpdir(), 'patchbay-tar-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const at = new Date(Date.UTC(2026, 10, 22, 12))
  const files = { 'a/000001.jsonl': Buffer.from('ü\n'), whole: Buffer.alloc(1_024, 7), 'empty.json': Buffer.alloc(0) }
  const parts = Object.entries(files).flatMap(([name, bytes]) => [
    tarHead(name, bytes.length, at),
    bytes,
    tarPadding(bytes.length),
  ])
  writeFileSync(join(dir, 'x.tar'), Buffer.concat([...parts, tarEnd]))
  execFileSync('tar', ['-xf', 'x.tar'], { cwd: dir })
  for (const [name, bytes] of Object.entries(files)) expect(readFileSync(join(dir, name)).equals(bytes)).toBe(true)
  expect(statSync(join(dir, 'whole')).mtime).toEqual(at)
  expect(() => tarHead('with space', 1, at)).toThrow('not a name')
})
