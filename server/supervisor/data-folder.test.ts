import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { endLeftovers, takeDataFolder } from './data-folder.ts'

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'patchbay-folder-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** A process of its own that takes the folder and notes one child, which is itself a process. */
async function holder(dataDir: string) {
  const module = new URL('./data-folder.ts', import.meta.url).href
  const processes = new URL('../../lib/platform/processes.ts', import.meta.url).href
  const script = `
    const { spawn } = await import('node:child_process')
    const { takeDataFolder } = await import(${JSON.stringify(module)})
    const { processIdentity } = await import(${JSON.stringify(processes)})
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
    const folder = takeDataFolder(${JSON.stringify(dataDir)}, 'start')
    folder.note({ children: [{ name: 'gateway', pid: child.pid, identity: processIdentity(child.pid) }] })
    console.log(child.pid)
    setInterval(() => {}, 1000)`
  const held = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void held.kill('SIGKILL'))
  const [line] = (await once(held.stdout!, 'data')) as [Buffer]
  return { held, childPid: Number(line.toString()) }
}

test('a folder is taken once, and again after it was let go', () => {
  const dataDir = folder()
  const first = takeDataFolder(dataDir, 'start')
  expect(first).toBeDefined()
  expect(takeDataFolder(dataDir, 'start')).toBeUndefined()
  first!.release()
  const second = takeDataFolder(dataDir, 'start')
  expect(second?.leftovers).toEqual([])
  second!.release()
})

test('a killed holder loses the folder, and what it started is found and ended', async () => {
  const dataDir = folder()
  const { held, childPid } = await holder(dataDir)
  expect(takeDataFolder(dataDir, 'start')).toBeUndefined()
  held.kill('SIGKILL')
  await once(held, 'exit')
  const taken = takeDataFolder(dataDir, 'start')
  expect(taken?.leftovers.map(({ name, pid }) => ({ name, pid }))).toEqual([{ name: 'gateway', pid: childPid }])
  await endLeftovers(taken!.leftovers)
  taken!.release()
  const next = takeDataFolder(dataDir, 'start')
  expect(next?.leftovers).toEqual([])
  next!.release()
})

test('a folder that cannot be used is told with the fix', () => {
  const file = join(folder(), 'file')
  writeFileSync(file, '')
  expect(() => takeDataFolder(file, 'start')).toThrow(/cannot be used: .+ set PATCHBAY_DATA_DIR/)
})
