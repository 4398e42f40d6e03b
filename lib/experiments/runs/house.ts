import type { Clock } from '#lib/core/clock.ts'
import type { Deployments } from '#lib/deployments/index.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { Queue } from '#lib/platform/queue.ts'
import type { RequestReader } from '../datasets/from-requests.ts'
import type { ModelPorts } from '../evaluators/by-model.ts'

/** What the verbs and the work of experiments share. */
export interface House extends ModelPorts {
  readonly clock: Clock
  readonly logger: Pick<Logger, 'error' | 'warn' | 'info'>
  readonly queue: Pick<Queue, 'enqueue'>
  readonly deployments: Pick<Deployments, 'getDeployment' | 'getVersion'>
  readonly payloads: RequestReader
}

/** The queue that runs wait in, with what a job carries. */
export const runQueue = 'experiment-run'
export interface RunJob {
  workspaceId: string
  runId: string
}

/** How the uses of models by experiments are called. */
export const experimentUse = 'experiment'
