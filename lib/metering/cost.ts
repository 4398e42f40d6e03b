import { divideHalfEven } from '#lib/core/money.ts'
import type { Usage } from '#lib/openai/wire/usage.ts'
import type { Price } from './schema.ts'

export interface Cost {
  /** Whole nano-dollars; 0 where unpriced. */
  costNanoUsd: bigint
  /** False where something was used whose price is null. A call is priced whole or not at all. */
  priced: boolean
}

/** The most of one kind that a call may report; above it a count is taken for nonsense. */
export const countMax = 1_000_000_000

/**
 * (input - cached) x input price + cached x cached price + output x output price + images x image price, rounded once,
 * half to even. Cached tokens without a price of their own cost the input price. `outputTokens` holds the reasoning
 * tokens that are to be paid. Where pictures have a price, tokens without one are part of it. Counts are whole, 0 to `countMax`; `cachedInputTokens` above `inputTokens` counts as equal.
 */
export function costOf(usage: Usage, price: Price | null): Cost {
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens)
  const parts: [count: number, picoUsd: bigint | null | undefined][] = [
    [usage.inputTokens - cached, price?.inputPicoUsdPerToken],
    [cached, price?.cachedInputPicoUsdPerToken ?? price?.inputPicoUsdPerToken],
    [usage.outputTokens, price?.outputPicoUsdPerToken],
    [usage.images, price?.imageNanoUsd == null ? null : price.imageNanoUsd * 1_000n],
  ]
  const paidByPicture = usage.images > 0 && price?.imageNanoUsd != null
  let picoUsd = 0n
  for (const [count, each] of parts) {
    if (count === 0) continue
    if (each == null && paidByPicture) continue
    if (each == null) return { costNanoUsd: 0n, priced: false }
    picoUsd += BigInt(count) * each
  }
  return { costNanoUsd: divideHalfEven(picoUsd, 1_000n), priced: true }
}

/** Tokens of a text of so many UTF-8 bytes: a quarter of them, half up. For calls whose server told no usage. */
export function estimateTokens(bytes: number): number {
  return Math.round(bytes / 4)
}
