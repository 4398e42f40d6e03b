'use client'
import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { ChoiceMenu } from '#components/ui/choice-menu.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { Kbd } from '#components/ui/kbd.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { Switch } from '#components/ui/toggles.tsx'
import type { RunView } from '#lib/experiments/schema.ts'
import { candidateColour } from './candidates.ts'
import { CellAnswer, RowAsked } from './cell-parts.tsx'
import { cellQuery, gridQuery } from './experiment-queries.ts'
import { ReviewForm } from './review-form.tsx'
import { ScoreList } from './score-list.tsx'

/** One answer at a time, by the keyboard: a rating, a category, a correction, a comment. */
export function ReviewTab({ workspace, run, personId }: { workspace: string; run: RunView; personId: string }) {
  const { candidates } = run.setup
  const [only, setOnly] = useState('all')
  const [blind, setBlind] = useState(false)
  const [at, setAt] = useState(0)
  const boxRef = useRef<HTMLDivElement>(null)
  const shown = only === 'all' ? candidates.map((_, place) => place) : [Number(only)]
  const rowIndex = Math.floor(at / shown.length)
  const candidate = shown[at % shown.length]!
  // The row by its place, then its answer whole.
  const place = useQuery({ ...gridQuery(workspace, run.id, {}, rowIndex, 1), staleTime: 30_000 })
  const row = place.data?.items[0]
  const total = (place.data?.total ?? run.rows) * shown.length
  const detail = useQuery({ ...cellQuery(workspace, run.id, row?.id ?? '', candidate), enabled: row !== undefined })
  const move = (step: number) => setAt((before) => Math.max(0, Math.min(total - 1, before + step)))
  const moveNow = useRef(move)
  moveNow.current = move

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const target = event.target as Element
      if (event.key === 'Escape' && target.closest('[data-review]')) {
        boxRef.current?.focus()
        return
      }
      if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector('[role=dialog], [role=menu]')) return
      if (target.closest('input, textarea, select, [role=combobox], [role=tab]')) return
      const box = boxRef.current
      const words: Record<string, string> = { c: 'comment', e: 'correction', t: 'category' }
      if (/^[1-5]$/.test(event.key)) box?.querySelector<HTMLElement>(`[data-rating="${event.key}"]`)?.click()
      else if (event.key === 'j' || event.key === 'ArrowRight') moveNow.current(1)
      else if (event.key === 'k' || event.key === 'ArrowLeft') moveNow.current(-1)
      else if (words[event.key]) box?.querySelector<HTMLElement>(`[data-review="${words[event.key]}"]`)?.focus()
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])

  const error = (place.error && !place.data && place.error) || (detail.error && !detail.data && detail.error)
  const name = candidates[candidate]?.candidate.name ?? ''
  return (
    <Card>
      <h2 className="sr-only">Answers to review</h2>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-4 py-2.5">
        <p className="figures text-sm" role="status">
          {formatNumber(Math.min(at + 1, total))} <span className="text-faint">of {formatNumber(total)}</span>
        </p>
        {candidates.length > 1 && (
          <ChoiceMenu
            label="Answers of"
            value={only}
            onChange={(next) => {
              setOnly(next)
              setAt(rowIndex * (next === 'all' ? candidates.length : 1))
            }}
            options={[
              { value: 'all', label: 'All candidates' },
              ...candidates.map((each, index) => ({ value: String(index), label: each.candidate.name })),
            ]}
          />
        )}
        <Switch checked={blind} onChange={setBlind} label="Hide who answered" />
        <p className="text-faint text-xs max-lg:hidden">
          <Kbd>1</Kbd> to <Kbd>5</Kbd> rate, <Kbd>t</Kbd> category, <Kbd>e</Kbd> correct, <Kbd>c</Kbd> comment,{' '}
          <Kbd>j</Kbd> <Kbd>k</Kbd> walk
        </p>
        <span className="ml-auto flex gap-1.5">
          <Button size="sm" disabled={at === 0} onClick={() => move(-1)}>
            <ChevronLeft aria-hidden="true" /> Back
          </Button>
          <Button size="sm" disabled={at >= total - 1} onClick={() => move(1)}>
            Next <ChevronRight aria-hidden="true" />
          </Button>
        </span>
      </div>
      {error ? (
        <ErrorState
          title="The answer could not be loaded"
          requestId={error instanceof ApiError ? error.requestId : undefined}
          onRetry={() => void (place.error ? place.refetch() : detail.refetch())}
          retrying={place.isFetching || detail.isFetching}
        >
          {error.message}
        </ErrorState>
      ) : place.data && !row ? (
        <EmptyState title="Nothing to review yet">The first answers show here as soon as they come.</EmptyState>
      ) : !detail.data ? (
        <div className="grid min-h-80 content-start gap-3 p-5">
          <Skeleton className="h-16 w-full" />
          <Skeleton className="h-40 w-full" />
        </div>
      ) : (
        <div ref={boxRef} tabIndex={-1} className="grid outline-none lg:grid-cols-[minmax(0,1fr)_360px]">
          <div className="grid min-w-0 content-start gap-5 px-5 py-4">
            <RowAsked row={detail.data} />
            <section className="grid gap-2" aria-live="polite">
              <h3 className="flex items-center gap-2 font-medium text-muted text-xs">
                {!blind && (
                  <span
                    aria-hidden="true"
                    className="size-2 rounded-full"
                    style={{ background: candidateColour(candidate) }}
                  />
                )}
                {blind ? 'Answer' : `Answer of ${name}`}
              </h3>
              <CellAnswer cell={detail.data.cell} />
            </section>
            {!blind && detail.data.cell.scores.length > 0 && (
              <section className="grid gap-2">
                <h3 className="font-medium text-muted text-xs">Scores</h3>
                <ScoreList workspace={workspace} scores={detail.data.cell.scores} evaluators={run.setup.evaluators} />
              </section>
            )}
          </div>
          <div className="min-w-0 border-t bg-surface-0 px-5 py-4 lg:border-t-0 lg:border-l">
            <ReviewForm
              key={`${detail.data.id} ${candidate}`}
              workspace={workspace}
              runId={run.id}
              rowId={detail.data.id}
              candidate={candidate}
              reviews={detail.data.cell.reviews}
              canWrite
              personId={personId}
              startsOpen
            />
          </div>
        </div>
      )}
    </Card>
  )
}
