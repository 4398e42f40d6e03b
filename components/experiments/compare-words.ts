import type { CandidateScores, ComparisonView, EvaluatorConfig } from '#lib/experiments/schema.ts'
import { formatScore } from './score-line.tsx'

/** A mean as people read it: a share of what passes, or a measure. */
export function formatMean(mean: number | null, graded: boolean): string {
  if (mean === null) return '–'
  return graded ? formatScore(mean) : `${Number((mean * 100).toFixed(1))} %`
}

/** What an evaluator says at least and at most, so that its means can be drawn on one scale. */
export function boundsOf(config: EvaluatorConfig | undefined): { min: number; max: number } {
  return config?.kind === 'judge' && config.answer.type === 'number'
    ? { min: config.answer.min, max: config.answer.max }
    : { min: 0, max: 1 }
}

/** A mean from 0 to 1; null where nothing was scored. */
export function qualityOf(scores: Pick<CandidateScores, 'mean'> | undefined, config: EvaluatorConfig | undefined) {
  if (!scores || scores.mean === null) return null
  const { min, max } = boundsOf(config)
  return Math.min(1, Math.max(0, (scores.mean - min) / (max - min)))
}

/** The span around zero that holds every interval of one evaluator, a little wider. */
export function reachOf(scores: ComparisonView['evaluators'][number]): number {
  const ends = scores.candidates.flatMap(({ versus }) => (versus ? [Math.abs(versus.low), Math.abs(versus.high)] : []))
  return Math.max(1e-6, ...ends) * 1.15
}

/** Steps of an axis from zero: round figures, four at most. */
export function ticksTo(most: number): number[] {
  if (!(most > 0)) return [0]
  const raw = most / 3
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw) ?? raw
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, at) => at * step)
}

export interface Label {
  /** Where it begins and ends, and the middle of its line. */
  left: number
  right: number
  y: number
}

/**
 * The middles of lines, moved as little as it takes for none to stand on another: each at least `line` below those that it
 * would touch, and none below `bottom` where there is room above. In the order given.
 */
export function spreadLabels(labels: readonly Label[], line: number, bottom: number): number[] {
  const placed = labels.map(({ y }) => y)
  const order = labels.map((_, at) => at).sort((one, other) => labels[one]!.y - labels[other]!.y || one - other)
  const touches = (one: number, other: number) =>
    labels[one]!.left < labels[other]!.right && labels[other]!.left < labels[one]!.right
  for (const [turn, at] of order.entries())
    for (const before of order.slice(0, turn))
      if (touches(at, before)) placed[at] = Math.max(placed[at]!, placed[before]! + line)
  for (const [turn, at] of order.toReversed().entries()) {
    placed[at] = Math.min(placed[at]!, bottom)
    for (const after of order.toReversed().slice(0, turn))
      if (touches(at, after)) placed[at] = Math.min(placed[at]!, placed[after]! - line)
  }
  return placed
}
