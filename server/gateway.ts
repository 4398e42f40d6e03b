// The fast door: one process a core, each with its own pools, snapshot and spool.
import cluster from 'node:cluster'
import { AppError } from '#lib/core/errors.ts'
import { readEnv } from '#lib/platform/env.ts'
import { refusalCode } from '#lib/platform/processes.ts'
import { keepWorkers } from './gateway-workers.ts'

try {
  const env = readEnv()
  if (cluster.isPrimary && env.gatewayWorkers > 1) keepWorkers(env.gatewayWorkers, env.drainMs)
  else {
    // Whoever only keeps workers does without all that a call needs: it is up sooner, and so are they.
    const { serveGateway } = await import('./gateway-door.ts')
    await serveGateway(env)
  }
} catch (error) {
  if (!(error instanceof AppError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(refusalCode)
}
