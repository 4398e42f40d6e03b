import { CircleCheck, CircleDashed, CircleX, TriangleAlert } from 'lucide-react'
import { cn } from '#components/ui/cn.ts'
import { type EvaluatorConfig, isGraded, type Score } from '#lib/experiments/schema.ts'

type Judged = Pick<Score, 'passed' | 'value' | 'label' | 'skipped'> & { error: string | null }

/** A measure with at most three decimals. */
export function formatScore(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3)))
}

/** What a score says in a word: a label, a figure, or whether it passes. */
export function scoreWord(
  { passed, value, label, skipped, error }: Judged,
  config: EvaluatorConfig | undefined,
): string {
  if (error) return 'not judged'
  if (skipped) return 'nothing to compare'
  if (label !== null) return label
  if (value !== null && ((config && isGraded(config)) || passed === null)) return formatScore(value)
  return passed === null ? 'in words' : passed ? 'passes' : 'fails'
}

/** Pass, fail, no verdict, or no judgement at all: a sign whose shape alone tells them apart. */
export function ScoreSign({ score, className }: { score: Judged; className?: string }) {
  const [Icon, tone, word] = score.error
    ? ([TriangleAlert, 'text-warn', 'not judged'] as const)
    : score.passed === true
      ? ([CircleCheck, 'text-ok', 'passes'] as const)
      : score.passed === false
        ? ([CircleX, 'text-bad', 'fails'] as const)
        : ([CircleDashed, 'text-faint', 'no verdict'] as const)
  return <Icon className={cn('size-4 shrink-0', tone, className)} role="img" aria-label={word} />
}
