import type { Tx } from '#lib/tenancy/index.ts'
import type { FactFilters } from './facts.ts'
import { addToHistogram, type Histogram } from './histogram.ts'
import { bucketOf } from './period.ts'
import type { Grain } from './schema.ts'

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs

interface Durations {
  latency: Histogram
  firstByte: Histogram
}

export interface LatencyHistograms extends Durations {
  byModel: Map<string, Durations>
  byDeployment: Map<string, Durations>
  /** Keys alone: people have none. */
  byKey: Map<string, Durations>
  /** By the beginning of the span, where a grain was asked for. */
  byBucket: Map<number, Durations>
}

interface LatencySpan {
  fromMs: number
  toMs: number
  /** Everything from the records, which are few. */
  byRecords: boolean
  /** With a series. Its days are those of UTC, told at the local midnight of the same date. */
  grain?: Grain
  timeZone: string
}

/**
 * Durations of a span, validation and drift left out. From the records where `byRecords` says that they are few, and where
 * sources or an identity are asked for; else from the rollups, by whole hours (whole UTC days where keys are asked for): a
 * span that begins within one takes all of it.
 */
export async function readLatency(
  tx: Tx,
  workspaceId: string,
  { fromMs, toMs, byRecords, grain, timeZone }: LatencySpan,
  filters: FactFilters,
): Promise<LatencyHistograms> {
  const values: unknown[] = [workspaceId, timeZone]
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const instant = (ms: number) => `to_timestamp(${bind(ms, 'float8')} / 1000)`
  const shared = [
    filters.modelId && `model_id = any(${bind(filters.modelId, 'text[]')})`,
    filters.deploymentId && `deployment_id = any(${bind(filters.deploymentId, 'text[]')})`,
  ].filter((condition) => condition !== undefined)
  const where = (...conditions: string[]) => ['workspace_id = $1', ...conditions, ...shared].join(' and ')
  const ofDay = grain === undefined ? 'null::timestamptz' : 'day::timestamp at time zone $2'
  const columns = 'model_id, deployment_id, kind, bucket, count'
  const parts: string[] = []
  if (byRecords || filters.source || filters.identity !== undefined) {
    const own = filters.actorId ? [`actor_id = any(${bind(filters.actorId, 'text[]')})`] : []
    if (filters.source) own.push(`source = any(${bind(filters.source, 'text[]')})`)
    if (filters.identity !== undefined) own.push(`identity = ${bind(filters.identity, 'text')}`, `identity <> ''`)
    parts.push(
      `select ${bucketOf(grain, 'started_at')} as at, model_id, deployment_id, kind, floor(ln(greatest(ms, 1)) / ln(1.04))::integer as bucket, 1 as count
       from ledger.records cross join lateral (values ('latency', latency_ms), ('first_byte', first_byte_ms)) d (kind, ms)
       where ${where(`started_at >= ${instant(fromMs)}`, `started_at < ${instant(toMs)}`, ...own, `ms is not null`, `outcome in ('ok', 'error', 'truncated')`, `source not in ('validation', 'drift')`, `cache not in ('hit', 'replay')`)}`,
    )
  } else if (filters.actorId) {
    const days = [
      `day >= (${instant(fromMs)} at time zone 'UTC')::date`,
      `day <= (${instant(toMs - 1)} at time zone 'UTC')::date`,
    ]
    parts.push(
      `select ${ofDay} as at, ${columns} from ledger.latency_day where ${where(...days, `key_id = any(${bind(filters.actorId, 'text[]')})`)}`,
    )
  } else {
    const [from, to] = [Math.floor(fromMs / hourMs) * hourMs, Math.ceil(toMs / hourMs) * hourMs]
    const [dayFrom, dayTo] = [Math.ceil(from / dayMs) * dayMs, Math.floor(to / dayMs) * dayMs]
    // A series of hours is in the hours alone.
    const hasDays = dayTo > dayFrom && (grain === undefined || grain === 'day')
    const spans = hasDays ? [[from, dayFrom] as const, [dayTo, to] as const] : [[from, to] as const]
    for (const [one, other] of spans)
      if (other > one)
        parts.push(
          `select ${grain === 'day' ? `(hour at time zone 'UTC')::date::timestamp at time zone $2` : bucketOf(grain, 'hour')} as at, ${columns} from ledger.latency_hour
           where ${where(`hour >= ${instant(one)}`, `hour < ${instant(other)}`)}`,
        )
    if (hasDays) {
      const days = [
        `day >= (${instant(dayFrom)} at time zone 'UTC')::date`,
        `day < (${instant(dayTo)} at time zone 'UTC')::date`,
      ]
      parts.push(`select ${ofDay} as at, ${columns} from ledger.latency_day where ${where(...days)}`)
    }
  }
  // Two plain sums are faster than one by grouping sets: Postgres shares each out among its workers.
  const sum = (ids: string, at: string, by: string) =>
    tx.$queryRawUnsafe<LatencyRow[]>(
      `select ${ids}, ${at} as at, kind, bucket::integer as bucket, sum(count)::float8 as count
       from (${parts.join(' union all ')}) d where $2::text is not null group by ${by}, kind, bucket`,
      ...values,
    )
  const rows = await sum('model_id, deployment_id', 'null::float8', 'model_id, deployment_id')
  if (grain !== undefined)
    rows.push(...(await sum('null::text as model_id', 'round(extract(epoch from at) * 1000)::float8', 'at')))
  const found = collect(rows)
  for (const row of await sumByKey(tx, workspaceId, { fromMs, toMs, byRecords }, filters))
    addRow(within(found.byKey, row.key_id), row)
  return found
}

