import { parseInput, requireRead, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { type FactFilters, type FactRow, sumFacts } from './facts.ts'
import { toFigures } from './figures.ts'
import { toLatencyView } from './histogram.ts'
import { readLatency } from './latency.ts'
import { grainOf, type Period, recordsSpanMaxMs, resolvePeriod, sliceSpan, toPeriodView } from './period.ts'
import { type BreakdownRow, type Grain, OverviewInput, type OverviewView, type SeriesPoint } from './schema.ts'
import { splitPractice, toRows } from './usage.ts'

/** So many records of a short span are read one by one. */
const recordsMax = 200_000

/**
 * A workspace (or a part of it, by the filters) over a span: tiles with the span before, a series without gaps, tables.
 * Every table adds up to the tiles. Every member may read.
 */
export async function overview(scope: Scope, input: unknown): Promise<OverviewView> {
  requireRead(scope)
  const asked = parseInput(OverviewInput, input)
  const { workspaceId } = scope
  return scope.tx(async (tx) => {
    const period = await resolvePeriod(tx, scope, asked)
    const { timeZone } = period
    const byRecords = await areFew(tx, workspaceId, period)
    const grain = grainOf(period.toMs - period.fromMs, byRecords)
    const slices = await sliceSpan(tx, period, { byRecords, withDays: grain === 'day' })
    const whole = await sliceSpan(tx, period, { byRecords })
    const sum = (group: string) => sumFacts(tx, { workspaceId, timeZone, slices: whole, filters: asked, group })
    const facts = await sumFacts(tx, { workspaceId, timeZone, slices, filters: asked, group: 'f.model_id', grain })
    const { kept, practice } = splitPractice(facts, asked.includePractice)
    const ofKept = (rows: FactRow[]) => (practice.included ? rows : rows.filter((row) => !row.practice))
    const split =
      asked.seriesBy === 'model'
        ? kept
        : ofKept(await sumFacts(tx, { workspaceId, timeZone, slices, filters: asked, group: 'f.actor_id', grain }))

    const before = { ...period, fromMs: period.previousFromMs, toMs: period.previousToMs }
    const beforeSlices = await sliceSpan(tx, before, { byRecords })
    const previous = ofKept(
      await sumFacts(tx, { workspaceId, timeZone, slices: beforeSlices, filters: asked, group: 'f.model_id' }),
    )

    const filters: FactFilters = practice.included
      ? asked
      : { ...asked, modelId: await withoutPractice(tx, asked.modelId, kept, previous) }
    const latency = await readLatency(tx, workspaceId, { fromMs: period.fromMs, toMs: period.toMs, byRecords }, filters)
    const previousLatency = await readLatency(
      tx,
      workspaceId,
      { fromMs: before.fromMs, toMs: before.toMs, byRecords },
      filters,
    )

    const previousByModel = Map.groupBy(previous, (row) => row.group)
    const byModel: BreakdownRow[] = (await toRows(tx, kept, 'model', timeZone)).map((row) => {
      const earlier = previousByModel.get(row.key)
      return {
        ...row,
        latency: toLatencyView(latency.latencyByModel.get(row.key)),
        previousCost: earlier ? toFigures(earlier).cost : null,
      }
    })
    return {
      period: toPeriodView(period),
      previousPeriod: { from: new Date(before.fromMs).toISOString(), to: new Date(before.toMs).toISOString() },
      total: toFigures(kept),
      previous: toFigures(previous),
      latency: toLatencyView(latency.latency),
      previousLatency: toLatencyView(previousLatency.latency),
      firstByte: toLatencyView(latency.firstByte),
      grain,
      series: toSeries(split, await listBuckets(tx, period, grain)),
      byModel,
      byKey: await toRows(tx, ofKept(await sum('f.actor_id')), 'key', timeZone),
      bySource: await toRows(tx, ofKept(await sum('f.source')), 'source', timeZone),
      practice,
    }
  })
}

/** Whether a span is short and its records are few, so that they can be read themselves. */
async function areFew(tx: Tx, workspaceId: string, { fromMs, toMs }: Period): Promise<boolean> {
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

function toSeries(facts: readonly FactRow[], buckets: readonly number[]): SeriesPoint[] {
  const byBucket = Map.groupBy(facts, (row) => row.bucket)
  const all = [...new Set([...buckets, ...byBucket.keys()])].sort((one, other) => one - other)
  return all.map((bucket) => {
    const rows = byBucket.get(bucket) ?? []
    const figures = toFigures(rows)
    const groups = [...Map.groupBy(rows, (row) => row.group)].map(([id, parts]) => [id, toFigures(parts)] as const)
    return {
      at: new Date(bucket).toISOString(),
      requests: figures.requests,
      errors: figures.errors,
      inputTokens: figures.inputTokens,
      outputTokens: figures.outputTokens,
      cost: figures.cost,
      costByGroup: Object.fromEntries(groups.map(([id, { cost }]) => [id, cost.nanoUsd])),
      requestsByGroup: Object.fromEntries(groups.map(([id, { requests }]) => [id, requests])),
    }
  })
}
