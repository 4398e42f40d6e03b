'use client'
import { useQuery } from '@tanstack/react-query'
import { parseAsString, useQueryStates } from 'nuqs'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { cn } from '#components/ui/cn.ts'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { Jack } from '#components/ui/jack.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ModelView, ValidationView } from '#lib/models/schema.ts'
import { validationsQuery } from './model-queries.ts'
import { ValidationDetail } from './validation-detail.tsx'
import { durationOf, reasonWords, statusJacks, statusWords } from './validation-words.ts'

const parsers = { validation: parseAsString, against: parseAsString }

/** Every run of checks against this model, newest first; one open beside the list, compared with another. */
export function ValidationList({
  workspace,
  model,
  onRun,
  running,
  onProof,
}: {
  workspace: string
  model: ModelView
  /** Starts one; absent where the person may not. */
  onRun?: (() => void) | undefined
  running: boolean
  onProof: (validationId: string, what: string) => void
}) {
  const [chosen, setChosen] = useQueryStates(parsers, { history: 'push' })
  const list = useQuery({
    ...validationsQuery(workspace, model.id),
    refetchInterval: (query) => (query.state.data?.items.some((each) => each.status === 'running') ? 1_000 : false),
  })
  const run = onRun && (
    <Button size="sm" loading={running} onClick={onRun}>
      Run again
    </Button>
  )
  if (list.error && !list.data) {
    return (
      <Card>
        <ErrorState
          title="The validations could not be loaded"
          requestId={list.error instanceof ApiError ? list.error.requestId : undefined}
          onRetry={() => void list.refetch()}
          retrying={list.isFetching}
        >
          {list.error.message}
        </ErrorState>
      </Card>
    )
  }
  const items = list.data?.items
  if (items?.length === 0) {
    return (
      <Card>
        <EmptyState title="No validation yet" action={run}>
          Run one: what it finds stands here with its proof.
        </EmptyState>
      </Card>
    )
  }
  const open = items && (items.find(({ id }) => id === chosen.validation) ?? items[0])
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(280px,1fr)_minmax(0,2.4fr)]">
      <Card className="overflow-hidden lg:sticky lg:top-16">
        <header className="flex min-h-12 items-center gap-2 border-b px-4 py-2">
          <h2 className="flex-1 font-semibold">Runs</h2>
          {run}
        </header>
        {items ? (
          <ul className="max-h-[min(640px,calc(100dvh-12rem))] divide-y overflow-y-auto">
            {items.map((validation) => (
              <li key={validation.id}>
                <Row
                  validation={validation}
                  current={validation.id === model.validationId}
                  open={validation === open}
                  onOpen={() => void setChosen({ validation: validation.id, against: null })}
                />
              </li>
            ))}
          </ul>
        ) : (
          <div className="grid gap-3 px-4 py-3">
            <Skeleton className="h-9" />
            <Skeleton className="h-9" />
          </div>
        )}
        {list.data?.nextCursor && (
          <p className="border-t px-4 py-2 text-faint text-xs">The newest 50. Older ones come through the API.</p>
        )}
      </Card>
      {open && items ? (
        <ValidationDetail
          key={open.id}
          workspace={workspace}
          listed={open}
          others={items.filter((each) => each !== open)}
          against={chosen.against}
          onAgainst={(against) => void setChosen({ validation: open.id, against })}
          onProof={(what) => onProof(open.id, what)}
        />
      ) : (
        <Skeleton className="h-96 rounded-xl" />
      )}
    </div>
  )
}

function Row({
  validation,
  current,
  open,
  onOpen,
}: {
  validation: ValidationView
  current: boolean
  open: boolean
  onOpen: () => void
}) {
  return (
    <button
      type="button"
      aria-current={open ? 'true' : undefined}
      onClick={onOpen}
      className={cn(
        'grid w-full gap-0.5 px-4 py-2.5 text-left text-sm -outline-offset-2 transition-colors hover:bg-surface-2',
        open && 'bg-surface-2 shadow-[inset_2px_0_0_var(--text)]',
      )}
    >
      <span className="flex items-center gap-2">
        <Jack state={statusJacks[validation.status]} className="size-3.5" />
        <span className="font-medium">{statusWords[validation.status]}</span>
        <RelativeTime at={validation.startedAt} className="text-muted" />
        {current && <span className="ml-auto text-faint text-xs">on the card</span>}
      </span>
      <span className="pl-[22px] text-muted text-xs">
        {reasonWords[validation.reason]}
        {validation.startedBy && validation.reason !== 'drift' && ` · ${validation.startedBy}`}
      </span>
      <span className="pl-[22px] text-faint text-xs">
        <Count value={validation.calls} /> {validation.calls === 1 ? 'call' : 'calls'} ·{' '}
        <Money amount={validation.limits.cost ? validation.cost : null} />
        {validation.finishedAt !== null && (
          <>
            {' '}
            · <Duration ms={durationOf(validation)} />
          </>
        )}
      </span>
    </button>
  )
}
