import type { Tx } from '#lib/tenancy/index.ts'
import type { FactFilters } from './facts.ts'
import { addToHistogram, type Histogram } from './histogram.ts'

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs

export interface LatencyHistograms {
  latency: Histogram
  firstByte: Histogram
  latencyByModel: Map<string, Histogram>
  firstByteByModel: Map<string, Histogram>
}

/**
 * Durations of a span, validation and drift left out. From the records where `byRecords` says that they are few; else
 * from the rollups, by whole hours (whole UTC days where keys are asked for): a span that begins within one takes all of it.
 */
export async function readLatency(
  tx: Tx,
  workspaceId: string,
  { fromMs, toMs, byRecords }: { fromMs: number; toMs: number; byRecords: boolean },
  filters: FactFilters,
): Promise<LatencyHistograms> {
  const values: unknown[] = [workspaceId]
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const instant = (ms: number) => `to_timestamp(${bind(ms, 'float8')} / 1000)`
  const shared = [
    filters.modelId && `model_id = any(${bind(filters.modelId, 'text[]')})`,
    filters.deploymentId && `deployment_id = any(${bind(filters.deploymentId, 'text[]')})`,
  ].filter((condition) => condition !== undefined)
  const where = (...conditions: string[]) => ['workspace_id = $1', ...conditions, ...shared].join(' and ')
  const parts: string[] = []
  if (byRecords || filters.source) {
    const own = filters.actorId ? [`actor_id = any(${bind(filters.actorId, 'text[]')})`] : []
    if (filters.source) own.push(`source = any(${bind(filters.source, 'text[]')})`)
    parts.push(
      `select model_id, kind, floor(ln(greatest(ms, 1)) / ln(1.04))::integer as bucket, 1 as count
       from ledger.records cross join lateral (values ('latency', latency_ms), ('first_byte', first_byte_ms)) d (kind, ms)
       where ${where(`started_at >= ${instant(fromMs)}`, `started_at < ${instant(toMs)}`, ...own, `ms is not null`, `outcome in ('ok', 'error', 'truncated')`, `source not in ('validation', 'drift')`, `cache <> 'replay'`)}`,
    )
  } else if (filters.actorId) {
    const days = [
      `day >= (${instant(fromMs)} at time zone 'UTC')::date`,
      `day <= (${instant(toMs - 1)} at time zone 'UTC')::date`,
    ]
    parts.push(
      `select model_id, kind, bucket, count from ledger.latency_day where ${where(...days, `key_id = any(${bind(filters.actorId, 'text[]')})`)}`,
    )
  } else {
    const [from, to] = [Math.floor(fromMs / hourMs) * hourMs, Math.ceil(toMs / hourMs) * hourMs]
    const [dayFrom, dayTo] = [Math.ceil(from / dayMs) * dayMs, Math.floor(to / dayMs) * dayMs]
    const hours = (one: number, other: number) => where(`hour >= ${instant(one)}`, `hour < ${instant(other)}`)
    const spans =
      dayTo > dayFrom
        ? ([
            [from, dayFrom],
            [dayTo, to],
          ] as const)
        : ([[from, to]] as const)
    for (const [one, other] of spans)
      if (other > one)
        parts.push(`select model_id, kind, bucket, count from ledger.latency_hour where ${hours(one, other)}`)
    if (dayTo > dayFrom) {
      const days = [
        `day >= (${instant(dayFrom)} at time zone 'UTC')::date`,
        `day < (${instant(dayTo)} at time zone 'UTC')::date`,
      ]
      parts.push(`select model_id, kind, bucket, count from ledger.latency_day where ${where(...days)}`)
    }
  }
  const rows = await tx.$queryRawUnsafe<{ model_id: string; kind: string; bucket: number; count: number }[]>(
    `select model_id, kind, bucket::integer as bucket, sum(count)::float8 as count from (${parts.join(' union all ')}) d group by 1, 2, 3`,
    ...values,
  )
  const found: LatencyHistograms = {
    latency: new Map(),
    firstByte: new Map(),
    latencyByModel: new Map(),
    firstByteByModel: new Map(),
  }
  for (const { model_id, kind, bucket, count } of rows) {
    const [all, byModel] =
      kind === 'latency' ? [found.latency, found.latencyByModel] : [found.firstByte, found.firstByteByModel]
    const own = byModel.get(model_id) ?? new Map<number, number>()
    byModel.set(model_id, own)
    addToHistogram(all, bucket, count)
    addToHistogram(own, bucket, count)
  }
  return found
}
