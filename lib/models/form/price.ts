import { formatMicroAmount, formatUsd, parseMicroAmount } from '#lib/core/money.ts'
import type { ModelType } from '../vocabulary.ts'

/** A change of one field that a button offers. */
export interface FieldFix {
  field: string
  /** A tick box is set by true or false. */
  value: string | boolean
  /** The button's words. */
  label: string
}

/** A price field read: the shortest decimal or null for empty, and what to say about it. */
export type PriceResult =
  | { ok: true; price: string | null; warning?: string; fix?: FieldFix }
  | { ok: false; message: string; fix?: FieldFix }

export type PriceField = 'inputPrice' | 'outputPrice' | 'cachedInputPrice' | 'imagePrice'

export const priceMessages = {
  notANumber: 'Type a price in USD, for example 0.59.',
  negative: 'A price cannot be below 0.',
  decimals: 'A price has at most 6 decimal places.',
  tooLarge: 'A price is at most 1,000,000.',
} as const

const million = 1_000_000n

/**
 * USD per 1M tokens (or per image) as typed or as a JSON number. Empty = unpriced (null), 0 = free.
 * What looks like a price per token or per 1K tokens is said, with a fix where there is one.
 */
export function readPrice(field: PriceField, value: string | number | null | undefined): PriceResult {
  const text = typeof value === 'number' ? plainDecimal(value) : (value ?? '').trim()
  const perTokens = field !== 'imagePrice'
  const parsed = parseMicroAmount(text)
  if (!parsed.ok) {
    switch (parsed.reason) {
      case 'empty':
        return text === '' ? { ok: true, price: null } : { ok: false, message: priceMessages.notANumber }
      case 'negative':
        return { ok: false, message: priceMessages.negative }
      case 'too_large':
        return { ok: false, message: priceMessages.tooLarge }
      case 'not_a_number':
        return { ok: false, message: priceMessages.notANumber }
      case 'too_many_decimals': {
        const perToken = perTokens ? perTokenHint(field, text) : undefined
        return perToken
          ? { ok: false, message: perToken.message, fix: perToken.fix }
          : { ok: false, message: priceMessages.decimals }
      }
    }
  }
  const price = formatMicroAmount(parsed.micro)
  if (!perTokens) return { ok: true, price }
  if (parsed.micro > 1_000n * million) {
    return { ok: true, price, warning: `That is ${formatUsd(parsed.micro)} a 1K tokens. Prices are per 1M.` }
  }
  if (parsed.micro > 0n && parsed.micro < 100n) {
    const hint = perTokenHint(field, price)
    if (hint) return { ok: true, price, warning: hint.message, fix: hint.fix }
  }
  return { ok: true, price }
}

/** `0.00000059` read as USD per token is `0.59` per 1M: the message and the button. Undefined from 0.0001 on. */
function perTokenHint(field: PriceField, text: string): { message: string; fix: FieldFix } | undefined {
  const decimal = /^0*[.,](\d+)$/.exec(text.replace(/[\s$\u00a0]/g, ''))?.[1]
  if (decimal === undefined || !decimal.startsWith('0000')) return undefined
  const digits = decimal.replace(/0+$/, '').padEnd(6, '0')
  const whole = digits.slice(0, 6).replace(/^0+/, '') || '0'
  const fraction = digits.slice(6, 12)
  const value = fraction ? `${whole}.${fraction}` : whole
  if (!parseMicroAmount(value).ok) return undefined
  return {
    message: `0.${decimal} looks like a price per token.`,
    fix: { field, value, label: `Use ${value} per 1M` },
  }
}

/** A JSON number without an exponent, at most 12 decimal places. */
function plainDecimal(value: number): string {
  if (!Number.isFinite(value)) return 'not a number'
  if (Math.abs(value) >= 1e15) return value < 0 ? '-1' : '9999999999'
  const text = String(value)
  return /e/i.test(text) ? value.toFixed(12).replace(/\.?0+$/, '') : text
}

/** Pico-dollars per token of a decimal price per 1M tokens; null stays null. */
export function toPicoUsdPerToken(price: string | null): bigint | null {
  if (price === null) return null
  const parsed = parseMicroAmount(price)
  if (!parsed.ok) throw new RangeError('a stored price must be a decimal')
  return parsed.micro
}

/** Nano-dollars of a decimal price per image; null stays null. */
export function toNanoUsdPerImage(price: string | null): bigint | null {
  const micro = toPicoUsdPerToken(price)
  return micro === null ? null : micro * 1_000n
}

/** `1,000 tokens in and 1,000 out cost $0.00138.`: the line below the price fields. */
export function priceExample(
  type: ModelType,
  prices: { inputPrice: string | null; outputPrice: string | null; imagePrice: string | null },
): string {
  if (type === 'image') {
    if (prices.imagePrice === null) return 'Without a price, calls are recorded as unpriced.'
    const nano = toNanoUsdPerImage(prices.imagePrice)!
    return nano === 0n ? 'Pictures are free.' : `One picture costs ${formatUsd(nano)}.`
  }
  const input = toPicoUsdPerToken(prices.inputPrice)
  if (type === 'embedding') {
    if (input === null) return 'Without a price, calls are recorded as unpriced.'
    return input === 0n ? 'Calls are free.' : `1,000 tokens cost ${formatUsd(input)}.`
  }
  const output = toPicoUsdPerToken(prices.outputPrice)
  if (input === null && output === null) return 'Without prices, calls are recorded as unpriced.'
  if (input === null || output === null) return 'Calls are recorded as unpriced until both prices are set.'
  if (input === 0n && output === 0n) return 'Calls are free.'
  // 1,000 tokens at one pico-dollar each are one nano-dollar.
  return `1,000 tokens in and 1,000 out cost ${formatUsd(input + output)}.`
}
