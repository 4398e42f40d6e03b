'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { ChoiceMenu } from '#components/ui/choice-menu.tsx'
import { cn } from '#components/ui/cn.ts'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { Notice } from '#components/ui/notice.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { Candidate, ComparisonView, PinnedSetupView, RunView } from '#lib/experiments/schema.ts'
import { CanaryDialog } from './canary-dialog.tsx'
import { candidateColour } from './candidates.ts'
import { CompareEvaluator } from './compare-evaluator.tsx'
import { ComparePicture } from './compare-picture.tsx'
import { comparisonQuery, type ExperimentState } from './experiment-queries.ts'
import { Regressions } from './regressions.tsx'

/** Candidates side by side: what they are worth, what they cost, and whether a difference is more than chance. */
export function CompareTab({
  workspace,
  run,
  state,
  setState,
  canWrite,
  replayOf,
}: {
  workspace: string
  run: RunView
  /** The deployment whose requests are answered anew. */
  replayOf: string | null
  state: ExperimentState
  setState: (patch: Partial<ExperimentState>) => void
  canWrite: boolean
}) {
  const compared = useQuery({
    ...comparisonQuery(workspace, run.id, state.baseline),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
  const { data } = compared
  const [canary, setCanary] = useState<Extract<Candidate, { kind: 'model' }>>()
  if (compared.error && !data)
    return (
      <div className="rounded-xl border bg-surface-1">
        <ErrorState
          title="The candidates could not be compared"
          requestId={compared.error instanceof ApiError ? compared.error.requestId : undefined}
          onRetry={() => void compared.refetch()}
          retrying={compared.isFetching}
        >
          {compared.error.message}
        </ErrorState>
      </div>
    )
  if (!data)
    return (
      <div className="grid gap-4" role="status" aria-label="Comparing">
        <Skeleton className="h-44 w-full rounded-xl" />
        <Skeleton className="h-64 w-full rounded-xl" />
      </div>
    )
  const { evaluators } = run.setup
  const worse = (evaluator: number, candidate: number) =>
    setState({ tab: 'grid', verdict: 'worse', evaluator, candidate, sort: `score:${candidate}:${evaluator}` })
  const isOwnBaseline = data.baseline === run.setup.baseline
  return (
    <div className={cn('grid grid-cols-[minmax(0,1fr)] gap-4', compared.isPlaceholderData && 'opacity-60')}>
      {run.left > 0 && (
        <Notice tone="info" live={false}>
          {formatNumber(run.left)} answers are still to come: what stands here will move.
        </Notice>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          <Candidates
            comparison={data}
            setup={run.setup}
            onBaseline={(baseline) => setState({ baseline: baseline === run.setup.baseline ? null : baseline })}
            {...(replayOf !== null && canWrite && { onCanary: setCanary })}
          />
          {data.evaluators.map((each) => (
            <CompareEvaluator
              key={each.evaluator}
              comparison={data}
              compared={each}
              config={evaluators[each.evaluator]?.config}
              {...(isOwnBaseline && canWrite && { onWorse: (candidate) => worse(each.evaluator, candidate) })}
            />
          ))}
        </div>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          {canary && replayOf !== null && (
            <CanaryDialog
              workspace={workspace}
              deploymentId={replayOf}
              candidate={{ ...canary, address: addressOf(run.setup, canary) }}
              onClose={() => setCanary(undefined)}
            />
          )}
          <ComparePicture comparison={data} setup={run.setup} />
          {canWrite && isOwnBaseline && data.evaluators.length > 0 && data.candidates.length > 1 && (
            <Regressions
              workspace={workspace}
              run={run}
              comparison={data}
              onOpen={(cell) => setState({ cell, tab: 'grid' })}
              onAll={worse}
            />
          )}
        </div>
      </div>
    </div>
  )
}

const addressOf = (setup: PinnedSetupView, { key }: Candidate) =>
  setup.candidates.find(({ candidate }) => candidate.key === key)?.address ?? key

/** Where it is the deployment's own prompt that was answered: with another one it would be another version. */
function CanaryButton({
  candidate,
  onCanary,
}: {
  candidate: Candidate | undefined
  onCanary: (candidate: Extract<Candidate, { kind: 'model' }>) => void
}) {
  if (candidate?.kind !== 'model' || candidate.prompt.messages.length > 0) return null
  return (
    <Button size="sm" onClick={() => onCanary(candidate)} aria-label={`Make ${candidate.name} a canary`}>
      Make it a canary
    </Button>
  )
}

function Candidates({
  comparison,
  setup,
  onBaseline,
  onCanary,
}: {
  comparison: ComparisonView
  setup: PinnedSetupView
  onBaseline: (candidate: number) => void
  onCanary?: (candidate: Extract<Candidate, { kind: 'model' }>) => void
}) {
  const { candidates, baseline } = comparison
  const isRecorded = (place: number) => setup.candidates[place]?.candidate.kind === 'recorded'
  const hasRatings = candidates.some(({ reviews }) => reviews > 0)
  return (
    <Card>
      <CardHeader
        title="Candidates"
        actions={
          candidates.length > 1 && (
            <span className="flex items-center gap-2 text-muted text-sm">
              Held against
              <ChoiceMenu
                label="Baseline"
                value={String(baseline)}
                onChange={(next) => onBaseline(Number(next))}
                options={candidates.map(({ candidate, name }) => ({ value: String(candidate), label: name }))}
              />
            </span>
          )
        }
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section tabIndex={0} className="relative overflow-x-auto px-4 pb-4" aria-label="Candidates side by side">
        <table className="w-full min-w-[520px] text-sm">
          <thead>
            <tr className="text-faint text-xs [&_th]:pb-1.5 [&_th]:text-right [&_th]:font-normal [&_th]:first:text-left">
              <th scope="col">Candidate</th>
              <th scope="col">Done</th>
              <th scope="col">p50</th>
              <th scope="col">p95</th>
              <th scope="col">Tokens out</th>
              <th scope="col">An answer</th>
              <th scope="col">All</th>
              {hasRatings && <th scope="col">Rating</th>}
              {onCanary && (
                <th scope="col">
                  <span className="sr-only">What to do</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody className="[&_td]:border-t [&_td]:py-2 [&_td]:pl-3 [&_td]:text-right [&_th]:border-t [&_th]:py-2">
            {candidates.map((each) => (
              <tr key={each.candidate}>
                <th scope="row" className="max-w-48 text-left font-medium">
                  <span className="flex min-w-0 items-center gap-2">
                    <span
                      aria-hidden="true"
                      className="size-2 shrink-0 rounded-full"
                      style={{ background: candidateColour(each.candidate) }}
                    />
                    <span className="truncate">{each.name}</span>
                  </span>
                </th>
                <td className="figures whitespace-nowrap">
                  {formatNumber(each.done)}
                  {each.failed > 0 && <span className="text-bad"> +{formatNumber(each.failed)} failed</span>}
                </td>
                <td>
                  <Duration ms={each.latencyMs.p50} />
                </td>
                <td>
                  <Duration ms={each.latencyMs.p95} />
                </td>
                <td>
                  <Count value={each.outputTokens === null ? null : Math.round(each.outputTokens)} />
                </td>
                <td>{isRecorded(each.candidate) ? <Count value={null} /> : <Money amount={each.costPerAnswer} />}</td>
                <td>{isRecorded(each.candidate) ? <Count value={null} /> : <Money amount={each.cost} />}</td>
                {hasRatings && (
                  <td className="figures">
                    {each.rating === null ? '–' : Number(each.rating.toFixed(1))}
                    <span className="text-faint"> of {formatNumber(each.reviews)}</span>
                  </td>
                )}
                {onCanary && (
                  <td>
                    <CanaryButton candidate={setup.candidates[each.candidate]?.candidate} onCanary={onCanary} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  )
}
