/**
 * Money as integers. A price is pico-dollars per token (decimal USD per 1M tokens x 10^6), a cost is nano-dollars.
 * Bigints leave the server as decimal strings, because JSON cannot hold them.
 */

/** 10^12 pico-dollars per token is 1,000,000 USD per 1M tokens, the highest price accepted. */
export const priceMaxPicoUsdPerToken = 1_000_000_000_000n

export type DecimalFailure = 'empty' | 'not_a_number' | 'negative' | 'too_many_decimals' | 'too_large'

/**
 * Reads a decimal amount as a person types it: `$` and spaces ignored, comma or point as the decimal mark, thousands
 * separators understood where they are unambiguous (`1,234.5`, `1.234,5`). Returns the amount scaled by 10^6.
 */
export function parseMicroAmount(text: string): { ok: true; micro: bigint } | { ok: false; reason: DecimalFailure } {
  let value = text.replace(/[\s$\u00a0]/g, '')
  if (value === '') return { ok: false, reason: 'empty' }
  if (value.startsWith('-')) return { ok: false, reason: 'negative' }
  const lastComma = value.lastIndexOf(',')
  const lastPoint = value.lastIndexOf('.')
  if (lastComma >= 0 && lastPoint >= 0) {
    // Both marks: the later one is the decimal mark, the other groups thousands.
    const group = lastComma > lastPoint ? '.' : ','
    const mark = group === ',' ? '.' : ','
    const [whole = '', ...fractions] = value.split(mark)
    if (fractions.length !== 1 || !/^\d{1,3}([.,]\d{3})+$/.test(whole)) return { ok: false, reason: 'not_a_number' }
    value = `${whole.split(group).join('')}.${fractions[0]}`
  } else {
    const mark = lastComma >= 0 ? ',' : '.'
    const parts = value.split(mark)
    if (parts.length > 2) {
      if (!/^\d{1,3}([.,]\d{3})+$/.test(value)) return { ok: false, reason: 'not_a_number' }
      value = parts.join('')
    } else {
      value = parts.join('.')
    }
  }
  if (!/^(\d+(\.\d*)?|\.\d+)$/.test(value)) return { ok: false, reason: 'not_a_number' }
  const [whole = '', fraction = ''] = value.split('.')
  const significant = fraction.replace(/0+$/, '')
  if (significant.length > 6) return { ok: false, reason: 'too_many_decimals' }
  if (whole.replace(/^0+/, '').length > 7) return { ok: false, reason: 'too_large' }
  const micro = BigInt(whole || '0') * 1_000_000n + BigInt(significant.padEnd(6, '0') || '0')
  if (micro > priceMaxPicoUsdPerToken) return { ok: false, reason: 'too_large' }
  return { ok: true, micro }
}

/**
 * A decimal, as text or number, times 10^places, exactly: `shiftDecimal('0.00000059', 6)` is `0.59`. Undefined for what
 * is no amount, is negative (some lists say -1 for "varies"), or has more digits afterwards than a price.
 */
export function shiftDecimal(value: unknown, places: number): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const match = /^(\d{0,12})(?:\.(\d{0,24}))?(?:e([+-]?\d{1,2}))?$/i.exec(String(value).trim())
  if (!match || !(match[1] || match[2])) return undefined
  const digits = `${match[1] ?? ''}${match[2] ?? ''}`
  const point = (match[1] ?? '').length + places + Number(match[3] ?? 0)
  const padded = point < 0 ? '0'.repeat(-point) + digits : digits.padEnd(point, '0')
  const whole = padded.slice(0, Math.max(point, 0)).replace(/^0+(?=\d)/, '') || '0'
  const fraction = padded.slice(Math.max(point, 0)).replace(/0+$/, '')
  if (fraction.length > 6 || whole.length > 7) return undefined
  return fraction ? `${whole}.${fraction}` : whole
}

/** Scaled by 10^6 back to the shortest decimal: `590000n` -> `0.59`. */
export function formatMicroAmount(micro: bigint): string {
  return formatScaled(micro, 6)
}

/** Nano-dollars as an exact decimal string of dollars: `1380000n` -> `0.00138`. */
export function formatNanoUsd(nano: bigint): string {
  return formatScaled(nano, 9)
}

/** The other way round: `0.00138` -> `1380000n`. For what `formatNanoUsd` made. */
export function parseNanoUsd(usd: string): bigint {
  const [whole = '0', fraction = ''] = usd.split('.')
  const sign = whole.startsWith('-') ? -1n : 1n
  return BigInt(whole) * 1_000_000_000n + sign * BigInt(fraction.padEnd(9, '0'))
}

function formatScaled(value: bigint, digits: number): string {
  const sign = value < 0n ? '-' : ''
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0')
  const fraction = text.slice(-digits).replace(/0+$/, '')
  return sign + text.slice(0, -digits) + (fraction ? `.${fraction}` : '')
}

/** `numerator / denominator` rounded half to even. Both at least 0, denominator above 0. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  const twice = (numerator % denominator) * 2n
  if (twice < denominator) return quotient
  if (twice > denominator) return quotient + 1n
  return quotient % 2n === 0n ? quotient : quotient + 1n
}

/** An amount as it leaves the server. */
export interface MoneyView {
  /** Exact, an integer as a decimal string. */
  nanoUsd: string
  /** Exact dollars as a decimal string. */
  usd: string
}

/** The one conversion of a cost for browsers and API clients. */
export function toMoneyView(nanoUsd: bigint | string): MoneyView {
  const nano = BigInt(nanoUsd)
  return { nanoUsd: nano.toString(), usd: formatNanoUsd(nano) }
}

/**
 * Dollars for a person: cents from a cent on, three significant digits below (`$0.00138`), `$0.00` for zero.
 * The exact amount belongs into a tooltip.
 */
export function formatUsd(amount: MoneyView | bigint | string): string {
  const nano = typeof amount === 'object' ? BigInt(amount.nanoUsd) : BigInt(amount)
  const sign = nano < 0n ? '-' : ''
  const size = nano < 0n ? -nano : nano
  if (size === 0n) return '$0.00'
  if (size >= 10_000_000n) {
    const cents = divideHalfEven(size, 10_000_000n)
    const dollars = (cents / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ',')
    return `${sign}$${dollars}.${(cents % 100n).toString().padStart(2, '0')}`
  }
  const digits = size.toString()
  const unit = 10n ** BigInt(Math.max(0, digits.length - 3))
  const rounded = divideHalfEven(size, unit) * unit
  return `${sign}$${formatNanoUsd(rounded)}`
}

/** Exact dollars for people, with cents at least: `0.4` is `$0.40`, `0.0000356` stays whole. */
export function formatExactUsd(usd: string): string {
  const [whole, fraction = ''] = usd.split('.')
  return `$${whole}.${fraction.padEnd(2, '0')}`
}
