import { AppError } from '#lib/core/errors.ts'
import type { Candidate, ComparisonView, RunView } from '#lib/experiments/schema.ts'
import type { Threshold } from './arguments.ts'

export interface CheckedThreshold extends Threshold {
  candidate: string
  /** Null: nothing was scored. */
  mean: number | null
  /** Answers that failed, or could not be judged. */
  failed: number
  holds: boolean
}

type Setup = RunView['setup']

/**
 * Each threshold against the mean of each candidate that it is for. An answer that failed, or that could not be judged,
 * breaks it: its mean would say more than is known. Throws `invalid_request` where a name means nothing in the run.
 */
export function checkThresholds(
  thresholds: readonly Threshold[],
  candidate: string | undefined,
  setup: Setup,
  comparison: ComparisonView,
): CheckedThreshold[] {
  const places = placesOf(
    candidate,
    setup.candidates.map((each) => each.candidate),
  )
  return thresholds.flatMap(({ evaluator, least }) => {
    const at = setup.evaluators.findIndex(({ id, name }) => id === evaluator || name === evaluator)
    if (at < 0)
      throw unknown(
        'evaluator',
        evaluator,
        setup.evaluators.map(({ name }) => name),
      )
    return places.map((place) => {
      const scores = comparison.evaluators[at]?.candidates[place]
      const facts = comparison.candidates[place]
      const mean = scores?.mean ?? null
      const failed = (facts?.failed ?? 0) + (facts?.left ?? 0)
      const name = setup.candidates[place]!.candidate.name
      return { evaluator, least, candidate: name, mean, failed, holds: mean !== null && mean >= least && failed === 0 }
    })
  })
}

/** Which candidates are meant: the one that is named, else all that are called. */
export function placesOf(candidate: string | undefined, candidates: readonly Candidate[]): number[] {
  if (candidate === undefined) return candidates.flatMap((each, place) => (each.kind === 'recorded' ? [] : [place]))
  const place = candidates.findIndex((each) => each.name === candidate || each.key === candidate)
  if (place < 0)
    throw unknown(
      'candidate',
      candidate,
      candidates.map(({ name }) => name),
    )
  return [place]
}

function unknown(what: string, name: string, known: readonly string[]): AppError {
  return new AppError({
    kind: 'invalid_input',
    code: 'invalid_request',
    message: `The experiment has no ${what} “${name}”. It has: ${known.join(', ') || 'none'}.`,
  })
}
