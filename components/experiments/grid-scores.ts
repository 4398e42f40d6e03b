import type { EvaluatorConfig, ScoreView } from '#lib/experiments/schema.ts'

/** Five colours from low to high. */
export const bandStyles = [
  'bg-[color-mix(in_oklab,var(--bad)_24%,var(--surface-1))]',
  'bg-[color-mix(in_oklab,var(--bad)_11%,var(--surface-1))]',
  'bg-surface-3',
  'bg-[color-mix(in_oklab,var(--ok)_12%,var(--surface-1))]',
  'bg-[color-mix(in_oklab,var(--ok)_26%,var(--surface-1))]',
] as const

type Judged = Pick<ScoreView, 'state' | 'passed' | 'value' | 'skipped'>

/** How good a score is from 0 to 1, by what its evaluator can say; null: it says neither good nor bad. */
export function goodness(
  { state, passed, value, skipped }: Judged,
  config: EvaluatorConfig | undefined,
): number | null {
  if (state !== 'done' || skipped) return null
  if (value === null) return passed === null ? null : Number(passed)
  const { min, max } = config?.kind === 'judge' && config.answer.type === 'number' ? config.answer : { min: 0, max: 1 }
  return Math.min(1, Math.max(0, (value - min) / (max - min)))
}

/** The band of a score, 0 to 4; null where it has no colour. */
export function bandOf(score: Judged, config: EvaluatorConfig | undefined): number | null {
  const good = goodness(score, config)
  return good === null ? null : Math.min(4, Math.floor(good * 5))
}
