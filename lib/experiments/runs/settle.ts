import type { Scope } from '#lib/tenancy/index.ts'

/**
 * Gives a run the ledger's word: what all of its calls cost, also those that were lost with a process; and which cells and
 * judgements were made once more, because the ledger has more calls for them than were answered. May be repeated.
 */
export async function settleRun(scope: Scope, run: { id: string; createdAt: Date }): Promise<void> {
  const { workspaceId } = scope
  await scope.tx(async (tx) => {
    await tx.$executeRaw`
      UPDATE experiment_runs SET cost_nano_usd = coalesce((SELECT sum(cost_nano_usd) FROM ledger.records
          WHERE workspace_id = ${workspaceId} AND thread = ${run.id} AND thread <> '' AND started_at >= ${run.createdAt}), 0)
       WHERE workspace_id = ${workspaceId} AND id = ${run.id}`
    await tx.$executeRaw`
      UPDATE experiment_cells c SET again = true
        FROM (SELECT name, count(*) AS calls FROM ledger.records WHERE workspace_id = ${workspaceId} AND thread = ${run.id} AND thread <> '' AND started_at >= ${run.createdAt}
               AND source = 'experiment' AND outcome <> 'refused' GROUP BY name) l
       WHERE c.workspace_id = ${workspaceId} AND c.run_id = ${run.id} AND l.name = c.candidate || '/' || c.row_id AND l.calls > c.tries AND c.tries > 0 AND NOT c.again`
    await tx.$executeRaw`
      UPDATE experiment_scores s SET again = true
        FROM (SELECT name, count(*) AS calls FROM ledger.records WHERE workspace_id = ${workspaceId} AND thread = ${run.id} AND thread <> '' AND started_at >= ${run.createdAt}
               AND source = 'judge' AND outcome <> 'refused' GROUP BY name) l
       WHERE s.workspace_id = ${workspaceId} AND s.run_id = ${run.id} AND l.name = s.candidate || '/' || s.row_id || '/' || s.evaluator AND l.calls > cardinality(s.request_ids) AND cardinality(s.request_ids) > 0 AND NOT s.again`
    await tx.$executeRaw`
      UPDATE experiment_cells c SET cost_nano_usd = CASE WHEN r.priced THEN r.cost_nano_usd END
        FROM ledger.records r
       WHERE c.workspace_id = ${workspaceId} AND c.run_id = ${run.id} AND c.request_id <> '' AND c.cost_nano_usd IS NULL
         AND r.workspace_id = ${workspaceId} AND r.thread = ${run.id} AND r.thread <> '' AND r.started_at >= ${run.createdAt} AND r.id = c.request_id AND r.priced`
  })
}

/** True once the ledger has all of these calls. */
export async function areRecorded(
  scope: Scope,
  run: { id: string; createdAt: Date },
  requestIds: readonly string[],
): Promise<boolean> {
  if (requestIds.length === 0) return true
  const [found] = await scope.tx(
    (tx) => tx.$queryRaw<[{ count: number }]>`
      SELECT count(*)::integer AS count FROM ledger.records WHERE workspace_id = ${scope.workspaceId} AND thread = ${run.id} AND thread <> '' AND started_at >= ${run.createdAt} AND id = ANY(${[...requestIds]})`,
  )
  return found.count >= requestIds.length
}
