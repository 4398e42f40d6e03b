import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { processIdentity, waitForExit } from '#lib/platform/processes.ts'
import { type Child, keepRunning } from './child.ts'

const never = new AbortController().signal

/** Starts a script under supervision; `heard(text)` resolves when a shown line holds the text. */
function supervised(script: string) {
  const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-child-'))
  const entry = join(dataDir, 'entry.mjs')
  writeFileSync(entry, script)
  const lines: string[] = []
  const waiting: { text: string; resolve: () => void }[] = []
  let refuse: (tail: string[]) => void = () => undefined
  const refused = new Promise<string[]>((resolve) => (refuse = resolve))
  const show = (line: string) => {
    lines.push(line)
    for (const wait of waiting) if (line.includes(wait.text)) wait.resolve()
  }
  const child: Child = keepRunning(
    { name: 'stub', args: [entry], env: process.env },
    { dataDir, show, onChange: () => undefined, onRefusal: (_, tail) => refuse(tail) },
  )
  onTestFinished(async () => {
    await child.stop(0, AbortSignal.abort())
    rmSync(dataDir, { recursive: true, force: true })
  })
  const heard = (text: string) =>
    new Promise<void>((resolve) =>
      lines.some((line) => line.includes(text)) ? resolve() : waiting.push({ text, resolve }),
    )
  return { child, heard, refused, lines, dataDir }
}

test('a process that dies is started again, and all it said is in its log', async () => {
  const { heard, dataDir } = supervised(`
    import { existsSync, writeFileSync } from 'node:fs'
    const file = process.argv[1] + '.ran'
    if (existsSync(file)) { console.error('second life'); setInterval(() => {}, 1000) }
    else { writeFileSync(file, ''); console.log('first life'); process.exit(7) }`)
  await heard('ended (code 7)')
  await heard('second life')
  expect(readFileSync(join(dataDir, 'logs', 'stub.log'), 'utf8')).toBe('first life\nsecond life\n')
})

test('exit code 78 is not tried again: its last words go to whoever started it', async () => {
  const { refused, child } = supervised(`console.error('Set THE_KEY.'); process.exit(78)`)
  expect(await refused).toEqual(['Set THE_KEY.'])
  expect(child.current()).toBeUndefined()
})

test('a process that ignores SIGTERM is ended when its time is up', async () => {
  const { child, heard } = supervised(
    `process.on('SIGTERM', () => console.error('no')); console.error('up'); setInterval(() => {}, 1000)`,
  )
  await heard('up')
  const { pid, identity } = child.current()!
  await child.stop(200, never)
  expect(await waitForExit(pid, identity, 0)).toBe(true)
})

test('of a JSON log only warnings and errors are shown, as one line', async () => {
  const { heard, lines } = supervised(`
    console.log(JSON.stringify({ level: 'info', msg: 'quiet' }))
    console.log(JSON.stringify({ level: 'error', msg: 'loud', error: { message: 'why' }, requestId: 'req_1' }))
    setInterval(() => {}, 1000)`)
  await heard('loud')
  expect(lines).toEqual(['stub: error | loud | why | req_1'])
})

test('a process ends when its supervisor is killed', async () => {
  const {
    child: supervisor,
    heard,
    lines,
  } = supervised(`
    import { spawn } from 'node:child_process'
    const tether = ${JSON.stringify(new URL('../../bin/tether.mjs', import.meta.url).href)}
    const child = spawn(process.execPath, ['--import', tether, '-e', 'setInterval(() => {}, 1000)'], {
      env: { ...process.env, PATCHBAY_SUPERVISOR: String(process.pid) }, detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    console.error('child ' + child.pid)`)
  await heard('child ')
  const pid = Number(lines.find((line) => line.includes('child '))!.split('child ')[1])
  const identity = processIdentity(pid)
  process.kill(supervisor.current()!.pid, 'SIGKILL')
  expect(await waitForExit(pid, identity, 10_000)).toBe(true)
})
