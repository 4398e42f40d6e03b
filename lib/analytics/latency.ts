import type { Tx } from '#lib/tenancy/index.ts'
import type { FactFilters } from './facts.ts'
import { addCounts, emptyHistogram, type Histogram } from './histogram.ts'
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
  /** Keys alone: people have none. From the rollups whole UTC days, the only sums that know keys. */
  byKey: Map<string, Durations>
  /** By the beginning of the span, where a grain was asked for. */
  byBucket: Map<number, Durations>
}

interface LatencySpan {
  fromMs: number
  toMs: number
  nowMs: number
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
export function readDurations(
  tx: Tx,
  workspaceId: string,
  { fromMs, toMs, nowMs, byRecords, grain, timeZone }: LatencySpan,
  filters: FactFilters,
): Promise<DurationRow[]> {
  const values: unknown[] = [workspaceId, timeZone]
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const instant = (ms: number) => `to_timestamp(${bind(ms, 'float8')} / 1000)`
  const date = (ms: number) => `(${instant(ms)} at time zone 'UTC')::date`
  const shared = [
    filters.modelId && `model_id = any(${bind(filters.modelId, 'text[]')})`,
    filters.deploymentId && `deployment_id = any(${bind(filters.deploymentId, 'text[]')})`,
  ].filter((condition) => condition !== undefined)
  const where = (...conditions: string[]) => ['workspace_id = $1', ...conditions, ...shared].join(' and ')
  /** `inSpan`: not for the table of keys alone. */
  const ofDays = (inSpan: string, ...conditions: string[]) =>
    `select model_id, deployment_id, key_id, kind, counts, ${grain === undefined ? 'null::timestamptz' : 'day::timestamp at time zone $2'} as at, ${inSpan} as in_span
     from ledger.latency_day where ${where(...conditions)}`
  const parts: string[] = []
  if (byRecords || filters.source || filters.identity !== undefined) {
    const own = filters.actorId ? [`actor_id = any(${bind(filters.actorId, 'text[]')})`] : []
    if (filters.source) own.push(`source = any(${bind(filters.source, 'text[]')})`)
    if (filters.identity !== undefined) own.push(`identity = ${bind(filters.identity, 'text')}`, `identity <> ''`)
    parts.push(
      `select model_id, deployment_id, key_id, kind, ledger.histogram(floor(ln(greatest(ms, 1)) / ln(1.04))::smallint, 1) as counts, ${bucketOf(grain, 'started_at')} as at, true as in_span
       from ledger.records cross join lateral (values ('latency', latency_ms), ('first_byte', first_byte_ms)) d (kind, ms)
       where ${where(`started_at >= ${instant(fromMs)}`, `started_at < ${instant(toMs)}`, ...own, `ms is not null`, `outcome in ('ok', 'error', 'truncated')`, `source not in ('validation', 'drift')`, `cache not in ('hit', 'replay')`)}
       group by 1, 2, 3, 4, 6`,
    )
  } else if (filters.actorId) {
    const days = [`day >= ${date(fromMs)}`, `day <= ${date(toMs - 1)}`]
    parts.push(ofDays('true', ...days, `key_id = any(${bind(filters.actorId, 'text[]')})`))
  } else {
    // Nothing has happened after now: the hour and the day that run belong to the span as they are.
    const [from, to] = [floor(fromMs, hourMs), toMs >= nowMs ? ceil(toMs, dayMs) : ceil(toMs, hourMs)]
    // A series of hours is in the hours alone.
    const hasDays = grain === undefined || grain === 'day'
    const dayFrom = hasDays ? Math.min(ceil(from, dayMs), to) : to
    const dayTo = hasDays ? Math.max(dayFrom, floor(to, dayMs)) : to
    for (const [one, other] of [[from, dayFrom] as const, [dayTo, to] as const])
      if (other > one)
        parts.push(
          `select model_id, deployment_id, '' as key_id, kind, counts, ${grain === 'day' ? `(hour at time zone 'UTC')::date::timestamp at time zone $2` : bucketOf(grain, 'hour')} as at, true as in_span
           from ledger.latency_hour where ${where(`hour >= ${instant(one)}`, `hour < ${instant(other)}`)}`,
        )
    const inSpan = dayTo > dayFrom ? `day >= ${date(dayFrom)} and day < ${date(dayTo)}` : 'false'
    const days = [`day >= ${date(from)}`, `day <= ${date(toMs - 1)}`]
    parts.push(ofDays(inSpan, ...days))
  }
  return tx.$queryRawUnsafe<DurationRow[]>(
    `select model_id, deployment_id, key_id, kind, round(extract(epoch from at) * 1000)::float8 as at, in_span, array_lower(counts, 1) as first, array_to_string(counts, ',') as counts
     from (${parts.join(' union all ')}) d where $2::text is not null`,
    ...values,
  )
}

/** A histogram, as the database gives it. */
export interface DurationRow {
  model_id: string
  deployment_id: string
  key_id: string
  kind: 'latency' | 'first_byte'
  at: number | null
  in_span: boolean
  first: number
  counts: string
}

/** Adds histograms up, without those of some models. */
export function toHistograms(rows: readonly DurationRow[], leftOut?: ReadonlySet<string>): LatencyHistograms {
  const found: LatencyHistograms = {
    ...empty(),
    ...{ byModel: new Map(), byDeployment: new Map(), byKey: new Map(), byBucket: new Map() },
  }
  for (const { model_id, deployment_id, key_id, kind, at, in_span, first, counts: text } of rows) {
    if (leftOut?.has(model_id)) continue
    const counts = JSON.parse(`[${text}]`) as number[]
    const add = (durations: Durations) =>
      addCounts(kind === 'latency' ? durations.latency : durations.firstByte, first, counts)
    if (key_id !== '') add(within(found.byKey, key_id))
    if (!in_span) continue
    add(found)
    add(within(found.byModel, model_id))
    add(within(found.byDeployment, deployment_id))
    if (at !== null) add(within(found.byBucket, at))
  }
  return found
}

const floor = (ms: number, step: number) => Math.floor(ms / step) * step
const ceil = (ms: number, step: number) => Math.ceil(ms / step) * step
const empty = (): Durations => ({ latency: emptyHistogram(), firstByte: emptyHistogram() })

function within<Key>(map: Map<Key, Durations>, key: Key): Durations {
  const own = map.get(key) ?? empty()
  map.set(key, own)
  return own
}
