import { formatMicroAmount, formatNanoUsd } from '#lib/core/money.ts'
import type { AttemptRecord } from '#lib/metering/schema.ts'
import type { CostLine } from './schema.ts'

export interface CostFacts {
  input_tokens: number
  cached_tokens: number
  output_tokens: number
  images: number
  attempt_list: AttemptRecord[] | null
  input_price: string | null
  output_price: string | null
  cached_price: string | null
  image_price: string | null
  model_id: string
  /** Attempts of its own model are then counted at the corrected price, with the rest. */
  recost_id: string | null
}

/** Attempts that failed and were billed on their own, as far as they still are: a corrected price takes in those of its own model. */
function billedOf(row: CostFacts): AttemptRecord[] {
  return (row.attempt_list ?? []).filter(
    ({ costNanoUsd, modelId }) => costNanoUsd !== undefined && (row.recost_id === null || modelId !== row.model_id),
  )
}

/** The attempts with what each cost: the one that answered has what is left of the call's, where there is a price. */
export function withCosts(row: CostFacts & { cost: string; priced: boolean }): AttemptRecord[] {
  const billed = billedOf(row)
  const rest = billed.reduce((left, { costNanoUsd }) => left - BigInt(costNanoUsd!), BigInt(row.cost))
  return (row.attempt_list ?? []).map((attempt) => {
    if (billed.includes(attempt)) return attempt
    const { costNanoUsd: _, ...own } = attempt
    return own.code === '' && !own.skipped && row.priced ? { ...own, costNanoUsd: String(rest) } : own
  })
}

/** Count times price. What failed attempts were billed comes first, each at the price of its own model. */
export function toCostLines(row: CostFacts): CostLine[] {
  const perToken = (kind: CostLine['kind'], count: number, pico: string | null): CostLine => ({
    kind,
    count,
    unitPrice: pico === null ? null : formatMicroAmount(BigInt(pico)),
    usd: pico === null ? null : formatPicoUsd(BigInt(count) * BigInt(pico)),
  })
  const image: CostLine = {
    kind: 'image',
    count: row.images,
    unitPrice: row.image_price === null ? null : formatNanoUsd(BigInt(row.image_price)),
    usd: row.image_price === null ? null : formatNanoUsd(BigInt(row.images) * BigInt(row.image_price)),
  }
  const billed = billedOf(row)
  const sum = (name: 'inputTokens' | 'outputTokens') => billed.reduce((all, attempt) => all + (attempt[name] ?? 0), 0)
  const input = Math.max(0, row.input_tokens - sum('inputTokens'))
  const cached = Math.min(row.cached_tokens, input)
  return [
    ...billed.map(
      ({ inputTokens = 0, outputTokens = 0, costNanoUsd }): CostLine => ({
        kind: 'attempt',
        count: inputTokens + outputTokens,
        unitPrice: null,
        usd: formatNanoUsd(BigInt(costNanoUsd!)),
      }),
    ),
    perToken('input', input - cached, row.input_price),
    perToken('cached', cached, row.cached_price ?? row.input_price),
    perToken('output', Math.max(0, row.output_tokens - sum('outputTokens')), row.output_price),
    image,
  ].filter(({ count }) => count > 0)
}

function formatPicoUsd(pico: bigint): string {
  const digits = pico.toString().padStart(13, '0')
  const fraction = digits.slice(-12).replace(/0+$/, '')
  return digits.slice(0, -12) + (fraction === '' ? '' : `.${fraction}`)
}
