/** What a span of figures counts: dollars, milliseconds, or tokens. */
export type SpanUnit = 'usd' | 'ms' | 'tokens'

/** A span as the address holds it: `0.01..0.5`, `0.01..`, `..0.5`. Both ends belong to it. */
export interface Span {
  min?: string
  max?: string
}

const amount = '(\\d{1,9}(?:\\.\\d{1,6})?)'
const number: Record<SpanUnit, string> = { usd: amount, ms: `${amount}(ms|s|min)?`, tokens: `${amount}(k)?` }
const factors: Record<string, number> = { ms: 1, s: 1000, min: 60_000, k: 1000 }
const ends: Record<SpanUnit, RegExp> = { usd: /^\d{1,9}(\.\d{1,6})?$/, ms: /^\d{1,8}$/, tokens: /^\d{1,9}$/ }
const most = { ms: 86_400_000, tokens: 999_999_999 }

/** A span as people type it: `> 0.01`, `under 2 s`, `1s - 3s`, `0.5` (at least). Null where it says nothing of the kind. */
export function readSpan(typed: string, unit: SpanUnit): string | null {
  const text = typed.toLowerCase().replace(/[\s$,]/g, '')
  const one = new RegExp(`^(>=?|≥|over|from|<=?|≤|under|upto)?${number[unit]}$`).exec(text)
  if (one) {
    const value = toValue(one[2]!, one[3], unit)
    if (value === null) return null
    return /^(<|≤|under|upto)/.test(one[1] ?? '') ? `..${value}` : `${value}..`
  }
  const two = new RegExp(`^${number[unit]}(?:\\.\\.|-|–|to)${number[unit]}$`).exec(text)
  if (!two) return null
  const [low, lowUnit, high, highUnit] = unit === 'usd' ? [two[1], undefined, two[2], undefined] : two.slice(1)
  const min = toValue(low!, lowUnit ?? highUnit, unit)
  const max = toValue(high!, highUnit, unit)
  return min === null || max === null || Number(min) > Number(max) ? null : `${min}..${max}`
}

/** Both ends of what `readSpan` made; null for anything else, as an address may hold anything. */
export function splitSpan(text: string, unit: SpanUnit): Span | null {
  const match = /^([\d.]*?)\.\.([\d.]*)$/.exec(text)
  if (!match || (match[1] === '' && match[2] === '')) return null
  const isGood = (end: string) => end === '' || ends[unit].test(end)
  const [min = '', max = ''] = match.slice(1)
  if (!isGood(min) || !isGood(max)) return null
  return { ...(min !== '' && { min }), ...(max !== '' && { max }) }
}

/** `≥ $0.01`, `≤ 2 s`, `$0.01 – $0.5`. `readSpan` reads it back. */
export function spanText({ min, max }: Span, unit: SpanUnit): string {
  if (min !== undefined && max !== undefined) return `${endText(min, unit)} – ${endText(max, unit)}`
  return min !== undefined ? `≥ ${endText(min, unit)}` : `≤ ${endText(max ?? '0', unit)}`
}

function endText(value: string, unit: SpanUnit): string {
  if (unit === 'usd') return `$${value}`
  if (unit === 'tokens') return value
  const ms = Number(value)
  return ms >= 1000 && ms % 100 === 0 ? `${ms / 1000} s` : `${ms} ms`
}

function toValue(digits: string, word: string | undefined, unit: SpanUnit): string | null {
  if (unit === 'usd') return digits
  const whole = Math.round(Number(digits) * (word === undefined ? 1 : factors[word]!))
  return whole <= most[unit] ? String(whole) : null
}
