import { requireRead, type Scope } from '#lib/tenancy/index.ts'
import { type FactRow, sumFacts } from './facts.ts'
import { toFigures } from './figures.ts'
import { addCounts, emptyHistogram, toLatencyView } from './histogram.ts'
import { readDurations, toHistograms } from './latency.ts'
import { areFew } from './overview.ts'
import { sliceSpan } from './period.ts'
import type { LatencyView, UsageFigures } from './schema.ts'
import { splitPractice } from './usage.ts'

const quarterMs = 15 * 60_000

export interface RecentFigures {
  figures: UsageFigures
  /** Null where no call had a duration; of keys always. */
  latency: LatencyView | null
}

export interface Recent {
  workspace: RecentFigures
  model(id: string): RecentFigures
  deployment(id: string): RecentFigures
  key(id: string): RecentFigures
}

/**
 * What happened in the last `minutes`, as the dashboards count it: practice models are in where nothing but practice
 * models was used. Where calls are too many to be read one by one, the span begins with the quarter hour that its
 * beginning lies in, and with the hour for durations. Every member may read.
 */
export async function recentFigures(scope: Scope, { minutes }: { minutes: number }): Promise<Recent> {
  requireRead(scope)
  const { workspaceId } = scope
  const { timeZone } = scope.workspace
  const nowMs = scope.now().getTime()
  const fromMs = nowMs - minutes * 60_000
  return scope.tx(async (tx) => {
    const byRecords = await areFew(tx, workspaceId, { fromMs, toMs: nowMs })
    const span = {
      fromMs: byRecords ? fromMs : Math.floor(fromMs / quarterMs) * quarterMs,
      toMs: nowMs,
      nowMs,
      timeZone,
    }
    const slices = await sliceSpan(tx, span, { byRecords })
    const groups = [{ by: 'f.model_id' }, { by: 'f.deployment_id' }, { by: 'f.actor_id' }]
    const [models = [], deployments = [], keys = []] = await sumFacts(tx, {
      workspaceId,
      timeZone,
      slices,
      filters: {},
      groups,
    })
    const latency = toHistograms(await readDurations(tx, workspaceId, { ...span, byRecords }, {}))

    const byId = (rows: readonly FactRow[]) => Map.groupBy(rows, (row) => row.group)
    const parts = { models: byId(models), deployments: byId(deployments), keys: byId(keys) }
    const figuresOf = (rows: readonly FactRow[] = []) => toFigures(splitPractice(rows, undefined).kept)
    const durations = emptyHistogram()
    const kept = new Set(splitPractice(models, undefined).kept.map((row) => row.group))
    for (const [id, each] of latency.byModel) if (kept.has(id)) addCounts(durations, 0, [...each.latency])
    return {
      workspace: { figures: figuresOf(models), latency: toLatencyView(durations) },
      model: (id) => ({
        figures: figuresOf(parts.models.get(id)),
        latency: toLatencyView(latency.byModel.get(id)?.latency),
      }),
      deployment: (id) => ({
        figures: figuresOf(parts.deployments.get(id)),
        latency: toLatencyView(latency.byDeployment.get(id)?.latency),
      }),
      key: (id) => ({ figures: figuresOf(parts.keys.get(id)), latency: null }),
    }
  })
}
