'use client'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronDown, Download, Link2, Pause, Play, RotateCcw, Trash2, X } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { announce } from '#components/ui/announce.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Money } from '#components/ui/figures.tsx'
import { formatDuration, formatNumber } from '#components/ui/format.ts'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { RunSummaryView, RunView } from '#lib/experiments/schema.ts'
import { actOnRun, experimentPage, removeRun, resumeRun, runExportPath, runQuery } from './experiment-queries.ts'
import { ProgressBar, StateBadge } from './run-state.tsx'
import { stateWords } from './run-words.ts'

const ConfirmDialog = dynamic(
  () => import('#components/ui/confirm-dialog.tsx').then((module) => module.ConfirmDialog),
  { ssr: false },
)
const ResumeDialog = dynamic(() => import('./resume-dialog.tsx').then((module) => module.ResumeDialog), { ssr: false })

/** How far a run is and what it cost, live, with what can be done about it. */
export function RunHeader({
  workspace,
  run,
  runs,
  canWrite,
  onChoose,
  onGone,
}: {
  workspace: string
  run: RunView
  /** All runs of the experiment, newest first. */
  runs: readonly RunSummaryView[]
  canWrite: boolean
  onChoose: (runId: string) => void
  onGone: () => void
}) {
  const client = useQueryClient()
  const [asking, setAsking] = useState<'cancel' | 'delete' | 'resume'>()
  const [busy, setBusy] = useState(false)
  const isOpen = run.state === 'queued' || run.state === 'running' || run.state === 'paused'
  const retries = run.failed > 0 || (run.state === 'cancelled' && run.left > 0)

  function took(next: RunView) {
    client.setQueryData(runQuery(workspace, run.id).queryKey, next)
    void client.invalidateQueries({ queryKey: ['runs', workspace] })
    void client.invalidateQueries({ queryKey: ['experiments', workspace] })
    void client.invalidateQueries({ queryKey: ['grid', workspace, run.id] })
    announce(`Run ${next.number}: ${stateWords[next.state].word}`)
  }

  async function act(work: () => Promise<RunView>) {
    setBusy(true)
    try {
      took(await work())
    } catch (error) {
      toast.error(error instanceof ApiError ? error.message : 'That did not work.')
      void client.invalidateQueries({ queryKey: runQuery(workspace, run.id).queryKey })
    } finally {
      setBusy(false)
    }
  }

  async function copyLink() {
    await navigator.clipboard.writeText(
      `${location.origin}${experimentPage(workspace, run.experimentId)}?run=${run.id}`,
    )
    toast.success('The address of this run is copied.')
  }

  return (
    <Card className="mb-4 grid gap-2.5 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Menu
          label="Runs"
          align="start"
          trigger={
            <Button size="sm">
              Run {run.number}
              <ChevronDown className="text-faint" aria-hidden="true" />
            </Button>
          }
        >
          {runs.map((each) => (
            <MenuItem
              key={each.id}
              onSelect={() => onChoose(each.id)}
              detail={
                <>
                  {stateWords[each.state].word}, {formatNumber(each.cells)} answers,{' '}
                  <RelativeTime at={each.createdAt} />
                </>
              }
            >
              Run {each.number}
              {each.id === run.id && <span className="sr-only">, shown</span>}
            </MenuItem>
          ))}
        </Menu>
        <StateBadge state={run.state} />
        <p className="text-muted text-sm">
          <Figures run={run} />
        </p>
        <p className="figures ml-auto flex flex-wrap items-baseline gap-x-3 text-sm">
          <span>
            <Money amount={run.cost} />
            {isOpen && <span className="font-sans text-faint"> so far</span>}
            {run.cap && (
              <span className="text-muted">
                {' '}
                of <Money amount={run.cap} />
              </span>
            )}
          </span>
          {run.state === 'running' && run.secondsLeft !== null && (
            <span className="text-muted">{formatDuration(run.secondsLeft * 1_000)} left</span>
          )}
        </p>
        <div className="flex flex-wrap items-center gap-1.5">
          {canWrite && (run.state === 'queued' || run.state === 'running') && (
            <Button size="sm" loading={busy} onClick={() => void act(() => actOnRun(workspace, run.id, 'pause'))}>
              <Pause aria-hidden="true" /> Pause
            </Button>
          )}
          {canWrite && run.state === 'paused' && (
            <Button
              size="sm"
              variant="main"
              loading={busy}
              onClick={() =>
                run.reason?.kind === 'cap' ? setAsking('resume') : void act(() => resumeRun(workspace, run.id, {}))
              }
            >
              <Play aria-hidden="true" /> Resume
            </Button>
          )}
          {canWrite && isOpen && (
            <Button size="sm" variant="danger-quiet" onClick={() => setAsking('cancel')}>
              <X aria-hidden="true" /> Cancel run
            </Button>
          )}
          {canWrite && retries && run.state !== 'paused' && (
            <Button size="sm" loading={busy} onClick={() => void act(() => actOnRun(workspace, run.id, 'retry'))}>
              <RotateCcw aria-hidden="true" /> {run.failed > 0 ? `Retry ${formatNumber(run.failed)} failed` : 'Go on'}
            </Button>
          )}
          <Menu
            label="What to do with this run"
            trigger={
              <Button size="sm">
                Export <ChevronDown className="text-faint" aria-hidden="true" />
              </Button>
            }
          >
            {canWrite &&
              (['csv', 'jsonl'] as const).map((format) => (
                <MenuItem
                  key={format}
                  icon={<Download />}
                  onSelect={() => location.assign(runExportPath(workspace, run.id, format))}
                >
                  {format === 'csv' ? 'CSV' : 'JSON lines'}
                </MenuItem>
              ))}
            <MenuItem icon={<Link2 />} onSelect={() => void copyLink()}>
              Copy the address of this run
            </MenuItem>
            {canWrite && !isOpen && (
              <>
                <MenuSeparator />
                <MenuItem danger icon={<Trash2 />} onSelect={() => setAsking('delete')}>
                  Delete run
                </MenuItem>
              </>
            )}
          </Menu>
        </div>
      </div>
      <ProgressBar run={run} />
      {run.reason && (
        <Notice tone={run.state === 'failed' ? 'bad' : 'warn'} live={false} title={run.reason.message}>
          {run.resumesAt && (
            <>
              It goes on by itself <RelativeTime at={run.resumesAt} />.
            </>
          )}
        </Notice>
      )}
      {asking === 'resume' && (
        <ResumeDialog
          run={run}
          onClose={() => setAsking(undefined)}
          onResume={async (capUsd) => took(await resumeRun(workspace, run.id, { capUsd }))}
        />
      )}
      {asking === 'cancel' && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsking(undefined)}
          title={`Cancel run ${run.number}`}
          action="Cancel the run"
          onConfirm={async () => took(await actOnRun(workspace, run.id, 'cancel'))}
        >
          <p>
            Calls under way are broken off. What is answered stays, and {formatNumber(run.left)} answers are left out
            until somebody goes on.
          </p>
        </ConfirmDialog>
      )}
      {asking === 'delete' && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsking(undefined)}
          title={`Delete run ${run.number}`}
          action="Delete run"
          name={`Run ${run.number}`}
          onConfirm={async () => {
            await removeRun(workspace, run.id)
            await client.invalidateQueries({ queryKey: ['runs', workspace, run.experimentId] })
            void client.invalidateQueries({ queryKey: ['experiment', workspace, run.experimentId] })
            onGone()
          }}
        >
          <p>
            Its {formatNumber(run.done)} answers go, with their scores and reviews. What they cost stays in the ledger.
            This cannot be undone.
          </p>
        </ConfirmDialog>
      )}
    </Card>
  )
}

function Figures({ run }: { run: RunView }) {
  const { done, failed, left, again } = run
  return (
    <>
      <span className="figures text-ink">{formatNumber(done)}</span> done
      {failed > 0 && (
        <>
          , <span className="figures text-bad">{formatNumber(failed)}</span> failed
        </>
      )}
      {left > 0 && (
        <>
          , <span className="figures text-ink">{formatNumber(left)}</span> left
        </>
      )}
      {again > 0 && (
        <span title="They were in flight when their process died.">, {formatNumber(again)} made once more</span>
      )}
    </>
  )
}
