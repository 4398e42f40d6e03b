import type { Pool } from 'pg'
import type { Alerts } from '#lib/alerts/index.ts'
import type { Deployments } from '#lib/deployments/index.ts'
import type { datasets, Evaluators, Experiments } from '#lib/experiments/index.ts'
import type { Gateway } from '#lib/gateway/index.ts'
import type { Budgets } from '#lib/metering/index.ts'
import type { Models } from '#lib/models/index.ts'
import type { Scope, Tenancy } from '#lib/tenancy/index.ts'

/** The rooms that a workspace of examples is made by: the verbs that people call. */
export interface DemoHouse {
  /** Of the ledger, without a limit of time. */
  pool: Pool
  tenancy: Pick<Tenancy, 'jobScope' | 'createKey' | 'removeDemoByCommand'>
  models: Models
  deployments: Deployments
  datasets: typeof datasets
  evaluators: Evaluators
  experiments: Experiments
  budgets: Budgets
  alerts: Pick<Alerts, 'createRule'>
  gateway: Pick<Gateway, 'handleAs'>
  /** Lets this process know of what was saved just now. */
  catchUp(): Promise<void>
  /** Where the practice provider answers, and its key. */
  practice: { url: string; key: string }
  nowMs(): number
}

const dayMs = 24 * 60 * 60_000

/** The scope as it would have been so many days ago: what verbs make with it has that date. */
export function daysAgo(scope: Scope, nowMs: number, days: number): Scope {
  const at = new Date(nowMs - days * dayMs)
  return { ...scope, now: () => new Date(at) }
}
