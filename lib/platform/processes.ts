import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** The exit code of a process that only a person can help: whoever keeps it does not start it again. */
export const refusalCode = 78

/** Beyond its drain time a process has so long to write down what it has cut; then it ends as it is. */
export const graceMs = 5_000

/**
 * What tells a process from a later one with the same pid: when it started, as the system says it.
 * Undefined when there is no such process (a zombie counts as gone).
 */
export function processIdentity(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      // The name in brackets may hold anything, so fields are counted from its end: state is the 3rd, start time the 22nd.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
    } catch {
      return undefined
    }
  }
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '')
  } catch {
    return undefined
  }
}

/** The folder a process works in, where the system tells (Linux). */
export function processFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** Pids of those that work in a folder or below it, where the system tells (Linux); else none. */
export function processesIn(folder: string): number[] {
  let pids: number[] = []
  try {
    pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    // Not Linux.
  }
  return pids.filter((pid) => `${processFolder(pid) ?? ''}/`.startsWith(`${folder}/`))
}

/** Sends a signal; a process that is gone is no error. Returns whether it was there. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Waits until `pid` is gone or is another process. Returns false when it is still there after `timeoutMs`. */
export async function waitForExit(pid: number, identity: string | undefined, timeoutMs: number): Promise<boolean> {
  const untilMs = performance.now() + timeoutMs
  for (;;) {
    const now = processIdentity(pid)
    if (now === undefined || (identity !== undefined && now !== identity)) return true
    if (performance.now() >= untilMs) return false
    await delay(25)
  }
}
