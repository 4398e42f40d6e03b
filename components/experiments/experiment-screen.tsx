'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { MoreHorizontal, Pencil, Play, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useCallback, useMemo, useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Trail } from '#components/ui/breadcrumb.tsx'
import { Button } from '#components/ui/button.tsx'
import { useCommands } from '#components/ui/commands.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import type { ExperimentView, RunView } from '#lib/experiments/schema.ts'
import { ExperimentLoading } from './experiment-loading.tsx'
import {
  type ExperimentState,
  experimentParsers,
  experimentQuery,
  experimentsQuery,
  removeExperiment,
  runStateNone,
  runsQuery,
} from './experiment-queries.ts'
import { RunHeader } from './run-header.tsx'
import { useRun } from './use-run.ts'

// Each tab is fetched once the page is awake: all of them together would double what it needs to wake up.
const wait = () => (
  <div aria-busy="true">
    <Skeleton className="h-96 w-full rounded-xl" />
  </div>
)
const SetupTab = dynamic(() => import('./setup-tab.tsx').then((module) => module.SetupTab), {
  ssr: false,
  loading: wait,
})
const GridTab = dynamic(() => import('./grid-tab.tsx').then((module) => module.GridTab), { ssr: false, loading: wait })
const CompareTab = dynamic(() => import('./compare-tab.tsx').then((module) => module.CompareTab), {
  ssr: false,
  loading: wait,
})
const ReviewTab = dynamic(() => import('./review-tab.tsx').then((module) => module.ReviewTab), {
  ssr: false,
  loading: wait,
})
const ExperimentDialog = dynamic(() => import('./experiment-dialog.tsx').then((module) => module.ExperimentDialog), {
  ssr: false,
})
const ConfirmDialog = dynamic(
  () => import('#components/ui/confirm-dialog.tsx').then((module) => module.ConfirmDialog),
  { ssr: false },
)

