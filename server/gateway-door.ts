import cluster from 'node:cluster'
import { statfsSync } from 'node:fs'
import type { Env } from '#lib/platform/env.ts'
import { createHostCheck } from '#lib/platform/hosts.ts'
import { createRuntime } from '#lib/runtime.ts'
import { createHttpDoor } from './http-door.ts'

/** After this long without news from Postgres the snapshot says nothing any more about who may call. */
const snapshotAgeMaxMs = 10 * 60_000

/** What a busy process writes to its spool in a moment. */
const diskBytesMin = 1024 ** 2

/** Asked of the disk, not of the last call that was refused: nobody sends one to a door that is not ready. */
function isFull(folder: string): boolean {
  const { bavail, bfree, bsize } = statfsSync(folder)
  // A part of many disks is root's alone.
  return (process.getuid?.() === 0 ? bfree : bavail) * bsize < diskBytesMin
}

/** Answers at the door until it is told to stop. */
export async function serveGateway(env: Env): Promise<void> {
  const runtime = await createRuntime(env, 'gateway')
  const { gateway, feed, ledger, logger } = runtime
  let stopping = false
  const server = createHttpDoor({
    gateway,
    isOurHost: createHostCheck({
      bind: env.host,
      port: env.gatewayPort,
      publicUrls: [env.publicUrl?.href, env.publicGatewayUrl?.href],
    }),
    notReady() {
      const missing: string[] = []
      if (stopping) missing.push('this process is shutting down')
      if (feed.ageMs() > snapshotAgeMaxMs) missing.push('Postgres has not answered for 10 minutes')
      if (!ledger.depth().hasRoom) missing.push('the ledger has no room')
      if (isFull(env.dataDir)) missing.push('the disk of the data folder is full')
      return missing
    },
    onError: (error) => logger.error({ err: error }, 'a request failed in its door'),
  })
  server.on('error', (error: NodeJS.ErrnoException) => {
    const reason =
      error.code === 'EADDRINUSE' ? `Port ${env.gatewayPort} is taken. Set GATEWAY_PORT to a free one.` : error.message
    process.stderr.write(`${reason}\n`)
    process.exit(1)
  })
  server.listen(env.gatewayPort, env.host)
  // The process that hands out the connections was killed: this one ends with it, and its successor adopts the spool.
  cluster.worker?.on('error', () => process.exit(1))

  /** Running answers are finished to their last byte; connections between two calls are closed. */
  async function finish(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve))
    const idle = setInterval(() => server.closeIdleConnections(), 50)
    await Promise.all([closed, gateway.drain()])
    clearInterval(idle)
    await runtime.stop()
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      setTimeout(() => process.exit(1), env.drainMs).unref()
      void finish().finally(() => process.exit(0))
    })
  }
}
