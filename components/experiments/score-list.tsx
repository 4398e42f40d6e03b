'use client'
import Link from 'next/link'
import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import { Money } from '#components/ui/figures.tsx'
import { Spinner } from '#components/ui/spinner.tsx'
import type { PinnedSetupView, ScoreView } from '#lib/experiments/schema.ts'
import { bandOf, bandStyles } from './grid-scores.ts'
import { ScoreSign, scoreWord } from './score-line.tsx'

/** How one answer was judged, with the reasons. */
export function ScoreList({
  workspace,
  scores,
  evaluators,
}: {
  workspace: string
  scores: readonly ScoreView[]
  evaluators: PinnedSetupView['evaluators']
}) {
  if (scores.length === 0) return <p className="text-faint text-sm">Nothing judges this run’s answers.</p>
  return (
    <ul className="divide-y rounded-lg border">
      {scores.map((score) => {
        const evaluator = evaluators[score.evaluator]
        const band = bandOf(score, evaluator?.config)
        const why = score.error || score.detail
        return (
          <li key={score.evaluator} className="grid gap-1 px-3 py-2">
            <p className="flex flex-wrap items-center gap-2 text-sm">
              {score.state === 'waiting' ? <Spinner /> : <ScoreSign score={{ ...score, error: score.error || null }} />}
              <span className="font-medium">{evaluator?.name ?? 'Evaluator'}</span>
              <span
                className={cn('figures ml-auto rounded-sm px-1.5', band === null ? 'text-muted' : bandStyles[band])}
              >
                {score.state === 'waiting'
                  ? 'to come'
                  : scoreWord({ ...score, error: score.error || null }, evaluator?.config)}
              </span>
            </p>
            {why && <p className="whitespace-pre-wrap text-pretty text-muted text-sm wrap-anywhere">{why}</p>}
            {score.requestIds.length > 0 && (
              <p className="flex flex-wrap items-center gap-x-3 text-faint text-xs">
                {score.requestIds.map((id) => (
                  <Link key={id} className="link" href={`/${workspace}/requests/${id}`}>
                    The judge’s request
                  </Link>
                ))}
                <Money amount={score.cost} />
                {score.again && <Badge tone="warn">made once more</Badge>}
              </p>
            )}
          </li>
        )
      })}
    </ul>
  )
}
