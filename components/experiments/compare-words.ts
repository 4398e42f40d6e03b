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
