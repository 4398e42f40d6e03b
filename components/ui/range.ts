import { createParser, parseAsStringLiteral } from 'nuqs/server'
import { type RangeName, ranges } from '#lib/analytics/schema.ts'

/** A span of time as the address holds it: a name, or two moments, each a day or an instant; `to` is not part of it. */
export interface RangeValue {
  range: RangeName | null
  from: string | null
  to: string | null
}

export type NamedRange = Exclude<RangeName, 'custom'>

export const rangeWords: Record<NamedRange, string> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  month: 'This month',
}

const parseAsMoment = createParser({
  parse: (text) => (isMoment(text) ? text : null),
  serialize: (moment) => moment,
})

export const rangeParsers = {
  range: parseAsStringLiteral(ranges.filter((name): name is NamedRange => name !== 'custom')),
  from: parseAsMoment,
  to: parseAsMoment,
}

/** The range as the API takes it: two moments win over a name. */
export function toRangeQuery({ range, from, to }: RangeValue): Record<string, string> {
  if (from !== null || to !== null) return { ...(from !== null && { from }), ...(to !== null && { to }) }
  return range === null ? {} : { range }
}

/** How the range is called on its button. `none` where nothing is chosen. */
export function rangeText(value: RangeValue, timeZone: string, none: string): string {
  const { range, from, to } = value
  if (from === null && to === null) return range === null || range === 'custom' ? none : rangeWords[range]
  if (from !== null && to !== null) return spanText(from, to, timeZone)
  return from === null ? `Until ${momentText(to!, timeZone)}` : `From ${momentText(from, timeZone)}`
}

/** Both ends of a span, the second not part of it: days where both are days, else with the time. */
function spanText(from: string, to: string, timeZone: string): string {
  if (isDay(from) && isDay(to)) {
    const last = shiftDay(to, -1)
    return last <= from ? momentText(from, timeZone) : formatDays(Date.parse(from), Date.parse(last), 'UTC')
  }
  return `${momentText(from, timeZone)} – ${momentText(to, timeZone)}`
}

/** `1–22 Nov 2026`, or with times where the span is at most two days. `toMs` is not part of it. */
export function formatPeriod(fromMs: number, toMs: number, timeZone: string): string {
  if (toMs - fromMs > 48 * 3_600_000) return formatDays(fromMs, toMs - 1, timeZone)
  return `${timeText(fromMs, timeZone)} – ${timeText(toMs, timeZone)}`
}

/** The day after (or before) `2026-11-22`. */
export function shiftDay(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

function isMoment(text: string): boolean {
  if (isDay(text)) return true
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text))
}

function momentText(moment: string, timeZone: string): string {
  if (!isDay(moment)) return timeText(Date.parse(moment), timeZone)
  return formatDays(Date.parse(moment), Date.parse(moment), 'UTC')
}

function formatDays(fromMs: number, toMs: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone })
  // Which blanks stand around the dash differs between versions of the tables behind it.
  return format
    .formatRange(fromMs, toMs)
    .replace(/\s*–\s*/, ' – ')
    .replace(/\s/g, ' ')
}

function timeText(atMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).format(atMs)
}
