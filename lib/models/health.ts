import { z } from 'zod'
import { parseInput, requireRead, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type { HealthWindow, HealthWord, ModelHealth } from './views.ts'

export const ModelHealthInput = z.object({
  modelIds: z.union([
    z
      .string()
      .max(64)
      .transform((id) => [id]),
    z.array(z.string().max(64)).max(200),
  ]),
})
export type ModelHealthInput = z.input<typeof ModelHealthInput>

/** Over this share of failures in 5 minutes a model is failing. */
const errorShareMax = 0.2
/** A first byte so many times slower than its own 7 days is slow. */
const slownessMax = 3
/** Neither a share nor a p95 of fewer calls says anything; as many failures in a row open the breaker. */
const callsMin = 5

/**
 * What traffic tells of models, in the order asked for; one that is not the workspace's is left out. The last 5 and 15
 * minutes come from the records, longer spans from the rollups. Every member may read.
 */
export async function modelHealth(scope: Scope, input: ModelHealthInput): Promise<ModelHealth[]> {
  requireRead(scope)
  const { modelIds } = parseInput(ModelHealthInput, input)
  if (modelIds.length === 0) return []
  return scope.tx(async (tx) => {
    const models = await tx.model.findMany({
      where: { workspaceId: scope.workspaceId, id: { in: modelIds }, deletedAt: null },
      select: { id: true, keyRefusedAt: true, breaker: { select: { openUntil: true } } },
    })
    const known = new Map(models.map((model) => [model.id, model]))
    const ids = [...known.keys()]
    const [recent, counted, timed] = [
      await readRecent(tx, scope, ids),
      await readCounts(tx, scope, ids),
      await readFirstBytes(tx, scope, ids),
    ]
    return modelIds.flatMap((modelId) => {
      const model = known.get(modelId)
      if (!model) return []
      const minutes = recent.get(modelId)
      const counts = counted.get(modelId)
      const times = timed.get(modelId)
      const openUntil = model.breaker?.openUntil
      const health: Omit<ModelHealth, 'word'> = {
        modelId,
        keyRefusedAt: model.keyRefusedAt?.toISOString() ?? null,
        breakerUntil: openUntil && openUntil > scope.now() ? openUntil.toISOString() : null,
        minutes5: toWindow(minutes?.requests, minutes?.errors, minutes?.p50, minutes?.p95),
        hour1: toWindow(counts?.requests_1h, counts?.errors_1h, times?.p50_1h, times?.p95_1h),
        hours24: toWindow(counts?.requests_24h, counts?.errors_24h, times?.p50_24h, times?.p95_24h),
        firstByteMedianMs: times?.p50_7d ?? null,
        lastCallAt: minutes?.last_at ? new Date(minutes.last_at).toISOString() : null,
      }
      return [{ ...health, word: wordOf(health, minutes) }]
    })
  })
}

interface RecentRow {
  id: string
  requests: number
  errors: number
  p50: number | null
  p95: number | null
  /** Of the last 15 minutes. */
  slow_calls: number
  slow_p95: number | null
  last_at: number | null
}

function wordOf(health: Omit<ModelHealth, 'word'>, recent: RecentRow | undefined): HealthWord {
  if (health.keyRefusedAt !== null) return 'key_refused'
  if (health.breakerUntil !== null) return 'failing'
  const { requests, errorRate } = health.minutes5
  if (requests >= callsMin && errorRate !== null && errorRate > errorShareMax) return 'failing'
  const usual = health.firstByteMedianMs
  const now = recent && recent.slow_calls >= callsMin ? recent.slow_p95 : null
  if (usual !== null && now !== null && now > usual * slownessMax) return 'slow'
  return health.minutes5.requests + health.hours24.requests === 0 ? 'idle' : 'healthy'
}

function toWindow(requests = 0, errors = 0, p50: number | null = null, p95: number | null = null): HealthWindow {
  const errorRate = requests > 0 ? errors / requests : null
  return { requests, errors, errorRate, firstByteP50Ms: round(p50), firstByteP95Ms: round(p95) }
}

function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms)
}

// What reached the server and was no caller's mistake or leaving; our own probes are left out.
const counts = "source not in ('validation', 'drift') and outcome in ('ok', 'error', 'truncated', 'lost')"
const failed = "(outcome in ('truncated', 'lost') or (outcome = 'error' and status >= 500))"

