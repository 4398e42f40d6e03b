import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '#lib/core/errors.ts'
import type { Settings } from '#lib/platform/env.ts'

export interface WantedPort {
  variable: string
  port: number
  host: string
}

/** Those of an installation. */
export function wantedPorts({ host, port, gatewayPort, practicePort, metrics }: Settings): WantedPort[] {
  return [
    { variable: 'PORT', port, host },
    { variable: 'GATEWAY_PORT', port: gatewayPort, host },
    ...(practicePort === 0 ? [] : [{ variable: 'PRACTICE_PORT', port: practicePort, host: '127.0.0.1' }]),
    ...(metrics ? [{ variable: 'METRICS_PORT', port: metrics.port, host }] : []),
  ]
}

const portEveryMs = 50

/**
 * Throws one line for the first port that somebody else has: the port, its variable, a free one. Waits `patienceMs` for
 * those that somebody has who is about to end.
 */
export async function requireFreePorts(wanted: WantedPort[], patienceMs = 0): Promise<void> {
  const taken = new Set(wanted.map(({ port }) => port))
  const untilMs = performance.now() + patienceMs
  for (const { variable, port, host } of wanted) {
    let code = await tryPort(port, host)
    for (; code === 'EADDRINUSE' && performance.now() < untilMs; code = await tryPort(port, host))
      await delay(portEveryMs)
    if (code === undefined) continue
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw refuse(
        `HOST ${host} is not an address of this machine. Set HOST=127.0.0.1, or HOST=0.0.0.0 for all addresses.`,
      )
    const free = await nextFreePort(port, host, taken)
    const hint =
      free === undefined ? `Set ${variable} to a free port.` : `Port ${free} is free: ${variable}=${free} npm start`
    throw refuse(
      code === 'EACCES'
        ? `Port ${port} (${variable}) may only be used by root. ${hint}`
        : `Port ${port} (${variable}) is in use. ${hint}`,
    )
  }
}

async function nextFreePort(from: number, host: string, taken: Set<number>): Promise<number | undefined> {
  for (let port = Math.max(from + 1, 1024); port <= Math.min(from + 2_000, 65_535); port++) {
    if (!taken.has(port) && (await tryPort(port, host)) === undefined) return port
  }
  return undefined
}

/** The system's error code, or undefined where the port can be listened on. */
function tryPort(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'EUNKNOWN'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

function refuse(message: string): AppError {
  return new AppError({ kind: 'precondition_failed', code: 'port', message })
}