/** One experiment: its setup, and its runs with grid, comparison and reviews. All of it stands in the address. */
export function ExperimentScreen({
  workspace,
  id,
  canWrite,
  personId,
}: {
  workspace: string
  id: string
  canWrite: boolean
  personId: string
}) {
  const router = useRouter()
  const client = useQueryClient()
  const [state, setState] = useQueryStates(experimentParsers, { history: 'push' })
  const [open, setOpen] = useState<'edit' | 'delete'>()
  const experiment = useQuery(experimentQuery(workspace, id))
  const runs = useQuery(runsQuery(workspace, id))
  const runId = state.run ?? runs.data?.items[0]?.id ?? experiment.data?.latestRun?.id
  const run = useRun(workspace, runId)
  const hasRun = runId !== undefined
  const wanted = state.tab ?? (hasRun ? (canWrite ? 'grid' : 'compare') : 'setup')
  const tab = wanted === 'setup' || hasRun ? wanted : 'setup'
  const set = useCallback(
    (patch: Partial<ExperimentState>, options?: { history: 'replace' }) => void setState(patch, options),
    [setState],
  )
  const commands = useMemo(
    () =>
      canWrite
        ? [
            {
              id: 'experiment.setup',
              label: 'Set up and run again',
              group: 'Do',
              run: () => void setState({ tab: 'setup' }),
            },
          ]
        : [],
    [canWrite, setState],
  )
  useCommands(commands)

  if (experiment.error && !experiment.data)
    return (
      <PageBody full>
        <ErrorState
          heading="h1"
          title="The experiment could not be loaded"
          requestId={experiment.error instanceof ApiError ? experiment.error.requestId : undefined}
          onRetry={() => void experiment.refetch()}
          retrying={experiment.isFetching}
        >
          {experiment.error.message}
        </ErrorState>
      </PageBody>
    )
  if (!experiment.data) return <ExperimentLoading />
  const { data } = experiment
  const ofRun = (show: (shown: RunView) => React.ReactNode) =>
    run.data ? (
      show(run.data)
    ) : run.error ? (
      <div className="rounded-xl border bg-surface-1">
        <ErrorState
          title="The run could not be loaded"
          requestId={run.error instanceof ApiError ? run.error.requestId : undefined}
          onRetry={() => void run.refetch()}
          retrying={run.isFetching}
        >
          {run.error.message}
        </ErrorState>
      </div>
    ) : (
      wait()
    )
  const forDevelopers = (
    <EmptyState title="Answers are for developers">
      They may hold what users wrote. Your role here is viewer; ask an admin for another one.
    </EmptyState>
  )

  return (
    <PageBody full>
      <Trail crumbs={[{ label: data.name }]} />
      <PageHeader
        title={data.name}
        actions={
          canWrite && (
            <>
              {hasRun && tab !== 'setup' && (
                <Button onClick={() => set({ tab: 'setup' })}>
                  <Play aria-hidden="true" /> Run again
                </Button>
              )}
              <Menu
                label={`Actions for ${data.name}`}
                trigger={
                  <IconButton label="More actions" variant="default">
                    <MoreHorizontal />
                  </IconButton>
                }
              >
                <MenuItem icon={<Pencil />} onSelect={() => setOpen('edit')}>
                  Edit name and description
                </MenuItem>
                <MenuSeparator />
                <MenuItem danger icon={<Trash2 />} onSelect={() => setOpen('delete')}>
                  Delete
                </MenuItem>
              </Menu>
            </>
          )
        }
      >
        {data.description && <p className="max-w-3xl text-pretty">{data.description}</p>}
        <p className="text-faint text-sm">
          <Link className="link" href={`/${workspace}/datasets/${data.datasetId}`}>
            {data.datasetName}
          </Link>
          {run.data
            ? `, snapshot ${run.data.snapshot}: ${counted(run.data.rows, 'row')} x ${counted(run.data.setup.candidates.length, 'candidate')}, ${counted(run.data.setup.evaluators.length, 'evaluator')}`
            : `, ${counted(data.setup.candidates.length, 'candidate')}, ${counted(data.setup.evaluators.length, 'evaluator')}`}
        </p>
      </PageHeader>
      {run.data && tab !== 'setup' && (
        <RunHeader
          workspace={workspace}
          run={run.data}
          runs={runs.data?.items ?? []}
          canWrite={canWrite}
          onChoose={(next) => set({ ...runStateNone, run: next })}
          onGone={() => set({ ...runStateNone, run: null })}
        />
      )}
      <Tabs
        label="Parts of the experiment"
        value={tab}
        onChange={(next) => set({ tab: next as ExperimentState['tab'], cell: null })}
        tabs={[
          ...(hasRun
            ? [
                {
                  id: 'grid',
                  label: 'Grid',
                  content: canWrite
                    ? ofRun((shown) => (
                        <GridTab
                          key={shown.id}
                          workspace={workspace}
                          run={shown}
                          state={state}
                          setState={set}
                          canWrite={canWrite}
                          personId={personId}
                        />
                      ))
                    : forDevelopers,
                },
                {
                  id: 'compare',
                  label: 'Compare',
                  content: ofRun((shown) => (
                    <CompareTab
                      key={shown.id}
                      workspace={workspace}
                      run={shown}
                      state={state}
                      setState={set}
                      canWrite={canWrite}
                      replayOf={data.setup.replayOf}
                    />
                  )),
                },
                {
                  id: 'review',
                  label: 'Review',
                  content: canWrite
                    ? ofRun((shown) => (
                        <ReviewTab key={shown.id} workspace={workspace} run={shown} personId={personId} />
                      ))
                    : forDevelopers,
                },
              ]
            : []),
          {
            id: 'setup',
            label: 'Setup',
            content: canWrite ? (
              <SetupTab
                workspace={workspace}
                experiment={data}
                onStarted={(started) => set({ ...runStateNone, tab: 'grid', run: started.id })}
              />
            ) : (
              <SetupFacts experiment={data} />
            ),
          },
        ]}
      />
      {open === 'edit' && (
        <ExperimentDialog
          workspace={workspace}
          experiment={data}
          onClose={() => setOpen(undefined)}
          onSaved={(saved) => {
            client.setQueryData(experimentQuery(workspace, id).queryKey, saved)
            void client.invalidateQueries({ queryKey: ['experiments', workspace] })
            setOpen(undefined)
          }}
        />
      )}
      {open === 'delete' && (
        <ConfirmDialog
          open
          onOpenChange={() => setOpen(undefined)}
          title={`Delete ${data.name}`}
          action="Delete experiment"
          name={data.name}
          onConfirm={async () => {
            await removeExperiment(workspace, id)
            await client.invalidateQueries({
              queryKey: experimentsQuery(workspace, { q: null, state: null, after: null }).queryKey.slice(0, 2),
            })
            router.replace(`/${workspace}/experiments`)
          }}
        >
          <p>
            Its {formatNumber(data.runs)} {data.runs === 1 ? 'run goes' : 'runs go'} with it: answers, scores and
            reviews. What they cost stays in the ledger. This cannot be undone.
          </p>
        </ConfirmDialog>
      )}
    </PageBody>
  )
}

/** For those who only read. */
function SetupFacts({ experiment: { setup } }: { experiment: ExperimentView }) {
  return (
    <ol className="divide-y rounded-xl border bg-surface-1" aria-label="Candidates">
      {setup.candidates.map((each) => (
        <li key={each.key} className="px-4 py-2.5">
          <span className="font-medium">{each.name}</span>{' '}
          <span className="text-faint text-sm">
            {{ model: 'a model', deployment: 'a deployment', recorded: 'recorded answers' }[each.kind]}
          </span>
        </li>
      ))}
      {setup.candidates.length === 0 && <li className="px-4 py-6 text-faint">No candidate yet.</li>}
    </ol>
  )
}

const counted = (count: number, word: string) => `${formatNumber(count)} ${word}${count === 1 ? '' : 's'}`
