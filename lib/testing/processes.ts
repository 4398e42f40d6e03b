import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, vi } from 'vitest'
import { freePort } from './free-port.ts'

/** A process of the gateway, as the supervisor starts it. */
export interface GatewayProcess {
  child: ChildProcess
  port: number
  /** The exit code; null where it was killed. */
  gone: Promise<number | null>
  /** What it wrote to stdout and stderr. */
  said(): string
}

const children: ChildProcess[] = []
// Not where a process is started: what a test registers while it runs never runs.
afterAll(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A process of the worker, which takes jobs up as soon as it is there. It ends with the file at the latest. */
export function startWorkerProcess(variables: Record<string, string>): Pick<GatewayProcess, 'child' | 'gone'> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../server/worker.ts')], {
    stdio: 'ignore',
    env: { ...process.env, ...variables },
  })
  children.push(child)
  return { child, gone: new Promise((resolve) => child.once('exit', resolve)) }
}

/** One worker unless told otherwise, ready to serve. It ends with the file at the latest. */
export async function startGatewayProcess(variables: Record<string, string>): Promise<GatewayProcess> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../server/gateway.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GATEWAY_WORKERS: '1', ...variables, GATEWAY_PORT: String(port) },
  })
  children.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await vi.waitFor(
    async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
        (response) => response.text(),
        (error: Error) => `${error.message}, exit code ${child.exitCode}`,
      )
      if (!answer.includes('"ready"')) throw new Error(`The gateway is not ready: ${answer}\n${said.slice(-2000)}`)
    },
    { timeout: 60_000, interval: 20 },
  )
  return { child, port, gone, said: () => said }
}
