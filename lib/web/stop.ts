import type { Server } from 'node:http'
import type { Runtime } from '#lib/runtime.ts'

/**
 * Ends the studio: no new connection, running answers to their last byte, validations given up, then everything that
 * is written is written and closed.
 */
export async function stopStudio(runtime: Runtime, servers: Iterable<Server>): Promise<void> {
  const all = [...servers]
  const closed = all.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
  // Connections between two calls would stay.
  const idle = setInterval(() => {
    for (const server of all) server.closeIdleConnections()
  }, 50)
  // The pages that follow a validation wait for its end.
  await Promise.all([...closed, runtime.gateway.drain(), runtime.models.close()])
  clearInterval(idle)
  await runtime.stop()
}

/** Does so on SIGTERM, within the drain time, and exits. */
export function stopOnSignal(runtime: Runtime, servers: Iterable<Server>): void {
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      // Where Next handles signals itself (its development server), it cuts every connection and exits soon.
      if (!process.env.NEXT_MANUAL_SIG_HANDLE) {
        void runtime.stop()
        return
      }
      setTimeout(() => process.exit(1), runtime.env.drainMs).unref()
      void stopStudio(runtime, servers).then(
        () => process.exit(0),
        (error: unknown) => {
          runtime.logger.error({ error }, 'the studio did not end well')
          process.exit(1)
        },
      )
    })
  }
}
