// Jobs: what need not be done while somebody waits.
import { AppError } from '#lib/core/errors.ts'
import { startWorker } from '#lib/jobs/index.ts'
import { readEnv } from '#lib/platform/env.ts'
import { warnOncePerBurst } from '#lib/platform/logger.ts'
import { refusalCode } from '#lib/platform/processes.ts'
import { createQueue } from '#lib/platform/queue.ts'
import { createRuntime } from '#lib/runtime.ts'

const retentionDays = 400

try {
  const env = readEnv()
  const runtime = await createRuntime(env, 'worker')
  const { database, clock, logger, models, experiments, alerts, tenancy } = runtime
  const queue = await createQueue({
    database,
    worker: { url: env.databaseUrl },
    onError: warnOncePerBurst(logger, 'the queue reports an error'),
  })
  const { pool, system } = database
  await startWorker({ queue, pool, system, models, experiments, alerts, tenancy, clock, logger, retentionDays })

  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      setTimeout(runtime.gateway.cut, env.drainMs).unref()
      // Validations and runs are not waited for: they go on after the restart.
      void Promise.all([queue.stop(env.drainMs), models.close(), experiments.close()])
        .then(runtime.stop)
        .finally(() => process.exit(0))
    })
  }
} catch (error) {
  if (!(error instanceof AppError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(refusalCode)
}