async function readRecent(tx: Tx, scope: Scope, ids: string[]): Promise<Map<string, RecentRow>> {
  const rows = await tx.$queryRawUnsafe<RecentRow[]>(
    `with r as (
       select model_id, outcome, status, first_byte_ms, started_at, started_at >= $3::timestamptz - interval '5 minutes' as new
         from ledger.records
        where workspace_id = $1 and model_id = any($2::text[]) and ${counts}
          and started_at >= $3::timestamptz - interval '15 minutes')
     select a.id, count(r.model_id) filter (where new)::float8 as requests, count(r.model_id) filter (where new and ${failed})::float8 as errors,
            percentile_cont(0.5) within group (order by first_byte_ms) filter (where new) as p50,
            percentile_cont(0.95) within group (order by first_byte_ms) filter (where new) as p95,
            count(first_byte_ms)::float8 as slow_calls, percentile_cont(0.95) within group (order by first_byte_ms) as slow_p95,
            (select extract(epoch from l.started_at)::float8 * 1000 from ledger.records l
              where l.workspace_id = $1 and l.model_id = a.id and l.source not in ('validation', 'drift')
              order by l.started_at desc, l.id desc limit 1) as last_at
       from unnest($2::text[]) a (id) left join r on r.model_id = a.id group by a.id`,
    scope.workspaceId,
    ids,
    scope.now(),
  )
  return new Map(rows.map((row) => [row.id, row]))
}

interface CountRow {
  id: string
  requests_1h: number
  errors_1h: number
  requests_24h: number
  errors_24h: number
}

/** By whole quarter hours: a span that begins within one takes all of it. */
async function readCounts(tx: Tx, scope: Scope, ids: string[]): Promise<Map<string, CountRow>> {
  const since = (span: string) =>
    `quarter >= date_bin('15 minutes', $3::timestamptz - interval '${span}', timestamptz 'epoch')`
  const sum = (where: string) => `coalesce(sum(requests) filter (where ${where}), 0)::float8`
  const reached = "status_class in ('2xx', '4xx', '5xx', 'truncated', 'lost')"
  const errors = "status_class in ('5xx', 'truncated', 'lost')"
  const rows = await tx.$queryRawUnsafe<CountRow[]>(
    `select model_id as id, ${sum(`${since('1 hour')} and ${reached}`)} as requests_1h, ${sum(`${since('1 hour')} and ${errors}`)} as errors_1h,
            ${sum(reached)} as requests_24h, ${sum(errors)} as errors_24h
       from ledger.usage_quarter
      where workspace_id = $1 and model_id = any($2::text[]) and source not in ('validation', 'drift') and ${since('24 hours')}
      group by model_id`,
    scope.workspaceId,
    ids,
    scope.now(),
  )
  return new Map(rows.map((row) => [row.id, row]))
}

interface FirstByteRow {
  id: string
  p50_1h: number | null
  p95_1h: number | null
  p50_24h: number | null
  p95_24h: number | null
  p50_7d: number | null
}

/** From the histograms by whole hours: bucket b holds 1.04^b up to 1.04^(b+1) ms. */
async function readFirstBytes(tx: Tx, scope: Scope, ids: string[]): Promise<Map<string, FirstByteRow>> {
  const rows = await tx.$queryRawUnsafe<FirstByteRow[]>(
    `with h as (
       select model_id, hour, counts from ledger.latency_hour
        where workspace_id = $1 and model_id = any($2::text[]) and kind = 'first_byte'
          and hour >= date_trunc('hour', $3::timestamptz - interval '7 days', 'UTC')),
     s (span, since) as (values ('1h', $3::timestamptz - interval '1 hour'), ('24h', $3::timestamptz - interval '24 hours'), ('7d', $3::timestamptz - interval '7 days')),
     m as (select model_id, span, ledger.sum_counts(counts) as counts from h join s on h.hour >= date_trunc('hour', s.since, 'UTC') group by 1, 2),
     b as (select model_id, span, array_lower(m.counts, 1) + n - 1 as bucket, count from m cross join lateral unnest(m.counts) with ordinality u (count, n) where count > 0),
     c as (select model_id, span, bucket, sum(count) over (partition by model_id, span order by bucket) as upto, sum(count) over (partition by model_id, span) as total from b),
     p as (select model_id, span, min(bucket) filter (where upto >= total * 0.5) as b50, min(bucket) filter (where upto >= total * 0.95) as b95 from c group by 1, 2)
     select model_id as id, ${['1h', '24h', '7d']
       .flatMap((span) =>
         [50, 95].map(
           (share) => `power(1.04, max(b${share}) filter (where span = '${span}') + 0.5)::float8 as p${share}_${span}`,
         ),
       )
       .join(', ')}
       from p group by 1`,
    scope.workspaceId,
    ids,
    scope.now(),
  )
  return new Map(rows.map((row) => [row.id, row]))
}
