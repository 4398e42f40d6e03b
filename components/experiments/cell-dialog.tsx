'use client'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown, ChevronLeft, ChevronRight, ChevronUp } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useRef, useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Facts } from '#components/ui/card.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { CellDetailView, RunView } from '#lib/experiments/schema.ts'
import { candidateColour } from './candidates.ts'
import { CellAnswer, RowAsked } from './cell-parts.tsx'
import { cellQuery } from './experiment-queries.ts'
import { ReviewForm } from './review-form.tsx'
import { ScoreList } from './score-list.tsx'

/** One answer whole: what was asked, what came, how it was judged, and its request. Keys walk on from it. */
export function CellDialog({
  workspace,
  run,
  rowId,
  candidate,
  canWrite,
  personId,
  onClose,
  onWalk,
  walks,
}: {
  workspace: string
  run: RunView
  rowId: string
  candidate: number
  canWrite: boolean
  personId: string
  onClose: () => void
  /** So many rows down, so many candidates to the right. */
  onWalk: (rows: number, aside: number) => void
  /** It is known where in the grid the row stands. */
  walks: boolean
}) {
  const detail = useQuery(cellQuery(workspace, run.id, rowId, candidate))
  const [reviewing, setReviewing] = useState(false)
  const { candidates } = run.setup
  const who = candidates[candidate]

  const walk = useRef(onWalk)
  walk.current = onWalk
  // Wherever in the dialog the focus is.
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.altKey || event.ctrlKey || event.metaKey) return
      if ((event.target as Element).closest('input, textarea, select, [role=combobox], [role=menu]')) return
      const step: Record<string, [number, number]> = {
        j: [1, 0],
        ArrowDown: [1, 0],
        k: [-1, 0],
        ArrowUp: [-1, 0],
        ArrowRight: [0, 1],
        ArrowLeft: [0, -1],
      }
      const go = step[event.key]
      if (!go || (go[0] !== 0 && !walks)) return
      event.preventDefault()
      walk.current(...go)
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [walks])

  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="wide"
      padded={false}
      title={
        <span className="flex min-w-0 items-center gap-2">
          <span
            aria-hidden="true"
            className="size-2.5 shrink-0 rounded-full"
            style={{ background: candidateColour(candidate) }}
          />
          <span className="truncate">{who?.candidate.name ?? 'Answer'}</span>
          <span className="font-normal text-muted">
            {detail.data ? `row ${formatNumber(detail.data.position)}` : ''}
          </span>
        </span>
      }
      headerActions={
        <span className="flex">
          <IconButton size="sm" label="Candidate to the left" disabled={candidate === 0} onClick={() => onWalk(0, -1)}>
            <ChevronLeft />
          </IconButton>
          <IconButton
            size="sm"
            label="Candidate to the right"
            disabled={candidate >= candidates.length - 1}
            onClick={() => onWalk(0, 1)}
          >
            <ChevronRight />
          </IconButton>
          <IconButton size="sm" label="Row above" disabled={!walks} onClick={() => onWalk(-1, 0)}>
            <ChevronUp />
          </IconButton>
          <IconButton size="sm" label="Row below" disabled={!walks} onClick={() => onWalk(1, 0)}>
            <ChevronDown />
          </IconButton>
        </span>
      }
    >
      <div>
        {detail.error && !detail.data ? (
          <ErrorState
            title="The answer could not be loaded"
            requestId={detail.error instanceof ApiError ? detail.error.requestId : undefined}
            onRetry={() => void detail.refetch()}
            retrying={detail.isFetching}
          >
            {detail.error.message}
          </ErrorState>
        ) : !detail.data ? (
          <div className="grid gap-3 p-5">
            <Skeleton className="h-24 w-full" />
            <Skeleton className="h-40 w-full" />
          </div>
        ) : (
          <div className="grid md:grid-cols-[minmax(0,1fr)_360px]">
            <div className="grid min-w-0 content-start gap-5 px-5 py-4">
              <RowAsked row={detail.data} />
              <section className="grid gap-2">
                <h3 className="font-medium text-muted text-xs">Answer</h3>
                <CellAnswer cell={detail.data.cell} />
              </section>
              <section className="grid gap-2">
                <h3 className="font-medium text-muted text-xs">Scores</h3>
                <ScoreList workspace={workspace} scores={detail.data.cell.scores} evaluators={run.setup.evaluators} />
              </section>
            </div>
            <div className="grid min-w-0 content-start gap-4 border-t bg-surface-0 px-5 py-4 md:border-t-0 md:border-l">
              <CellFacts workspace={workspace} detail={detail.data} />
              <section className="border-t pt-4">
                <ReviewForm
                  key={`${rowId} ${candidate}`}
                  workspace={workspace}
                  runId={run.id}
                  rowId={rowId}
                  candidate={candidate}
                  reviews={detail.data.cell.reviews}
                  canWrite={canWrite}
                  personId={personId}
                  startsOpen={reviewing}
                  onOpen={() => setReviewing(true)}
                />
              </section>
            </div>
          </div>
        )}
      </div>
    </Dialog>
  )
}

function CellFacts({ workspace, detail: { cell } }: { workspace: string; detail: CellDetailView }) {
  return (
    <Facts
      facts={[
        {
          label: 'State',
          value: (
            <span className="flex flex-wrap gap-1.5">
              {{ waiting: 'Waiting', answered: 'Not judged yet', done: 'Done', failed: 'Failed' }[cell.state]}
              {cell.again && (
                <Badge tone="warn" title="It was in flight when its process died, and was made once more.">
                  made once more
                </Badge>
              )}
              {cell.tries > 1 && <Badge>{cell.tries} tries</Badge>}
            </span>
          ),
        },
        { label: 'Latency', value: <Duration ms={cell.latencyMs} /> },
        ...(cell.firstTokenMs === null ? [] : [{ label: 'First token', value: <Duration ms={cell.firstTokenMs} /> }]),
        {
          label: 'Tokens',
          value: (
            <>
              <Count value={cell.inputTokens} /> in, <Count value={cell.outputTokens} /> out
            </>
          ),
        },
        { label: 'Cost', value: cell.requestId ? <Money amount={cell.cost} /> : <Count value={null} /> },
        ...(cell.finishReason ? [{ label: 'Ended with', value: <code>{cell.finishReason}</code> }] : []),
        {
          label: 'Request',
          value: cell.requestId ? (
            <Link className="link figures break-all text-sm" href={`/${workspace}/requests/${cell.requestId}`}>
              {cell.requestId}
            </Link>
          ) : (
            <span className="text-faint">none was made</span>
          ),
        },
      ]}
    />
  )
}
