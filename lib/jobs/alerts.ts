import type { Pool } from 'pg'
import {
  type AlertJob,
  type Alerts,
  alertQueues,
  type DeliverJob,
  enqueueAlerts,
  enqueueLate,
  handOnNotices,
  tidyDeliveries,
} from '#lib/alerts/index.ts'
import type { Clock } from '#lib/core/clock.ts'
import { AppError } from '#lib/core/errors.ts'
import type { Database } from '#lib/platform/database.ts'
import type { Queue } from '#lib/platform/queue.ts'
import type { Scope, Tenancy, Tx } from '#lib/tenancy/index.ts'

export interface AlertWorkDeps {
  queue: Queue
  /** As `patchbay_system`. */
  pool: Pool
  system: Database['system']
  alerts: Pick<Alerts, 'evaluateRules' | 'deliver'>
  tenancy: Pick<Tenancy, 'jobScope'>
  clock: Clock
}

const watch = 'alert-watch'
const tidying = 'alert-tidying'

/** Rules whose time has come, messages to channels, and the notices that channels want, too. */
export async function workAlerts(deps: AlertWorkDeps): Promise<void> {
  const { queue, pool, system, alerts, clock } = deps

  await queue.work<AlertJob>(
    alertQueues.evaluate,
    { concurrency: 2, timeoutSeconds: 55, retries: 0 },
    async ({ data }) => {
      const scope = await findScope(deps, data.workspaceId)
      if (scope) await alerts.evaluateRules(scope)
    },
  )
  // A receiver that is slow holds up no other.
  await queue.work<DeliverJob>(
    alertQueues.deliver,
    { concurrency: 8, timeoutSeconds: 60, retries: 0, pollSeconds: 5 },
    async ({ data }) => {
      const scope = await findScope(deps, data.workspaceId)
      if (scope) await alerts.deliver(scope, data)
    },
  )
  const transact = (fill: (tx: Tx) => Promise<void>) => system.$transaction(fill, { timeout: 30_000 })
  await queue.work(watch, { timeoutSeconds: 50, retries: 0 }, async () => {
    const now = new Date(clock.nowMs())
    await enqueueAlerts({ queue, pool }, transact, now)
    await handOnNotices({ queue }, system, now)
    await enqueueLate({ queue, pool }, transact, now)
  })
  await queue.schedule(watch, '* * * * *')
  await queue.work(tidying, { timeoutSeconds: 600 }, async () => {
    await tidyDeliveries(pool, new Date(clock.nowMs()))
  })
  await queue.schedule(tidying, '41 * * * *')
}

/** Null where the workspace is gone: nothing is left to do. */
async function findScope({ tenancy }: AlertWorkDeps, workspaceId: string): Promise<Scope | null> {
  try {
    return await tenancy.jobScope(workspaceId, 'alerts')
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not_found') return null
    throw error
  }
}
