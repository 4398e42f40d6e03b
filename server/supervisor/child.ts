import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ask } from '#lib/platform/process-channel.ts'
import { processIdentity, refusalCode } from '#lib/platform/processes.ts'
import { createBackoff } from './backoff.ts'
import { type ChildLog, openChildLog } from './child-log.ts'

export interface ChildSpec {
  name: string
  /** Of Node: the entry point and its arguments. */
  args: string[]
  env: NodeJS.ProcessEnv
}

export interface Child {
  readonly name: string
  current(): { pid: number; identity: string | undefined } | undefined
  tail(): string[]
  /** Undefined where it does not run or does not answer. */
  ask(word: string): Promise<unknown>
  /** Ends it gently and begins anew, without a wait. */
  restart(): void
  /** SIGTERM, then SIGKILL after `timeoutMs`; `hurry` ends the waiting. Resolves when it is gone. */
  stop(timeoutMs: number, hurry: AbortSignal): Promise<void>
}

export interface ChildEvents {
  dataDir: string
  show(line: string): void
  /** A process began or ended. */
  onChange(): void
  /** It said that it cannot run until a person changes something. */
  onRefusal(name: string, tail: string[]): void
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const tether = new URL('../../bin/tether.mjs', import.meta.url).href

/** Starts a process and starts it again when it dies, with growing waits. */
export function keepRunning(spec: ChildSpec, events: ChildEvents): Child {
  const log: ChildLog = openChildLog(events.dataDir, spec.name, events.show)
  let running: { process: ChildProcess; identity: string | undefined; gone: Promise<void> } | undefined
  let timer: NodeJS.Timeout | undefined
  const backoff = createBackoff()
  let stopping = false
  let restarting = false

  function begin(): void {
    timer = undefined
    const startedMs = performance.now()
    // A session of its own: Ctrl-C in a terminal reaches the supervisor alone, which ends its processes in order.
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', tether, ...spec.args], {
      cwd: root,
      env: { ...spec.env, PATCHBAY_SUPERVISOR: String(process.pid) },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    log.take(child.stdout!, child.stderr!)
    const gone = new Promise<void>((resolve) => {
      const finish = (code: number | null, signal: string | null) => {
        ended(code, signal, startedMs)
        resolve()
      }
      child.once('error', (error) => {
        events.show(`${spec.name}: could not be started: ${error.message}`)
        if (child.pid === undefined) finish(1, null)
      })
      child.once('exit', (code, signal) => {
        // Its last words may still be on the way; a process of its own that holds the pipe must not keep us.
        const late = setTimeout(() => finish(code, signal), 500)
        child.once('close', () => {
          clearTimeout(late)
          finish(code, signal)
        })
      })
    })
    running = child.pid === undefined ? undefined : { process: child, identity: processIdentity(child.pid), gone }
    events.onChange()
  }

  function ended(code: number | null, signal: string | null, startedMs: number): void {
    running = undefined
    events.onChange()
    if (stopping) return
    if (restarting) {
      restarting = false
      begin()
      return
    }
    if (code === refusalCode) {
      events.onRefusal(spec.name, log.tail())
      return
    }
    const waitMs = backoff.waitMs(performance.now() - startedMs)
    const when = waitMs === 0 ? 'at once' : `in ${waitMs / 1000} s`
    events.show(`${spec.name}: ended (${signal ?? `code ${code}`}), starts again ${when}`)
    timer = setTimeout(begin, waitMs)
  }

  begin()
  return {
    name: spec.name,
    current: () => running && { pid: running.process.pid!, identity: running.identity },
    tail: () => log.tail(),
    ask: (word) => (running ? ask(running.process, word) : Promise.resolve(undefined)),
    restart() {
      if (stopping) return
      clearTimeout(timer)
      backoff.reset()
      if (!running) begin()
      else if (!restarting) {
        restarting = true
        running.process.kill('SIGTERM')
      }
    },
    async stop(timeoutMs, hurry) {
      stopping = true
      clearTimeout(timer)
      const last = running
      if (last) {
        const kill = () => last.process.kill('SIGKILL')
        last.process.kill('SIGTERM')
        const late = setTimeout(kill, timeoutMs)
        hurry.addEventListener('abort', kill, { once: true })
        if (hurry.aborted) kill()
        await last.gone
        clearTimeout(late)
        hurry.removeEventListener('abort', kill)
      }
      log.close()
    },
  }
}
