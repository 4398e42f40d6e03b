import { toMoneyView } from '#lib/core/money.ts'
import type { FactRow } from './facts.ts'
import type { UsageFigures } from './schema.ts'

const counts = {
  requests: 'requests',
  ok: 'ok',
  errors: 'errors',
  aborted: 'aborted',
  refused: 'refused',
  probes: 'probes',
  inputTokens: 'input_tokens',
  cachedTokens: 'cached_tokens',
  outputTokens: 'output_tokens',
  reasoningTokens: 'reasoning_tokens',
  images: 'images',
  unpriced: 'unpriced',
  estimated: 'estimated',
  estimatedTokens: 'estimated_tokens',
  cacheHits: 'cache_hits',
} as const satisfies Record<Exclude<keyof UsageFigures, 'cost'>, keyof FactRow>
const names = Object.keys(counts) as (keyof typeof counts)[]

/** The sum of what the database summed; money exact. */
export function toFigures(rows: readonly FactRow[]): UsageFigures {
  let nanoUsd = 0n
  for (const row of rows) nanoUsd += BigInt(row.cost_nano_usd)
  const sums = names.map((name) => [name, rows.reduce((sum, row) => sum + Number(row[counts[name]]), 0)])
  return { ...(Object.fromEntries(sums) as Record<keyof typeof counts, number>), cost: toMoneyView(nanoUsd) }
}

export function addFigures(parts: readonly UsageFigures[]): UsageFigures {
  let nanoUsd = 0n
  for (const { cost } of parts) nanoUsd += BigInt(cost.nanoUsd)
  const sums = names.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)])
  return { ...(Object.fromEntries(sums) as Record<keyof typeof counts, number>), cost: toMoneyView(nanoUsd) }
}

/** The greatest cost first, then the most requests. */
export function byCost(one: UsageFigures, other: UsageFigures): number {
  const difference = BigInt(other.cost.nanoUsd) - BigInt(one.cost.nanoUsd)
  return difference === 0n ? other.requests - one.requests : difference > 0n ? 1 : -1
}
