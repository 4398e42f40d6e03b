import { invalidInput } from '#lib/core/errors.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { Grain, PeriodView, RangeName } from './schema.ts'

/** A span of time, its end not included, and the one before that it is compared with. Instants in ms since the epoch. */
export interface Period {
  range: RangeName
  fromMs: number
  toMs: number
  previousFromMs: number
  previousToMs: number
  nowMs: number
  timeZone: string
}

export interface RangeInput {
  range?: RangeName | undefined
  from?: string | undefined
  to?: string | undefined
}

const minuteMs = 60_000
const quarterMs = 15 * minuteMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const spanMaxMs = 400 * dayMs

/** `l`: now in the workspace's zone, as a local time. Local times become instants in the query. */
const named: Record<Exclude<RangeName, 'custom' | '1h' | '24h'>, { from: string; back: string }> = {
  '7d': { from: `date_trunc('day', l) - interval '6 days'`, back: '7 days' },
  '30d': { from: `date_trunc('day', l) - interval '29 days'`, back: '30 days' },
  '90d': { from: `date_trunc('day', l) - interval '89 days'`, back: '90 days' },
  month: { from: `date_trunc('month', l)`, back: '1 month' },
}

/**
 * The span that a range means now. Days and months are those of the workspace's zone; Postgres alone computes them, as
 * it does for the rollups. Throws `invalid_input` where the span is empty or longer than 400 days.
 */
export async function resolvePeriod(tx: Tx, scope: Scope, input: RangeInput): Promise<Period> {
  const nowMs = scope.now().getTime()
  const { timeZone } = scope.workspace
  const base = { nowMs, timeZone, toMs: nowMs }
  const range = input.from !== undefined || input.to !== undefined ? 'custom' : (input.range ?? '7d')
  if (range === '1h')
    return { ...base, range, fromMs: nowMs - hourMs, previousFromMs: nowMs - 2 * hourMs, previousToMs: nowMs - hourMs }
  if (range === '24h') {
    const fromMs = Math.floor(nowMs / hourMs) * hourMs - 23 * hourMs
    return { ...base, range, fromMs, previousFromMs: fromMs - dayMs, previousToMs: nowMs - dayMs }
  }
  if (range === 'custom') {
    const [from, to] = await toInstants(tx, timeZone, [input.from, input.to])
    const toMs = to ?? nowMs
    const fromMs = from ?? toMs - 7 * dayMs
    if (fromMs >= toMs)
      throw invalidInput('The range ends before it begins.', { to: 'Choose an end after the beginning.' })
    if (toMs - fromMs > spanMaxMs)
      throw invalidInput('The range is longer than 400 days.', { from: 'Choose at most 400 days.' })
    return { ...base, range, fromMs, toMs, previousFromMs: 2 * fromMs - toMs, previousToMs: fromMs }
  }
  const { from, back } = named[range]
  const [row] = await tx.$queryRawUnsafe<{ from: number; before: number; until: number }[]>(
    `select ${epochMs('f at time zone $2')} as from, ${epochMs(`(f - interval '${back}') at time zone $2`)} as before, ${epochMs(`(l - interval '${back}') at time zone $2`)} as until
     from (select ${from} as f, l from (select to_timestamp($1::float8 / 1000) at time zone $2 as l) n) b`,
    nowMs,
    timeZone,
  )
  return {
    ...base,
    range,
    fromMs: row!.from,
    previousFromMs: row!.before,
    previousToMs: Math.min(row!.until, row!.from),
  }
}

async function toInstants(tx: Tx, timeZone: string, moments: (string | undefined)[]): Promise<(number | undefined)[]> {
  const instants: (number | undefined)[] = []
  for (const moment of moments) {
    if (moment === undefined || moment.includes('T')) {
      instants.push(moment === undefined ? undefined : Date.parse(moment))
      continue
    }
    const [row] = await tx.$queryRawUnsafe<{ at: number }[]>(
      `select ${epochMs('$1::timestamp at time zone $2')} as at`,
      moment,
      timeZone,
    )
    instants.push(row!.at)
  }
  return instants
}

