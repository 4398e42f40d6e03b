import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const running = new Set<ChildProcess>()

/** Starts a process that ends with this one; `output` may be an open file. */
export function startProcess(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
  output: 'inherit' | 'ignore' | number = 'inherit',
): ChildProcess {
  const child = spawn(command, args, { env, stdio: ['ignore', output, output] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
}

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stopProcess))
}

/** Asks until the answer has a status below 500. */
export async function waitFor(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status > 0 && status < 500) return
    await delay(50)
  }
  throw new Error(`${url} does not answer`)
}

/** User and system time of a process and its children so far, in microseconds. */
export function cpuMicros(pid: number): number {
  if (process.platform !== 'linux') {
    const [minutes = '0', seconds = '0'] = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(':')
      .slice(-2)
    return (Number(minutes) * 60 + Number(seconds)) * 1e6
  }
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // utime and stime, in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Waits until a process has nothing left to do, so that what it does after its answers is counted too. */
export async function waitUntilIdle(pid: number): Promise<void> {
  for (let before = cpuMicros(pid), tries = 0; tries < 50; tries++) {
    await delay(200)
    const now = cpuMicros(pid)
    if (now - before <= 10_000) return
    before = now
  }
}

export function hasCommand(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
