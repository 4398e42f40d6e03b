import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isInstalled } from './bootstrap.mjs'
import { withLock } from './lock.mjs'
import { suits } from './node.mjs'

function folder() {
  const made = mkdtempSync(join(tmpdir(), 'patchbay-bin-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

test.each([
  ['20.20.2', false],
  ['22.18.0', false],
  ['22.19.0', true],
  ['24.21.0', true],
  ['v26.1.0', true],
  ['27.0.0', false],
])('Node %s runs Patchbay: %s', (version, expected) => {
  expect(suits(version)).toBe(expected)
})

test('of many at once one works at a time', async () => {
  const lock = join(folder(), 'lock')
  let inside = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside--
  }
  await Promise.all(Array.from({ length: 5 }, () => withLock(lock, () => undefined, work)))
  expect(most).toBe(1)
})

test('a command that npm started ends when npm is killed and forwards nothing', async () => {
  const module = new URL('./run.mjs', import.meta.url).href
  const command = `import(${JSON.stringify(module)}).then(({ endWithNpm }) => { endWithNpm(); console.log('runs'); setInterval(() => {}, 1000) })`
  const npm = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(command)}], { stdio: 'inherit' })`
  const killed = spawn(process.execPath, ['-e', npm], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void killed.kill('SIGKILL'))
  await once(killed.stdout, 'data')
  const silent = once(killed.stdout, 'close')
  killed.kill('SIGKILL')
  // Only the command still holds the pipe.
  await silent
})

test('a signal ends what heeds none after its grace', async () => {
  const module = new URL('./run.mjs', import.meta.url).href
  const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')"
  const command = `import(${JSON.stringify(module)}).then(async ({ run }) => {
    const child = run(process.execPath, ['-e', ${JSON.stringify(deaf)}], { graceMs: 50, show: true })
    console.log((await child).code)
  })`
  const started = spawn(process.execPath, ['-e', command], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void started.kill('SIGKILL'))
  let said = ''
  started.stdout.on('data', (bytes) => {
    said += bytes
    if (said === 'deaf\n') started.kill('SIGTERM')
  })
  await once(started, 'close')
  expect(said).toBe('deaf\n137\n')
})

test('a lock of a process that is gone is taken over', async () => {
  const lock = join(folder(), 'lock')
  mkdirSync(lock)
  writeFileSync(join(lock, 'owner.json'), JSON.stringify({ pid: process.pid, identity: 'another life' }))
  expect(
    await withLock(
      lock,
      () => expect.unreachable(),
      async () => 'done',
    ),
  ).toBe('done')
})

test('packages installed by hand from the same lockfile count as installed; other versions and half an install do not', () => {
  const root = folder()
  const lockfile = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { version: '1.0.0', optional: true },
    },
  }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lockfile))
  expect(isInstalled(root)).toBe(false)
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true })
  writeFileSync(join(root, 'node_modules', '.bin', 'next'), '')
  expect(isInstalled(root)).toBe(false)
  const record = (version) =>
    writeFileSync(
      join(root, 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { version } } }),
    )
  record('0.9.0')
  expect(isInstalled(root)).toBe(false)
  record('1.0.0')
  expect(isInstalled(root)).toBe(true)
})
