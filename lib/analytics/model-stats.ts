import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { sumFacts } from './facts.ts'
import { toFigures } from './figures.ts'
import { toLatencyView } from './histogram.ts'
import { readDurations, toHistograms } from './latency.ts'
import { epochMs, type Period, sliceSpan } from './period.ts'
import { type ModelStats, ModelStatsInput } from './schema.ts'

const hourMs = 60 * 60_000

/**
 * What models did in the last 24 hours or 30 days, practice models like any other; in the order asked for, a model that
 * is not the workspace's with zeros. Every member may read.
 */
export async function modelStats(scope: Scope, input: unknown): Promise<ModelStats[]> {
  requireRead(scope)
  const { modelIds, range } = parseInput(ModelStatsInput, input)
  if (modelIds.length === 0) return []
  const { workspaceId } = scope
  const toMs = scope.now().getTime()
  const fromMs = toMs - (range === '24h' ? 24 : 30 * 24) * hourMs
  const filters = { modelId: modelIds }
  return scope.tx(async (tx) => {
    const period: Pick<Period, 'fromMs' | 'toMs' | 'nowMs' | 'timeZone'> = {
      fromMs,
      toMs,
      nowMs: toMs,
      timeZone: scope.workspace.timeZone,
    }
    const slices = await sliceSpan(tx, period)
    const groups = [{ by: 'f.model_id' }]
    const [rows = []] = await sumFacts(tx, { workspaceId, timeZone: period.timeZone, slices, filters, groups })
    const facts = Map.groupBy(rows, (row) => row.group)
    const durations = await readDurations(
      tx,
      workspaceId,
      { fromMs, toMs, nowMs: toMs, byRecords: false, timeZone: period.timeZone },
      filters,
    )
    const latency = toHistograms(durations)
    const last = await tx.$queryRawUnsafe<{ id: string; at: number }[]>(
      `select a.id, l.at from unnest($2::text[]) a (id) cross join lateral (
         select ${epochMs('started_at')} as at from ledger.records r where r.workspace_id = $1 and r.model_id = a.id
         order by r.started_at desc limit 1) l`,
      workspaceId,
      modelIds,
    )
    const lastCalls = new Map(last.map(({ id, at }) => [id, new Date(at).toISOString()]))
    const errorCodes =
      modelIds.length > 1
        ? []
        : await tx.$queryRawUnsafe<{ code: string; count: number }[]>(
            `select coalesce(nullif(error_code, ''), outcome) as code, count(*)::float8 as count from (
               select error_code, outcome from ledger.records
               where workspace_id = $1 and model_id = $2 and outcome <> 'ok' and outcome in ('error', 'truncated', 'lost') and source not in ('validation', 'drift') and started_at >= to_timestamp($3::float8 / 1000)
               order by started_at desc limit 10000) e
             group by 1 order by 2 desc, 1 limit 50`,
            workspaceId,
            modelIds[0],
            fromMs,
          )
    return modelIds.map((modelId) => ({
      modelId,
      figures: toFigures(facts.get(modelId) ?? []),
      latency: toLatencyView(latency.byModel.get(modelId)?.latency),
      firstByte: toLatencyView(latency.byModel.get(modelId)?.firstByte),
      errorCodes,
      lastCallAt: lastCalls.get(modelId) ?? null,
    }))
  })
}
