'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { ChoiceMenu } from '#components/ui/choice-menu.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { CellView, ComparisonView, RunView } from '#lib/experiments/schema.ts'
import { gridQuery } from './experiment-queries.ts'
import { scoreWord } from './score-line.tsx'

const shownMax = 5

/** Rows on which a candidate scores below the baseline, the worst first. */
export function Regressions({
  workspace,
  run,
  comparison,
  onOpen,
  onAll,
}: {
  workspace: string
  run: RunView
  comparison: ComparisonView
  onOpen: (cell: string) => void
  onAll: (evaluator: number, candidate: number) => void
}) {
  const { baseline } = comparison
  const others = comparison.candidates.filter(({ candidate }) => candidate !== baseline)
  const [who, setWho] = useState(String(others[0]?.candidate ?? 0))
  const [what, setWhat] = useState('0')
  const [candidate, evaluator] = [Number(who), Number(what)]
  const found = useQuery({
    ...gridQuery(
      workspace,
      run.id,
      { worse: 'true', candidate: who, evaluator: what, sort: `score:${who}:${what}` },
      0,
      shownMax,
    ),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
  const rows = found.data?.items ?? []
  const total = found.data?.total ?? 0
  const said = (cells: readonly CellView[], place: number) => {
    const score = cells[place]?.scores.find((each) => each.evaluator === evaluator)
    return score ? scoreWord({ ...score, error: score.error || null }, run.setup.evaluators[evaluator]?.config) : '–'
  }
  return (
    <Card>
      <CardHeader
        title="Regressions"
        detail={`Rows that are answered worse than by ${comparison.candidates[baseline]?.name}.`}
        actions={
          <>
            <ChoiceMenu
              label="Candidate"
              value={who}
              onChange={setWho}
              options={others.map((each) => ({ value: String(each.candidate), label: each.name }))}
            />
            <ChoiceMenu
              label="Evaluator"
              value={what}
              onChange={setWhat}
              options={comparison.evaluators.map(({ name }, at) => ({ value: String(at), label: name }))}
            />
          </>
        }
      />
      {found.isError && !found.data ? (
        <p className="px-4 pb-4 text-bad text-sm">They could not be loaded: {found.error.message}</p>
      ) : !found.data ? (
        <div className="px-4 pb-4">
          <Skeleton className="h-24 w-full" />
        </div>
      ) : rows.length === 0 ? (
        <p className="px-4 pb-4 text-muted text-sm">None: no row is answered worse.</p>
      ) : (
        <>
          <ol className="divide-y border-t" aria-label="Rows that are answered worse">
            {rows.map((row) => (
              <li key={row.id}>
                <button
                  type="button"
                  onClick={() => onOpen(`${row.id}~${candidate}`)}
                  className="grid w-full grid-cols-[36px_minmax(0,1fr)_auto] gap-x-3 px-4 py-2 text-left text-sm -outline-offset-2 hover:bg-surface-2"
                >
                  <span className="figures text-faint">{formatNumber(row.position)}</span>
                  <span className="truncate">
                    {Object.values(row.inputs)
                      .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
                      .join(' · ') || '–'}
                  </span>
                  <span className="figures whitespace-nowrap">
                    <span className="text-bad">{said(row.cells, candidate)}</span>
                    <span className="text-faint"> not {said(row.cells, baseline)}</span>
                  </span>
                  <span className="col-start-2 truncate text-faint text-xs">
                    {row.cells[candidate]?.answer?.text ?? ''}
                  </span>
                </button>
              </li>
            ))}
          </ol>
          {total > rows.length && (
            <div className="border-t px-3 py-2">
              <Button size="sm" variant="quiet" onClick={() => onAll(evaluator, candidate)}>
                All {formatNumber(total)} in the grid
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  )
}
