import { formatUsd } from '#lib/core/money.ts'

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })

/** `18,204`. */
export function formatNumber(value: number | bigint): string {
  return grouped.format(value)
}

/** Three significant digits: `1.94B`, `18.2K`, `812`. The exact figure belongs beside it or on hover. */
export function formatCompact(value: number | bigint): string {
  return compact.format(value)
}

/** `812 ms`, `3.4 s`, `2 min 5 s`, `1 h 12 min`, `3 d 4 h`. Below 10 ms one decimal. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (ms < 0) return `−${formatDuration(-ms)}`
  if (ms < 9.95) return `${trim(ms)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${trim(ms / 1000)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return pair(seconds, 60, 'min', 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return pair(minutes, 60, 'h', 'min')
  return pair(Math.round(minutes / 60), 24, 'd', 'h')
}

/** A share of 1 as a percentage: `0.31 %`, `18 %`. */
export function formatShare(share: number): string {
  const percent = share * 100
  const size = Math.abs(percent)
  const digits = size === 0 || size >= 10 ? 0 : size >= 1 ? 1 : 2
  return `${percent.toFixed(digits).replace('-', '−')} %`
}

/** `812 B`, `1.5 KB`, `25 MB`; steps of 1,024. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let step = 0
  while (value >= 1023.5 && step < units.length - 1) {
    value /= 1024
    step++
  }
  return `${step === 0 ? Math.round(value) : trim(value)} ${units[step]}`
}

const steps = [
  { below: 60, seconds: 1, word: 's' },
  { below: 3600, seconds: 60, word: 'min' },
  { below: 86_400, seconds: 3600, word: 'h' },
] as const

/** `just now`, `12 min ago`, `in 3 h`, `5 days ago`; beyond 30 days the date. */
export function formatRelative(atMs: number, nowMs: number, timeZone: string): string {
  const seconds = Math.round((atMs - nowMs) / 1000)
  const size = Math.abs(seconds)
  if (size < 10) return 'just now'
  const step = steps.find(({ below }) => size < below)
  if (step) return direct(`${Math.floor(size / step.seconds)} ${step.word}`, seconds)
  const days = Math.floor(size / 86_400)
  if (days <= 30) return direct(days === 1 ? '1 day' : `${days} days`, seconds)
  return formatDate(atMs, timeZone)
}

/** `22 Nov 2026`. */
export function formatDate(atMs: number, timeZone: string): string {
  return dateFormat(timeZone, { day: 'numeric', month: 'short', year: 'numeric' }).format(atMs)
}

/** `22 Nov 2026, 14:03:12 UTC`. */
export function formatExactTime(atMs: number, timeZone: string): string {
  return dateFormat(timeZone, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(atMs)
}

/** `22 Nov 2026, 14:03 UTC`. */
export function formatMinute(atMs: number, timeZone: string): string {
  return dateFormat(timeZone, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(atMs)
}

/** `AM` for `ada@example.test` or `Ada M`; at most two letters. */
export function initialsOf(name: string): string {
  const words =
    name
      .split('@')[0]
      ?.split(/[\s._-]+/)
      .filter(Boolean) ?? []
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words
  return (
    letters
      .map((word) => [...(word ?? '')][0] ?? '')
      .join('')
      .toUpperCase() || '?'
  )
}

const dateFormats = new Map<string, Intl.DateTimeFormat>()

/** Building a formatter costs far more than using it. */
function dateFormat(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timeZone} ${Object.keys(options).join()}`
  let format = dateFormats.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone })
    dateFormats.set(key, format)
  }
  return format
}

function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}

function pair(value: number, base: number, major: string, minor: string): string {
  const rest = value % base
  const whole = `${Math.floor(value / base)} ${major}`
  return rest === 0 ? whole : `${whole} ${rest} ${minor}`
}

function direct(amount: string, seconds: number): string {
  return seconds < 0 ? `${amount} ago` : `in ${amount}`
}

/** A decimal price with at least two places: `$0.59`, `$1.10`; more where it has more. Null is unpriced. */
export function formatPrice(decimal: string | null): string {
  if (decimal === null) return 'unpriced'
  const [whole = '0', fraction = ''] = decimal.split('.')
  return fraction.length <= 2 ? formatUsd(BigInt(whole + fraction.padEnd(2, '0')) * 10_000_000n) : `$${decimal}`
}
