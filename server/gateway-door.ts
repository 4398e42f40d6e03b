import cluster from 'node:cluster'
import { closeServers } from '#lib/platform/close-servers.ts'
import type { Env } from '#lib/platform/env.ts'
import { createHostCheck } from '#lib/platform/hosts.ts'
import { graceMs } from '#lib/platform/processes.ts'
import { missingForCalls } from '#lib/platform/readiness.ts'
import { createRuntime } from '#lib/runtime.ts'
import { createHttpDoor } from './http-door.ts'

/** Answers at the door until it is told to stop. */
export async function serveGateway(env: Env): Promise<void> {
  const runtime = await createRuntime(env, 'gateway')
  const { gateway, logger } = runtime
  let stopping = false
  const server = createHttpDoor({
    gateway,
    isOurHost: createHostCheck({
      bind: env.host,
      port: env.gatewayPort,
      publicUrls: [env.publicUrl?.href, env.publicGatewayUrl?.href],
    }),
    notReady: () => missingForCalls(runtime),
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

  async function finish(): Promise<void> {
    await closeServers([server], gateway, env.drainMs)
    await runtime.stop()
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      setTimeout(() => process.exit(1), env.drainMs + graceMs).unref()
      void finish().finally(() => process.exit(0))
    })
  }
}
