import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import { AppError } from '#lib/core/errors.ts'
import {
  enqueueDue,
  type FinishJob,
  type KeyCheckJob,
  type ModelJob,
  type Models,
  queues,
  type ValidateJob,
} from '#lib/models/index.ts'
import type { Database } from '#lib/platform/database.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { Queue, QueuedJob, WorkSettings } from '#lib/platform/queue.ts'
import type { Scope, Tenancy } from '#lib/tenancy/index.ts'

export interface ModelWorkDeps {
  queue: Queue
  /** As `patchbay_system`. */
  pool: Pool
  system: Database['system']
  models: Pick<Models, 'checkKey' | 'finishValidation' | 'lookAfter' | 'validateAgain'>
  tenancy: Pick<Tenancy, 'jobScope'>
  clock: Clock
  logger: Logger
}

const tick = 'model-watch'
const tickMs = 10 * 60_000

/** The life of models: validations that are finished here, refused keys, the daily look and the weekly validation. */
export async function workModels(deps: ModelWorkDeps): Promise<void> {
  const { queue, pool, system, models, clock, logger } = deps

  function work<Job extends ModelJob>(
    name: string,
    settings: WorkSettings,
    verb: (scope: Scope, job: Job, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    return queue.work<Job>(name, settings, async ({ data, signal }: QueuedJob<Job>) => {
      const scope = await findScope(deps, data.workspaceId, name)
      if (scope) await verb(scope, data, signal)
    })
  }

  // Somebody waits for these two: places of their own.
  await work<FinishJob>(
    queues.finish,
    { concurrency: 3, timeoutSeconds: 400, retries: 5, pollSeconds: 4 },
    models.finishValidation,
  )
  await work<KeyCheckJob>(queues.keyCheck, { concurrency: 2, timeoutSeconds: 120, retries: 1 }, (scope, job) =>
    models.checkKey(scope, job),
  )
  await work<ValidateJob>(queues.validate, { concurrency: 2, timeoutSeconds: 900, retries: 2 }, models.validateAgain)
  await work<ModelJob>(queues.look, { concurrency: 2, timeoutSeconds: 120, retries: 1 }, (scope, job) =>
    models.lookAfter(scope, job),
  )
  await queue.work(tick, { timeoutSeconds: 60, retries: 1 }, async () => {
    const due = await enqueueDue(
      { queue, pool },
      (fill) => system.$transaction(fill, { timeout: 30_000 }),
      new Date(clock.nowMs()),
      tickMs,
    )
    if (due.looks + due.validations > 0) logger.debug({ count: due.looks + due.validations }, 'models are looked after')
  })
  await queue.schedule(tick, '*/10 * * * *')
}

/** Null where the workspace is gone: nothing is left to do. */
async function findScope({ tenancy }: ModelWorkDeps, workspaceId: string, job: string): Promise<Scope | null> {
  try {
    return await tenancy.jobScope(workspaceId, job)
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not_found') return null
    throw error
  }
}
