import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processesIn, processIdentity, signalProcess } from '#lib/platform/processes.ts'
import { readHolder } from '../server/supervisor/data-folder.ts'
import { startProcess } from './processes.ts'

/** What systemd waits before it starts again what ended. */
const restartMs = 1_000
const root = realpathSync(join(import.meta.dirname, '..'))

export interface Installation {
  /** Processes of it that live now, by what they are: `supervisor`, `studio`, `gateway`, `gateway worker`, `worker`, `postgres`. */
  processes(): Map<string, number[]>
  /** Codes of starts that ended without being told to. Those of a killed supervisor are 137. */
  ends(): readonly number[]
  /** Tells it to end; resolves to the exit code once it has. */
  stop(): Promise<number>
  /** Processes that still belong to it, by pid and command. Linux alone tells. */
  left(): string[]
}

/** `npm start` on a data folder, started again whenever it ends, as a systemd unit does it. Its words go to `log`. */
export function keepInstallation(folder: string, variables: NodeJS.ProcessEnv, log: string): Installation {
  const output = openSync(log, 'a', 0o600)
  const ends: number[] = []
  let stopping = false
  let command: ChildProcess
  let ended: Promise<number>

  function begin(): void {
    command = startProcess(process.execPath, [join(root, 'bin', 'patchbay.mjs'), 'start'], variables, output)
    ended = new Promise((resolve) => command.once('exit', (code) => resolve(code ?? 1)))
    void ended.then(async (code) => {
      if (stopping) return
      ends.push(code)
      await delay(restartMs)
      if (!stopping) begin()
    })
  }

  begin()
  return {
    processes() {
      const found = new Map<string, number[]>()
      const add = (name: string, pid: number | undefined) => {
        if (pid !== undefined && processIdentity(pid) !== undefined) found.set(name, [...(found.get(name) ?? []), pid])
      }
      const holder = readHolder(folder)
      if (holder && processIdentity(holder.pid) === holder.identity) add('supervisor', holder.pid)
      for (const { name, pid, identity } of holder?.children ?? []) {
        if (processIdentity(pid) !== identity) continue
        add(name, pid)
        // It stands before one process a core.
        if (name === 'gateway') for (const worker of childrenOf(pid)) add('gateway worker', worker)
      }
      add('postgres', postgresOf(folder))
      return found
    },
    ends: () => ends,
    async stop() {
      stopping = true
      signalProcess(command.pid!, 'SIGTERM')
      const code = await ended
      closeSync(output)
      return code
    },
    left: () =>
      [...processesIn(folder), ...processesIn(root).filter((pid) => isOf(pid, folder))].map(
        (pid) => `${pid} ${readQuietly(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`,
      ),
  }
}

function postgresOf(folder: string): number | undefined {
  const pid = Number(readQuietly(join(folder, 'postgres', 'cluster', 'postmaster.pid')).split('\n')[0])
  return pid > 0 ? pid : undefined
}

function childrenOf(pid: number): number[] {
  return readQuietly(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number)
}

/** What works in the checkout, as all but Postgres do, was told of the folder. */
function isOf(pid: number, folder: string): boolean {
  return readQuietly(`/proc/${pid}/environ`).split('\0').includes(`PATCHBAY_DATA_DIR=${folder}`)
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
