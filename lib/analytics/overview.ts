import { parseInput, requireRead, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { type FactFilters, type FactRow, sumFacts } from './facts.ts'
import { toFigures } from './figures.ts'
import { toLatencyView } from './histogram.ts'
import { type LatencyHistograms, readLatency } from './latency.ts'
import { grainOf, type Period, recordsSpanMaxMs, resolvePeriod, sliceSpan, toPeriodView } from './period.ts'
import {
  type BreakdownRow,
  type Grain,
  type Mover,
  OverviewInput,
  type OverviewView,
  type SeriesPoint,
  seriesGroups,
  type UsageRow,
} from './schema.ts'
import { groups, splitPractice, toRows } from './usage.ts'

/** So many records of a short span are read one by one: about what its sums would take. */
const recordsMax = 30_000
const moversMax = 6

/**
 * A workspace, or a part of it by the filters, over a span: tiles with the span before, a series without gaps, tables.
 * Every table adds up to the tiles. Every member may read.
 */
export async function overview(scope: Scope, input: unknown): Promise<OverviewView> {
  requireRead(scope)
  const asked = parseInput(OverviewInput, input)
  const { workspaceId } = scope
  return scope.tx(async (tx) => {
    const period = await resolvePeriod(tx, scope, asked)
    const { timeZone } = period
    const byRecords = asked.identity !== undefined || (await areFew(tx, workspaceId, period))
    const grain = grainOf(period.toMs - period.fromMs, byRecords)
    const slices = await sliceSpan(tx, period, { byRecords, withDays: grain === 'day' })
    const before = { ...period, fromMs: period.previousFromMs, toMs: period.previousToMs }
    const beforeSlices = await sliceSpan(tx, before, { byRecords })

    const shared = { workspaceId, timeZone, filters: asked }
    const tables = seriesGroups.map((group) => ({ by: groups[group].by }))
    const series = { by: groups[asked.seriesBy].by, grain }
    const [split = [], ...now] = await sumFacts(tx, { ...shared, slices, groups: [series, ...tables] })
    const then = await sumFacts(tx, { ...shared, slices: beforeSlices, groups: tables })
    const { kept, practice } = splitPractice(now[0] ?? [], asked.includePractice)
    const ofKept = (rows: FactRow[] = []) => (practice.included ? rows : rows.filter((row) => !row.practice))
    const previous = ofKept(then[0])

    const filters: FactFilters = practice.included
      ? asked
      : { ...asked, modelId: await withoutPractice(tx, asked.modelId, kept, previous) }
    const span = (fromMs: number, toMs: number) => ({ fromMs, toMs, nowMs: period.nowMs, byRecords, timeZone })
    const latency = await readLatency(tx, workspaceId, { ...span(period.fromMs, period.toMs), grain }, filters)
    const earlier = await readLatency(tx, workspaceId, span(before.fromMs, before.toMs), filters)

    const latencies: Record<string, LatencyHistograms['byModel'] | undefined> = {
      ...{ model: latency.byModel, key: latency.byKey, deployment: latency.byDeployment },
    }
    const rowsOf: Record<string, BreakdownRow[]> = {}
    const gone: UsageRow[][] = []
    for (const [index, group] of seriesGroups.entries()) {
      const rows = await toRows(tx, ofKept(now[index]), group, timeZone)
      const earlierRows = await toRows(tx, ofKept(then[index]), group, timeZone)
      const byKey = new Map(earlierRows.map((row) => [row.key, row]))
      rowsOf[group] = rows.map((row) => ({
        ...row,
        latency: toLatencyView(latencies[group]?.get(row.key)?.latency),
        previousCost: byKey.get(row.key)?.cost ?? null,
      }))
      const present = new Set(rows.map(({ key }) => key))
      gone.push(earlierRows.filter(({ key }) => !present.has(key)))
    }
    const { model = [], key = [], deployment = [], source = [], status = [] } = rowsOf
    return {
      period: toPeriodView(period),
      previousPeriod: { from: new Date(before.fromMs).toISOString(), to: new Date(before.toMs).toISOString() },
      total: toFigures(kept),
      previous: toFigures(previous),
      latency: toLatencyView(latency.latency),
      previousLatency: toLatencyView(earlier.latency),
      firstByte: toLatencyView(latency.firstByte),
      previousFirstByte: toLatencyView(earlier.firstByte),
      grain,
      series: toSeries(ofKept(split), latency, await listBuckets(tx, period, grain)),
      ...{ byModel: model, byKey: key, byDeployment: deployment, bySource: source, byStatus: status },
      movers: [
        ...toMovers('model', model, gone[0]),
        ...toMovers('key', key, gone[1]),
        ...toMovers('deployment', deployment, gone[2]),
      ]
        .sort((one, other) => compareSizes(changeOf(other), changeOf(one)))
        .slice(0, moversMax),
      practice,
    }
  })
}

/** What of a table cost more or less than before; `gone`: rows that are no more. */
function toMovers(group: Mover['group'], rows: readonly BreakdownRow[], gone: readonly UsageRow[] = []): Mover[] {
  const none = { nanoUsd: '0', usd: '0' }
  return [
    ...rows.map(({ key, label, cost, previousCost }) => ({
      group,
      key,
      label,
      cost,
      previousCost: previousCost ?? none,
    })),
    ...gone.map(({ key, label, cost }) => ({ group, key, label, cost: none, previousCost: cost })),
  ].filter((mover) => mover.key !== '' && mover.key !== 'others' && changeOf(mover) !== 0n)
}

function changeOf({ cost, previousCost }: Mover): bigint {
  const change = BigInt(cost.nanoUsd) - BigInt(previousCost.nanoUsd)
  return change < 0n ? -change : change
}

function compareSizes(one: bigint, other: bigint): number {
  return one === other ? 0 : one > other ? 1 : -1
}

/** Whether a span is short and its records are few, so that they can be read themselves. */
export async function areFew(
  tx: Tx,
  workspaceId: string,
  { fromMs, toMs }: Pick<Period, 'fromMs' | 'toMs'>,
): Promise<boolean> {
  if (toMs - fromMs > recordsSpanMaxMs) return false
  const [row] = await tx.$queryRawUnsafe<{ requests: number }[]>(
    `select coalesce(sum(requests), 0)::float8 as requests from ledger.usage_quarter
     where workspace_id = $1 and quarter > to_timestamp($2::float8 / 1000) - interval '15 minutes' and quarter < to_timestamp($3::float8 / 1000)`,
    workspaceId,
    fromMs,
    toMs,
  )
  return (row?.requests ?? 0) <= recordsMax
}

/** The models whose durations count: those of both spans, and '' for calls without a model. */
async function withoutPractice(tx: Tx, asked: readonly string[] | undefined, ...facts: FactRow[][]): Promise<string[]> {
  const used = new Set(facts.flat().map((row) => row.group))
  const known = await tx.$queryRawUnsafe<{ id: string }[]>(
    `select id from models where practice and id = any($1::text[])`,
    [...used],
  )
  for (const { id } of known) used.delete(id)
  return asked ? asked.filter((id) => used.has(id)) : [...used]
}

/** Beginnings of the spans of a chart, the first one holding the beginning of the period. */
async function listBuckets(tx: Tx, { fromMs, toMs, timeZone }: Period, grain: Grain): Promise<number[]> {
  const minutes = grain === '5m' ? 5 : 15
  const steps =
    grain === 'day' || grain === 'hour'
      ? `select s at time zone $3 as at from span, generate_series(date_trunc('${grain}', f at time zone $3), t at time zone $3, interval '1 ${grain}') s`
      : `select s as at from span, generate_series(date_bin('${minutes} minutes', f, timestamptz 'epoch'), t, interval '${minutes} minutes') s`
  const rows = await tx.$queryRawUnsafe<{ at: number }[]>(
    `with span as (select to_timestamp($1::float8 / 1000) as f, to_timestamp(($2::float8 - 1) / 1000) as t)
     select distinct round(extract(epoch from at) * 1000)::float8 as at from (${steps}) b where $3::text is not null order by 1`,
    fromMs,
    toMs,
    timeZone,
  )
  return rows.map(({ at }) => at)
}

function toSeries(
  facts: readonly FactRow[],
  { byBucket }: LatencyHistograms,
  buckets: readonly number[],
): SeriesPoint[] {
  const factsByBucket = Map.groupBy(facts, (row) => row.bucket)
  const all = [...new Set([...buckets, ...factsByBucket.keys()])].sort((one, other) => one - other)
  return all.map((bucket) => {
    const rows = factsByBucket.get(bucket) ?? []
    const figures = toFigures(rows)
    const parts = [...Map.groupBy(rows, (row) => row.group)].map(([id, own]) => [id, toFigures(own)] as const)
    const byGroup = <Value>(read: (part: (typeof parts)[number][1]) => Value) =>
      Object.fromEntries(parts.map(([id, part]) => [id, read(part)]))
    return {
      at: new Date(bucket).toISOString(),
      requests: figures.requests,
      errors: figures.errors,
      inputTokens: figures.inputTokens,
      outputTokens: figures.outputTokens,
      cost: figures.cost,
      latency: toLatencyView(byBucket.get(bucket)?.latency),
      firstByte: toLatencyView(byBucket.get(bucket)?.firstByte),
      costByGroup: byGroup(({ cost }) => cost.nanoUsd),
      requestsByGroup: byGroup(({ requests }) => requests),
      tokensByGroup: byGroup(({ inputTokens, outputTokens }) => inputTokens + outputTokens),
      errorsByGroup: byGroup(({ errors }) => errors),
    }
  })
}
