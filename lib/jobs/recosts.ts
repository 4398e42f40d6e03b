import type { Pool } from 'pg'
import { findRecosts, runRecost } from '#lib/metering/index.ts'
import { recostQueue } from '#lib/models/index.ts'
import type { Database } from '#lib/platform/database.ts'
import type { Queue } from '#lib/platform/queue.ts'

export interface RecostWorkDeps {
  queue: Queue
  /** As `patchbay_system`. */
  pool: Pool
  system: Database['system']
}

const watch = 'recost-watch'

/** Re-costs: those that are started, and those that a dead process left behind. */
export async function workRecosts({ queue, pool, system }: RecostWorkDeps): Promise<void> {
  await queue.work<{ id: string }>(recostQueue, { timeoutSeconds: 3_600, pollSeconds: 2 }, ({ data, signal }) =>
    runRecost(pool, data.id, signal),
  )
  await queue.work(watch, { timeoutSeconds: 50, retries: 0 }, async () => {
    for (const { id } of await findRecosts(pool))
      await system.$transaction((tx) => queue.enqueue(tx, { queue: recostQueue, data: { id }, key: id }))
  })
  await queue.schedule(watch, '* * * * *')
}