interface LatencyRow {
  /** Null in a row of the series. */
  model_id: string | null
  deployment_id?: string
  at: number | null
  kind: 'latency' | 'first_byte'
  bucket: number
  count: number
}

function collect(rows: readonly LatencyRow[]): LatencyHistograms {
  const found: LatencyHistograms = {
    ...empty(),
    ...{ byModel: new Map(), byDeployment: new Map(), byKey: new Map(), byBucket: new Map() },
  }
  for (const row of rows) {
    if (row.model_id === null) {
      if (row.at !== null) addRow(within(found.byBucket, row.at), row)
      continue
    }
    addRow(found, row)
    addRow(within(found.byModel, row.model_id), row)
    addRow(within(found.byDeployment, row.deployment_id ?? ''), row)
  }
  return found
}

const empty = (): Durations => ({ latency: new Map(), firstByte: new Map() })

function addRow(durations: Durations, { kind, bucket, count }: Pick<LatencyRow, 'kind' | 'bucket' | 'count'>): void {
  addToHistogram(kind === 'latency' ? durations.latency : durations.firstByte, bucket, count)
}

function within<Key>(map: Map<Key, Durations>, key: Key): Durations {
  const own = map.get(key) ?? empty()
  map.set(key, own)
  return own
}

/** Of keys: from the records where they are few, else whole UTC days, the only sums that know keys. */
function sumByKey(
  tx: Tx,
  workspaceId: string,
  { fromMs, toMs, byRecords }: Pick<LatencySpan, 'fromMs' | 'toMs' | 'byRecords'>,
  filters: FactFilters,
): Promise<(Pick<LatencyRow, 'kind' | 'bucket' | 'count'> & { key_id: string })[]> {
  const values: unknown[] = [workspaceId]
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const [from, to] = [bind(fromMs, 'float8'), bind(toMs, 'float8')]
  const conditions = ['workspace_id = $1', `key_id <> ''`]
  if (filters.modelId) conditions.push(`model_id = any(${bind(filters.modelId, 'text[]')})`)
  if (filters.deploymentId) conditions.push(`deployment_id = any(${bind(filters.deploymentId, 'text[]')})`)
  if (filters.actorId) conditions.push(`key_id = any(${bind(filters.actorId, 'text[]')})`)
  const days = `select key_id, kind, bucket::integer as bucket, sum(count)::float8 as count from ledger.latency_day
    where ${conditions.join(' and ')} and day >= (to_timestamp(${from} / 1000) at time zone 'UTC')::date and day <= (to_timestamp((${to} - 1) / 1000) at time zone 'UTC')::date group by 1, 2, 3`
  if (!byRecords && !filters.source && filters.identity === undefined) return tx.$queryRawUnsafe(days, ...values)
  if (filters.source) conditions.push(`source = any(${bind(filters.source, 'text[]')})`)
  if (filters.identity !== undefined) conditions.push(`identity = ${bind(filters.identity, 'text')}`, `identity <> ''`)
  return tx.$queryRawUnsafe(
    `select key_id, kind, floor(ln(greatest(ms, 1)) / ln(1.04))::integer as bucket, count(*)::float8 as count
     from ledger.records cross join lateral (values ('latency', latency_ms), ('first_byte', first_byte_ms)) d (kind, ms)
     where ${conditions.join(' and ')} and started_at >= to_timestamp(${from} / 1000) and started_at < to_timestamp(${to} / 1000) and ms is not null
       and outcome in ('ok', 'error', 'truncated') and source not in ('validation', 'drift') and cache not in ('hit', 'replay') group by 1, 2, 3`,
    ...values,
  )
}
