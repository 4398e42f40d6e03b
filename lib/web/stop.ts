import type { Server } from 'node:http'
import { closeServers } from '#lib/platform/close-servers.ts'
import { graceMs } from '#lib/platform/processes.ts'
import type { Runtime } from '#lib/runtime.ts'

/** Validations that are given up have so long to tell their pages. */
const lastEventsMs = 1_000

/**
 * Ends the studio: no new connection, running answers to their last byte within the drain time, validations given up,
 * streams of events ended, then everything that is to be written is written and closed.
 */
export async function stopStudio(runtime: Runtime, servers: Iterable<Server>): Promise<void> {
  const { stopping, env, gateway, models } = runtime
  const late = setTimeout(() => stopping.abort(), lastEventsMs)
  // Whoever follows a validation of this process gets its last event first.
  const validations = models.close().finally(() => setImmediate(() => stopping.abort()))
  await Promise.all([closeServers([...servers], gateway, env.drainMs), validations])
  clearTimeout(late)
  await runtime.stop()
}

/** Does so on SIGTERM and exits. */
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
      setTimeout(() => process.exit(1), runtime.env.drainMs + graceMs).unref()
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
