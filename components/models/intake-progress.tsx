'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useEffect } from 'react'
import { typeShort } from '#components/prompt/model-words.ts'
import { Button } from '#components/ui/button.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Jack, type JackState } from '#components/ui/jack.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { IntakeRowView, IntakeView } from '#lib/models/schema.ts'
import { intakeQuery, stopIntake } from './intake-api.ts'

const pollMs = 700

/** Follows an intake until it is over; the list of models follows along. */
export function useIntake(workspace: string, id: string | undefined) {
  const queryClient = useQueryClient()
  const query = useQuery({
    ...intakeQuery(workspace, id ?? ''),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data && state.data.status !== 'running' ? false : pollMs),
  })
  const added = query.data?.rows.filter((row) => row.state === 'added').length ?? 0
  useEffect(() => {
    if (added > 0) void queryClient.invalidateQueries({ queryKey: ['models', workspace] })
  }, [added, queryClient, workspace])
  return query
}

const jacks: Readonly<Record<IntakeRowView['state'], JackState>> = {
  waiting: 'idle',
  running: 'run',
  added: 'ok',
  failed: 'bad',
  skipped: 'off',
}

const stateWords: Readonly<Record<IntakeRowView['state'], string>> = {
  waiting: 'waiting',
  running: 'checking',
  added: 'added',
  failed: 'not added',
  skipped: 'left out',
}

/** What becomes of each model, as it comes. */
export function IntakeProgress({ workspace, intake }: { workspace: string; intake: IntakeView }) {
  const over = intake.rows.filter((row) => row.state !== 'waiting' && row.state !== 'running').length
  return (
    <div className="grid min-w-0 gap-3">
      <div
        role="progressbar"
        aria-label="Models checked"
        aria-valuemin={0}
        aria-valuemax={intake.rows.length}
        aria-valuenow={over}
        className="h-1 overflow-hidden rounded-full bg-surface-3"
      >
        <div
          className="h-full bg-accent transition-[width]"
          style={{ width: `${(100 * over) / Math.max(1, intake.rows.length)}%` }}
        />
      </div>
      {intake.status === 'lost' && (
        <Notice tone="warn">
          Patchbay was restarted in the middle of this. What was added stays; add the others once more.
        </Notice>
      )}
      <ul className="min-w-0 divide-y rounded-xl border" aria-label="Models">
        {intake.rows.map((row) => (
          <li key={row.key} className="flex min-w-0 items-start gap-2.5 px-3 py-2 text-sm">
            <Jack state={jacks[row.state]} className="mt-0.5" />
            <div className="min-w-0 flex-1">
              <div className="flex flex-wrap items-baseline gap-x-2">
                {row.state === 'added' && row.slug ? (
                  <Link
                    href={`/${workspace}/router/models/${encodeURIComponent(row.slug)}`}
                    className="link min-w-0 break-words font-medium"
                  >
                    {row.name}
                  </Link>
                ) : (
                  <span className="min-w-0 break-words font-medium">{row.name}</span>
                )}
                <span className="figures min-w-0 break-all text-faint text-xs">
                  {row.modelId} · {row.host} · {typeShort[row.type]}
                </span>
              </div>
              {row.message && (
                <p className={row.state === 'failed' ? 'text-bad text-xs' : 'text-muted text-xs'}>{row.message}</p>
              )}
              {row.notes.map((note) => (
                <p key={note} className="text-warn text-xs">
                  {note}
                </p>
              ))}
            </div>
            <span className="shrink-0 text-right text-muted text-xs">
              {row.state === 'added' && row.slug ? (
                <CopyText text={row.slug} what={`the address of ${row.name}`} />
              ) : row.state === 'running' && row.of > 0 ? (
                `${row.done} of ${row.of} checks`
              ) : (
                stateWords[row.state]
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}

export function intakeSummary(intake: IntakeView): string {
  const count = (state: IntakeRowView['state']) => intake.rows.filter((row) => row.state === state).length
  const added = count('added')
  const parts = [
    added > 0 && `${added} added`,
    count('failed') > 0 && `${count('failed')} not added`,
    count('skipped') > 0 && `${count('skipped')} left out`,
    intake.status === 'running' && `${count('waiting') + count('running')} to go`,
  ].filter(Boolean)
  return parts.join(', ')
}

/** An intake that was started before: from the list, or after closing what started it. */
export function IntakeDialog({ workspace, id, onClose }: { workspace: string; id: string; onClose: () => void }) {
  const query = useIntake(workspace, id)
  const intake = query.data
  return (
    <Dialog
      open
      onOpenChange={() => onClose()}
      title="Adding models"
      description={intake ? intakeSummary(intake) : undefined}
      footer={<IntakeFooter workspace={workspace} intake={intake} onClose={onClose} />}
    >
      {intake ? (
        <IntakeProgress workspace={workspace} intake={intake} />
      ) : query.isError ? (
        <ErrorState title="This could not be loaded" onRetry={() => void query.refetch()} retrying={query.isFetching}>
          {query.error.message}
        </ErrorState>
      ) : (
        <Skeleton className="h-40 w-full" />
      )}
    </Dialog>
  )
}

export function IntakeFooter({
  workspace,
  intake,
  onClose,
  onAgain,
}: {
  workspace: string
  intake: IntakeView | undefined
  onClose: () => void
  /** Back to what was not added, where that is still at hand. */
  onAgain?: () => void
}) {
  const queryClient = useQueryClient()
  if (intake?.status === 'running') {
    return (
      <>
        <span className="mr-auto text-muted text-sm max-sm:basis-full" aria-live="polite">
          {intakeSummary(intake)}. It goes on when this is closed.
        </span>
        <Button
          variant="quiet"
          onClick={() =>
            void stopIntake(workspace, intake.id).finally(() =>
              queryClient.invalidateQueries({ queryKey: ['intake', workspace, intake.id] }),
            )
          }
        >
          Stop
        </Button>
        <Button onClick={onClose}>Close</Button>
      </>
    )
  }
  return (
    <>
      <span className="mr-auto text-muted text-sm max-sm:basis-full" aria-live="polite">
        {intake ? intakeSummary(intake) : ''}
      </span>
      {onAgain && intake?.rows.some((row) => row.state === 'failed' || row.state === 'skipped') && (
        <Button onClick={onAgain}>Back to those not added</Button>
      )}
      <Button variant="main" onClick={onClose}>
        Done
      </Button>
    </>
  )
}
