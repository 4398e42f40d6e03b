import type { z } from 'zod'
import { parseInput, requireRead, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { type FactRow, sumFacts } from './facts.ts'
import { toFigures } from './figures.ts'
import { toLatencyView } from './histogram.ts'
import { findLabels } from './labels.ts'
import { type LatencyHistograms, readDurations, toHistograms } from './latency.ts'
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
import { groups, named, splitPractice, toRows } from './usage.ts'

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
  const plan = await scope.tx((tx) => planOverview(tx, scope, asked))
  const { period, before, timeZone, byRecords, grain } = plan

  const readFigures = scope.tx(async (tx) => {
    const shared = { workspaceId, timeZone, filters: asked }
    const tables = seriesGroups.map((group) => ({ by: groups[group].by }))
    const series = { by: groups[asked.seriesBy].by, grain }
    const [split = [], ...now] = await sumFacts(tx, { ...shared, slices: plan.slices, groups: [series, ...tables] })
    const then = await sumFacts(tx, { ...shared, slices: plan.beforeSlices, groups: tables })
    const keys = seriesGroups.flatMap((group, index) => (named.has(group) ? [now[index], then[index]] : [])).flat()
    const labels = await findLabels(tx, [...new Set(keys.flatMap((row) => (row ? [row.group] : [])))])
    return { split, now, then, labels, buckets: await listBuckets(tx, period, grain) }
  })
  // Beside the figures, on a connection of its own: together they are as fast as the slower one.
  const readTimes = scope.tx(async (tx) => {
    const shared = { nowMs: period.nowMs, byRecords, timeZone }
    const { fromMs, toMs } = before
    return {
      during: await readDurations(tx, workspaceId, { ...period, ...shared, grain }, asked),
      earlier: await readDurations(tx, workspaceId, { ...shared, fromMs, toMs }, asked),
      practiceIds: await tx.$queryRawUnsafe<{ id: string }[]>('select id from models where practice'),
    }
  })
  const [{ split, now, then, labels, buckets }, times] = await Promise.all([readFigures, readTimes])

  const { kept, practice } = splitPractice(now[0] ?? [], asked.includePractice)
  const ofKept = (rows: FactRow[] = []) => (practice.included ? rows : rows.filter((row) => !row.practice))
  const previous = ofKept(then[0])
  const leftOut = new Set(practice.included ? [] : times.practiceIds.map(({ id }) => id))
  const latency = toHistograms(times.during, leftOut)
  const earlier = toHistograms(times.earlier, leftOut)

  const latencies: Record<string, LatencyHistograms['byModel'] | undefined> = {
    ...{ model: latency.byModel, key: latency.byKey, deployment: latency.byDeployment },
  }
  const rowsOf: Record<string, BreakdownRow[]> = {}
  const gone: UsageRow[][] = []
  for (const [index, groupBy] of seriesGroups.entries()) {
    const rows = toRows(ofKept(now[index]), { groupBy, timeZone, labels })
    const earlierRows = toRows(ofKept(then[index]), { groupBy, timeZone, labels })
    const byKey = new Map(earlierRows.map((row) => [row.key, row]))
    rowsOf[groupBy] = rows.map((row) => ({
      ...row,
      latency: toLatencyView(latencies[groupBy]?.get(row.key)?.latency),
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
    series: toSeries(ofKept(split), latency, buckets),
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
}

/** Which spans are read, and from where. */
async function planOverview(tx: Tx, scope: Scope, asked: z.output<typeof OverviewInput>) {
  const period = await resolvePeriod(tx, scope, asked)
  const byRecords = asked.identity !== undefined || (await areFew(tx, scope.workspaceId, period))
  const grain = grainOf(period.toMs - period.fromMs, byRecords)
  const before = { ...period, fromMs: period.previousFromMs, toMs: period.previousToMs }
  return {
    ...{ period, before, timeZone: period.timeZone, byRecords, grain },
    slices: await sliceSpan(tx, period, { byRecords, withDays: grain === 'day' }),
    beforeSlices: await sliceSpan(tx, before, { byRecords }),
  }
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
