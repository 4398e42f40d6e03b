import type { Server } from 'node:http'

/** So long callers have to take the end of what was cut. */
const lastBytesMs = 2_000

/**
 * Closes servers: no new connection, running answers to their last byte. The calls that still run after `drainMs` are
 * cut, and every connection that is left a moment later is closed.
 */
export async function closeServers(
  servers: readonly Server[],
  calls: { drain(): Promise<void>; cut(): void },
  drainMs: number,
): Promise<void> {
  const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
  // Connections between two calls would stay.
  const idle = setInterval(() => {
    for (const server of servers) server.closeIdleConnections()
  }, 50)
  let late = setTimeout(() => {
    calls.cut()
    late = setTimeout(() => {
      for (const server of servers) server.closeAllConnections()
    }, lastBytesMs)
  }, drainMs)
  await Promise.all([...closed, calls.drain()])
  clearInterval(idle)
  clearTimeout(late)
}
