import { formatBytes, formatCompact, formatDuration, formatNumber, formatShare } from '#components/ui/format.ts'
import { formatNanoUsd, formatUsd } from '#lib/core/money.ts'

/** `usd` points are nano-dollars as integers or decimal strings; `share` is a share of 1; `ms` and `bytes` are what they say. */
export type Unit = 'usd' | 'count' | 'ms' | 'share' | 'bytes'

/** `null`: nothing was measured, which a line leaves out and a bar draws as nothing. */
export type Point = number | string | null

export type Grain = 'minute' | 'quarter' | 'hour' | 'day' | 'month'

export interface Series {
  /** Stable across pages: an id. Its colour follows from it. */
  key: string
  label: string
  points: readonly Point[]
}

export interface ChartInput {
  /** The start of each bucket, milliseconds since the epoch, oldest first. */
  times: readonly number[]
  grain: Grain
  timeZone: string
  unit: Unit
  series: readonly Series[]
  /** Bars stack and may be summed; lines do neither. */
  kind: 'bars' | 'lines'
  hidden: ReadonlySet<string>
}

export interface PlotSeries {
  key: string
  label: string
  color: string
  hidden: boolean
  /** As text; `undefined` for lines, whose points do not add up. */
  total: string | undefined
}

export interface PlotRow {
  atMs: number
  tick: string
  /** For tooltip and table: the bucket spelled out. */
  label: string
  /** By the index of the series: what is drawn. */
  values: (number | null)[]
  /** By the index of the series: what is said, exact. */
  texts: string[]
  /** Of what is shown; `undefined` for lines. */
  total: string | undefined
}

export interface Plot {
  series: PlotSeries[]
  rows: PlotRow[]
  /** From 0 up, evenly spaced; the last is at or above every value. */
  ticks: number[]
  unit: Unit
  isEmpty: boolean
}

export const restKey = 'rest'
const seriesMax = 8

/** Everything a chart shows, worked out; drawing only draws it. */
export function preparePlot(input: ChartInput): Plot {
  const { unit, kind } = input
  const series = kind === 'bars' ? foldSeries(input.series, unit) : input.series.slice(0, seriesMax)
  const colors = colorsOf(series.map(({ key }) => key))
  const shown = series.map(({ key }) => !input.hidden.has(key))
  const numbers = series.map(({ points }) => input.times.map((_, at) => toPlotNumber(points[at] ?? null, unit)))
  const tickText = timeFormat(input.grain, input.timeZone, false)
  const labelText = timeFormat(input.grain, input.timeZone, true)

  const rows = input.times.map(
    (atMs, at): PlotRow => ({
      atMs,
      tick: tickText.format(atMs),
      label: labelText.format(atMs),
      values: numbers.map((each) => each[at] ?? null),
      texts: series.map(({ points }) => exactText(points[at] ?? null, unit)),
      total:
        kind === 'bars'
          ? exactText(
              sum(
                series.filter((_, index) => shown[index]).map(({ points }) => points[at] ?? null),
                unit,
              ),
              unit,
            )
          : undefined,
    }),
  )
  const tops = rows.map(({ values }) => {
    const visible = values.map((value, index) => (shown[index] ? (value ?? 0) : 0))
    return kind === 'bars' ? visible.reduce((a, b) => a + b, 0) : Math.max(0, ...visible)
  })
  const top = Math.max(0, ...tops)
  return {
    series: series.map(({ key, label, points }, index) => ({
      key,
      label,
      color: colors[index] ?? 'var(--chart-rest)',
      hidden: !shown[index],
      total: kind === 'bars' ? exactText(sum(points, unit), unit) : undefined,
    })),
    rows,
    ticks: niceTicks(top, unit),
    unit,
    isEmpty: numbers.every((each) => each.every((value) => value === null || value === 0)),
  }
}

/**
 * More than eight series become the seven largest and their rest, so that the picture stays legible and every column
 * still adds up. A series already called `rest` joins it.
 */
export function foldSeries(series: readonly Series[], unit: Unit): readonly Series[] {
  const named = series.filter(({ key }) => key !== restKey)
  const given = series.filter(({ key }) => key === restKey)
  if (named.length <= seriesMax && given.length === 0) return named
  const bySize = named
    .map((each) => ({
      each,
      size: each.points.reduce<number>((total, point) => total + (toPlotNumber(point, unit) ?? 0), 0),
    }))
    .sort((a, b) => b.size - a.size)
  const kept = new Set((named.length <= seriesMax ? bySize : bySize.slice(0, seriesMax - 1)).map(({ each }) => each))
  const folded = [...named.filter((each) => !kept.has(each)), ...given]
  const length = Math.max(0, ...series.map(({ points }) => points.length))
  return [
    ...named.filter((each) => kept.has(each)),
    {
      key: restKey,
      label: given[0]?.label ?? 'Others',
      points: Array.from({ length }, (_, at) =>
        sum(
          folded.map(({ points }) => points[at] ?? null),
          unit,
        ),
      ),
    },
  ]
}

