import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import { keepPartitions } from '#lib/metering/index.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { Queue } from '#lib/platform/queue.ts'

export interface WorkerDeps {
  queue: Queue
  /** As `patchbay_system`. */
  pool: Pool
  clock: Clock
  logger: Logger
  /** Whole days of records that are kept. */
  retentionDays: number
}

const partitions = 'partitions'

/** Puts the handlers at their queues and the schedules on the clock. Resolves once the first partitions stand. */
export async function startWorker({ queue, pool, clock, logger, retentionDays }: WorkerDeps): Promise<void> {
  const keep = async () => {
    const { made, dropped } = await keepPartitions(pool, clock, { daysAhead: 3, retentionDays })
    if (made.length + dropped.length > 0) logger.info({ count: made.length }, 'daily partitions made')
  }
  await keep()
  await queue.work(partitions, { timeoutSeconds: 300 }, keep)
  await queue.schedule(partitions, '7 * * * *')
}
