import { forgetKeptAnswers } from '#lib/gateway/index.ts'
import { keepPartitions, payloadTidying, tellBudgets, tidyLeases, tidyPayloads } from '#lib/metering/index.ts'
import { deletedWorkspaces, forgetDeletedWorkspaces } from '#lib/tenancy/index.ts'
import { type AlertWorkDeps, workAlerts } from './alerts.ts'
import { type ExperimentWorkDeps, workExperiments } from './experiments.ts'
import { type ModelWorkDeps, workModels } from './models.ts'
import { workRecosts } from './recosts.ts'

export interface WorkerDeps extends ModelWorkDeps, ExperimentWorkDeps, AlertWorkDeps {
  /** Whole days of records that are kept. */
  retentionDays: number
}

const partitions = 'partitions'
const budgetNotices = 'budget-notices'
const keptAnswers = 'kept-answers'

/** Puts the handlers at their queues and the schedules on the clock. Resolves once the first partitions stand. */
export async function startWorker(deps: WorkerDeps): Promise<void> {
  const { queue, pool, system, clock, logger, retentionDays } = deps
  const keep = async () => {
    const { made, dropped } = await keepPartitions(pool, clock, { daysAhead: 3, retentionDays })
    if (made.length + dropped.length > 0) logger.info({ count: made.length }, 'daily partitions made')
  }
  await keep()
  await queue.work(partitions, { timeoutSeconds: 300 }, keep)
  await queue.schedule(partitions, '7 * * * *')
  await queue.work(deletedWorkspaces, { timeoutSeconds: 3000 }, async () => {
    const count = await forgetDeletedWorkspaces(pool)
    if (count > 0) logger.info({ count }, 'rows of deleted workspaces taken away')
    await tidyLeases(pool, clock, retentionDays)
  })
  await queue.schedule(deletedWorkspaces, '23 * * * *')
  await queue.work(budgetNotices, { timeoutSeconds: 50 }, async () => {
    await tellBudgets({ pool, system, clock })
  })
  await queue.schedule(budgetNotices, '* * * * *')
  await queue.work(keptAnswers, { timeoutSeconds: 300 }, async () => {
    await forgetKeptAnswers(pool)
  })
  await queue.schedule(keptAnswers, '*/10 * * * *')
  await queue.work(payloadTidying, { timeoutSeconds: 3000 }, async () => {
    const count = await tidyPayloads(pool, clock)
    if (count > 0) logger.info({ count }, 'prompts and answers that are not kept any more were taken away')
  })
  await queue.schedule(payloadTidying, '*/10 * * * *')
  await workModels(deps)
  await workRecosts(deps)
  await workExperiments(deps)
  await workAlerts(deps)
}