/**
 * One of the eight colours for each key. A key asks for the same colour everywhere; where two on one chart ask for the
 * same, the one that sorts first keeps it, whatever order they are drawn in.
 */
export function colorsOf(keys: readonly string[]): string[] {
  const taken = new Map<string, number>()
  for (const key of [...new Set(keys)].sort()) {
    if (key === restKey) continue
    let index = wish(key)
    const used = new Set(taken.values())
    while (used.has(index) && used.size < seriesMax) index = (index + 1) % seriesMax
    taken.set(key, index)
  }
  return keys.map((key) => (key === restKey ? 'var(--chart-rest)' : `var(--chart-${(taken.get(key) ?? 0) + 1})`))
}

/** FNV-1a, folded to eight. */
function wish(key: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 16)) & 7
}

/** Three to five even steps from zero, each 1, 2 or 5 times a power of ten; time steps in 60ths where they are read so. */
export function niceTicks(top: number, unit: Unit): number[] {
  if (!(top > 0)) return [0, 1]
  const rough = top / 4
  const step = unit === 'ms' && rough > 15_000 ? timeStep(rough) : decimalStep(rough, unit)
  const count = Math.max(1, Math.ceil(top / step - 1e-9))
  return Array.from({ length: count + 1 }, (_, index) => index * step)
}

function decimalStep(rough: number, unit: Unit): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  // Half a request or half a byte is no place on an axis.
  const isWhole = unit === 'count' || unit === 'bytes'
  const step =
    ((isWhole && power <= 1 ? [1, 2, 5] : [1, 2, 2.5, 5]).find((each) => each * power >= rough * 0.999) ?? 10) * power
  return isWhole ? Math.max(1, step) : step
}

function timeStep(rough: number): number {
  const steps = [
    20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000,
  ]
  return steps.find((step) => step >= rough) ?? Math.ceil(rough / 86_400_000) * 86_400_000
}

/** Decimal places of a number, at most nine. */
function placesOf(value: number): number {
  return value.toFixed(9).replace(/0+$/, '').split('.')[1]?.length ?? 0
}

/** A tick of the axis: short, without cents where all of `ticks` are whole, else all with as many places. */
export function tickText(value: number, unit: Unit, ticks: readonly number[] = [value]): string {
  if (unit === 'usd') {
    if (value >= 1000) return `$${formatCompact(value)}`
    const places = Math.max(...ticks.map((tick) => placesOf(Number.parseFloat(tick.toPrecision(3)))))
    return `$${value.toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places })}`
  }
  if (unit === 'ms') return value === 0 ? '0' : formatDuration(value)
  if (unit === 'share') return formatShare(Number.parseFloat(value.toPrecision(6)))
  if (unit === 'bytes') return value === 0 ? '0' : formatBytes(value)
  return formatCompact(value)
}

/** What tooltip and table say of a point. */
export function exactText(point: Point, unit: Unit): string {
  if (point === null) return '–'
  if (unit === 'usd') {
    const nano = BigInt(point)
    const shown = formatUsd(nano)
    return nano > 0n && nano < 10_000_000n ? `$${formatNanoUsd(nano)}` : shown
  }
  const value = Number(point)
  if (unit === 'ms') return formatDuration(value)
  if (unit === 'share') return formatShare(value)
  if (unit === 'bytes') return formatBytes(value)
  return formatNumber(typeof point === 'string' ? BigInt(point) : value)
}

function toPlotNumber(point: Point, unit: Unit): number | null {
  if (point === null) return null
  const value = Number(point)
  return unit === 'usd' ? value / 1e9 : value
}

/** Integers add up as bigints, so that a column equals its tile to the last digit. Nothing but nulls is a null. */
function sum(points: readonly Point[], unit: Unit): Point {
  const present = points.filter((point) => point !== null)
  if (present.length === 0) return null
  if (
    unit !== 'share' &&
    unit !== 'ms' &&
    present.every((point) => typeof point === 'string' || Number.isInteger(point))
  ) {
    return present.reduce<bigint>((total, point) => total + BigInt(point), 0n).toString()
  }
  return present.reduce<number>((total, point) => total + Number(point), 0)
}

function timeFormat(grain: Grain, timeZone: string, full: boolean): Intl.DateTimeFormat {
  const day: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' }
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
  const year: Intl.DateTimeFormatOptions = { year: 'numeric' }
  const options =
    grain === 'month'
      ? { month: 'short' as const, ...(full ? year : {}) }
      : grain === 'day'
        ? { ...day, ...(full ? { weekday: 'short' as const, ...year } : {}) }
        : { ...time, ...(full ? { ...day, ...year } : {}) }
  return new Intl.DateTimeFormat('en-GB', { ...options, timeZone })
}
