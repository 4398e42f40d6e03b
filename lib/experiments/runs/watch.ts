import type { Pool } from 'pg'
import type { Queue, QueueTransaction } from '#lib/platform/queue.ts'
import { runQueue } from './house.ts'

/** Runs that ended so lately may still get records of calls that a dead process left behind. */
const settledForMs = 15 * 60_000

export interface OpenRuns {
  /** Runs that were put into the queue because nobody executes them. */
  enqueued: number
  /** Runs that ended a moment ago. */
  ended: { workspaceId: string; runId: string }[]
}

/**
 * Finds runs that should go on and that no process executes: their process died, or their pause is over. A run that is
 * held still is looked at again when its lease ends.
 */
export async function watchRuns(
  { queue, pool }: { queue: Pick<Queue, 'enqueue'>; pool: Pick<Pool, 'query'> },
  inTransaction: (work: (tx: QueueTransaction) => Promise<void>) => Promise<unknown>,
  now: Date,
): Promise<OpenRuns> {
  const { rows } = await pool.query<{ id: string; workspace_id: string; lease_until: Date | null }>(
    `select id, workspace_id, lease_until from experiment_runs
      where state in ('queued', 'running') or (state = 'paused' and resumes_at <= $1) order by id limit 1000`,
    [now],
  )
  await inTransaction(async (tx) => {
    for (const { id, workspace_id: workspaceId, lease_until: leaseUntil } of rows) {
      const startAfter = leaseUntil && leaseUntil > now ? new Date(leaseUntil.getTime() + 500) : undefined
      await queue.enqueue(tx, {
        queue: runQueue,
        key: `${id} watch`,
        data: { workspaceId, runId: id },
        ...(startAfter && { startAfter }),
      })
    }
  })
  const ended = await pool.query<{ id: string; workspace_id: string }>(
    `select id, workspace_id from experiment_runs where state in ('completed', 'failed', 'cancelled') and finished_at > $1 limit 1000`,
    [new Date(now.getTime() - settledForMs)],
  )
  return {
    enqueued: rows.length,
    ended: ended.rows.map(({ id, workspace_id }) => ({ workspaceId: workspace_id, runId: id })),
  }
}