/** SQL for an instant as milliseconds. */
export function epochMs(instant: string): string {
  return `round(extract(epoch from ${instant}) * 1000)::float8`
}

export function toPeriodView(period: Period): PeriodView {
  return {
    range: period.range,
    from: new Date(period.fromMs).toISOString(),
    to: new Date(period.toMs).toISOString(),
    timeZone: period.timeZone,
  }
}

/** Where the figures of a span are read: whole days, quarter hours around them, records at the edges. */
export interface Slices {
  fromMs: number
  toMs: number
  /** Quarter hours in [bodyFromMs, bodyToMs); records before and after. */
  bodyFromMs: number
  bodyToMs: number
  /** Calendar days in [dayFrom, dayTo) are read from the rollup of days; both null: none. */
  dayFrom: string | null
  dayTo: string | null
  dayFromMs: number
  dayToMs: number
}

/** `byRecords`: everything from the records. `withDays`: false where a day is too coarse. */
export async function sliceSpan(
  tx: Tx,
  { fromMs, toMs, nowMs, timeZone }: Pick<Period, 'fromMs' | 'toMs' | 'nowMs' | 'timeZone'>,
  { byRecords = false, withDays = true } = {},
): Promise<Slices> {
  const isOpen = toMs >= nowMs
  const bodyFromMs = Math.ceil(fromMs / quarterMs) * quarterMs
  // Nothing has happened after now: the quarter hour and the day that run belong to the span as they are.
  const bodyToMs = (isOpen ? Math.ceil(toMs / quarterMs) : Math.floor(toMs / quarterMs)) * quarterMs
  const none = { fromMs, toMs, bodyFromMs, bodyToMs, dayFrom: null, dayTo: null, dayFromMs: 0, dayToMs: 0 }
  if (byRecords || bodyToMs <= bodyFromMs) return { ...none, bodyFromMs: toMs, bodyToMs: toMs }
  if (!withDays || bodyToMs - bodyFromMs < dayMs) return none
  const [row] = await tx.$queryRawUnsafe<{ from: string; to: string; from_ms: number; to_ms: number }[]>(
    `select d0::text as from, d1::text as to, ${epochMs('d0::timestamp at time zone $3')} as from_ms, ${epochMs('d1::timestamp at time zone $3')} as to_ms from (
       select case when ((f - interval '15 minutes') at time zone $3)::date < (f at time zone $3)::date then (f at time zone $3)::date else (f at time zone $3)::date + 1 end as d0,
         (t at time zone $3)::date + case when $4::boolean then 1 else 0 end as d1
       from (select to_timestamp($1::float8 / 1000) as f, to_timestamp($2::float8 / 1000) as t) s) d`,
    bodyFromMs,
    isOpen ? toMs : bodyToMs,
    timeZone,
    isOpen,
  )
  if (!row || row.to <= row.from) return none
  return { ...none, dayFrom: row.from, dayTo: row.to, dayFromMs: row.from_ms, dayToMs: row.to_ms }
}

/** The width of a chart's spans. */
export function grainOf(spanMs: number, byRecords: boolean): Grain {
  if (byRecords) return '5m'
  if (spanMs <= 2 * hourMs) return '15m'
  return spanMs <= 3 * dayMs ? 'hour' : 'day'
}

/** The longest span that is read from the records alone, where they are few. */
export const recordsSpanMaxMs = 2 * hourMs

/** An SQL expression: the beginning of the span of a series that holds an instant, in the zone $2. */
export function bucketOf(grain: Grain | undefined, instant: string): string {
  if (grain === undefined) return 'null::timestamptz'
  if (grain === '5m' || grain === '15m')
    return `date_bin('${grain === '5m' ? 5 : 15} minutes', ${instant}, timestamptz 'epoch')`
  return `date_trunc('${grain}', ${instant}, $2)`
}
