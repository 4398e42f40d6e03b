import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import { AppError } from '#lib/core/errors.ts'
import { type Experiments, type RunJob, runQueue, watchRuns } from '#lib/experiments/index.ts'
import type { Database } from '#lib/platform/database.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { Queue } from '#lib/platform/queue.ts'
import type { Tenancy } from '#lib/tenancy/index.ts'

export interface ExperimentWorkDeps {
  queue: Queue
  /** As `patchbay_system`. */
  pool: Pool
  system: Database['system']
  experiments: Pick<Experiments, 'executeRun' | 'settleRun'>
  tenancy: Pick<Tenancy, 'jobScope'>
  clock: Clock
  logger: Logger
}

const watch = 'experiment-watch'
const runsAtOnce = 4

/** Runs of experiments: those that are started, and those that a dead process or a pause left behind. */
export async function workExperiments(deps: ExperimentWorkDeps): Promise<void> {
  const { queue, pool, system, experiments, clock, logger } = deps
  await queue.work<RunJob>(
    runQueue,
    { concurrency: runsAtOnce, timeoutSeconds: 3_600, retries: 0, pollSeconds: 2 },
    async ({ data, signal }) => {
      const scope = await findScope(deps, data.workspaceId)
      if (scope) await experiments.executeRun(scope, data, signal)
    },
  )
  const look = async () => {
    const now = new Date(clock.nowMs())
    const { enqueued, ended } = await watchRuns({ queue, pool }, (work) => system.$transaction(work), now)
    if (enqueued > 0) logger.debug({ count: enqueued }, 'runs of experiments go on')
    for (const job of ended) {
      const scope = await findScope(deps, job.workspaceId)
      if (scope) await experiments.settleRun(scope, job)
    }
  }
  await queue.work(watch, { timeoutSeconds: 50, retries: 0 }, look)
  await queue.schedule(watch, '* * * * *')
  // Whoever starts takes up what the process before it left.
  await look()
}

/** Null where the workspace is gone: nothing is left to do. */
async function findScope({ tenancy }: ExperimentWorkDeps, workspaceId: string) {
  try {
    return await tenancy.jobScope(workspaceId, 'experiment')
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not_found') return null
    throw error
  }
}
