import { spawn } from 'node:child_process'

/** Those that run, and how long each may take to end after a signal. */
const running = new Map()
let stopping

// A signal is for whatever runs at the moment; the command itself ends when that has ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopping = signal
    if (running.size === 0) process.exit(exitCode(null, signal))
    for (const [child, graceMs] of running) {
      child.kill(signal)
      if (graceMs !== undefined) setTimeout(() => child.kill('SIGKILL'), graceMs).unref()
    }
  })
}

/** A killed npm, or a shell between it and us, forwards no signal: then its end is the signal. */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  watch.unref()
}

const numbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 }
function exitCode(code, signal) {
  return code ?? 128 + (numbers[signal] ?? 15)
}

/**
 * Runs a program and resolves to `{ code, output }`. With `show` it owns the terminal and `output` is empty, else
 * stdout and stderr are collected. An IPC channel tells it when this process is gone. After a signal it has `graceMs` to
 * end, and all the time it takes where none is told.
 */
export function run(command, args, { cwd, env = process.env, show = false, ipc = false, graceMs } = {}) {
  return new Promise((resolve, reject) => {
    const output = show ? 'inherit' : 'pipe'
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: [show ? 'inherit' : 'ignore', output, output, ...(ipc ? ['ipc'] : [])],
    })
    running.set(child, graceMs)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes) => {
        text = (text + bytes).slice(-400_000)
      })
    }
    child.once('error', (error) => {
      running.delete(child)
      reject(error)
    })
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code: exitCode(code, signal), output: text })
    })
  })
}

/** True after a signal: what comes next must not begin. */
export function isStopping() {
  return stopping !== undefined
}

/** One line for a phase: its name at once, its time when it is done. What it prints goes to stderr, so stdout stays clean. */
export async function phase(name, work) {
  const startedMs = performance.now()
  process.stderr.write(`  ${name.padEnd(28, ' ')}`)
  const took = () => `${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s`
  try {
    const result = await work()
    process.stderr.write(`${took()}\n`)
    return result
  } catch (error) {
    process.stderr.write(`${took()}  ${isStopping() ? 'stopped' : 'failed'}\n`)
    throw error
  }
}

export function lastLines(text, count = 30) {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}
