import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, vi } from 'vitest'

/** A process of the gateway, as the supervisor starts it. */
export interface GatewayProcess {
  child: ChildProcess
  port: number
  /** The exit code; null where it was killed. */
  gone: Promise<number | null>
  /** What it wrote to stdout and stderr. */
  said(): string
}

/** One worker, ready to serve. It ends with the file at the latest. */
export async function startGatewayProcess(variables: Record<string, string>): Promise<GatewayProcess> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../server/gateway.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...variables, GATEWAY_PORT: String(port), GATEWAY_WORKERS: '1' },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  afterAll(() => void child.kill('SIGKILL'))
  await vi.waitFor(
    async () => {
      if (child.exitCode !== null) throw new Error(`The gateway ended: ${said.slice(-1000)}`)
      const answer = await fetch(`http://127.0.0.1:${port}/health/ready`)
      if (answer.status !== 200) throw new Error(await answer.text())
    },
    { timeout: 20_000, interval: 20 },
  )
  return { child, port, gone, said: () => said }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
