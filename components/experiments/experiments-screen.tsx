'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { History, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useMemo, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { useCommands } from '#components/ui/commands.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Money } from '#components/ui/figures.tsx'
import { FilterChips } from '#components/ui/filter-chips.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { KeysetTable } from '#components/ui/keyset-table.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { SearchInput } from '#components/ui/search-input.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { ExperimentView } from '#lib/experiments/schema.ts'
import { type ExperimentsState, experimentPage, experimentsParsers, experimentsQuery } from './experiment-queries.ts'
import { ExperimentsTabs } from './experiments-tabs.tsx'
import { ProgressBar, StateBadge } from './run-state.tsx'
import { isMoving, stateOrder, stateWords } from './run-words.ts'

// Fetched when it is first opened.
const ExperimentDialog = dynamic(() => import('./experiment-dialog.tsx').then((module) => module.ExperimentDialog), {
  ssr: false,
})

const ReplayDialog = dynamic(() => import('./replay-dialog.tsx').then((module) => module.ReplayDialog), { ssr: false })

const movingMs = 2_000
const stateFilter = {
  id: 'state',
  label: 'State',
  several: false,
  options: stateOrder.map((value) => ({ value, label: stateWords[value].word })),
}

/** Every experiment of a workspace with how far its newest run is. Search, filter and place stand in the address. */
export function ExperimentsScreen({ workspace, canWrite }: { workspace: string; canWrite: boolean }) {
  const router = useRouter()
  const [state, setState] = useQueryStates(experimentsParsers, { history: 'push' })
  const [creating, setCreating] = useState<'new' | 'replay'>()
  const page = useQuery({
    ...experimentsQuery(workspace, state),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => (data?.items.some((each) => isMoving(each.state)) ? movingMs : false),
  })
  const keyset = useKeyset(state.after, (after) => void setState({ after }))
  const commands = useMemo(
    () =>
      canWrite
        ? [
            { id: 'experiments.new', label: 'New experiment', group: 'Do', run: () => setCreating('new') },
            { id: 'experiments.replay', label: 'Replay requests', group: 'Do', run: () => setCreating('replay') },
          ]
        : [],
    [canWrite],
  )
  useCommands(commands)

  const create = canWrite && (
    <Button variant="main" onClick={() => setCreating('new')}>
      <Plus aria-hidden="true" /> New experiment
    </Button>
  )
  const replay = canWrite && (
    <Button onClick={() => setCreating('replay')}>
      <History aria-hidden="true" /> Replay requests
    </Button>
  )
  const untouched = page.data?.items.length === 0 && !state.q && !state.state && state.after === null

  return (
    <PageBody full>
      <PageHeader
        title="Experiments"
        actions={
          !untouched && (
            <>
              {replay}
              {create}
            </>
          )
        }
      >
        The same rows asked of several candidates, judged alike: which one is better, and whether that is sure.
      </PageHeader>
      <ExperimentsTabs workspace={workspace} />
      <KeysetTable
        what="experiments"
        page={page}
        keyset={keyset}
        tall
        columns={columns}
        rows={page.data?.items}
        rowId={({ id }) => id}
        rowHref={({ id }) => experimentPage(workspace, id)}
        toolbar={
          !untouched && (
            <>
              <SearchInput
                label="Search experiments"
                value={state.q ?? ''}
                onChange={(q) => {
                  keyset.reset()
                  void setState({ q: q || null, after: null }, { history: 'replace' })
                }}
              />
              <FilterChips
                filters={[stateFilter]}
                values={state.state ? { state: [state.state] } : {}}
                onChange={(values) => {
                  keyset.reset()
                  void setState({ state: (values.state?.[0] ?? null) as ExperimentsState['state'], after: null })
                }}
              />
            </>
          )
        }
        empty={
          untouched ? (
            <EmptyState title="No experiments yet" action={create} link={replay}>
              Take a dataset, two models or prompts, and an evaluator. The run shows which one answers better, what it
              costs, and whether the difference is more than chance.
            </EmptyState>
          ) : (
            <EmptyState
              title="No experiment fits"
              action={<Button onClick={() => void setState({ q: null, state: null, after: null })}>Clear</Button>}
            >
              None is in this state with these words in its name or description.
            </EmptyState>
          )
        }
      />
      {creating === 'replay' && (
        <ReplayDialog
          workspace={workspace}
          onClose={() => setCreating(undefined)}
          onMade={({ experiment, rows, left }) => {
            toast.success(
              `${rows} ${rows === 1 ? 'request is' : 'requests are'} to be replayed${left.length > 0 ? `; ${left.length} could not be` : ''}.`,
            )
            router.push(experimentPage(workspace, experiment.id))
          }}
        />
      )}
      {creating === 'new' && (
        <ExperimentDialog
          workspace={workspace}
          onClose={() => setCreating(undefined)}
          onSaved={({ id }) => router.push(experimentPage(workspace, id))}
        />
      )}
    </PageBody>
  )
}

const columns: readonly Column<ExperimentView>[] = [
  {
    id: 'name',
    label: 'Name',
    primary: true,
    cell: ({ name, description }) => (
      <span className="block min-w-0 max-w-96">
        <span className="block truncate font-medium">{name}</span>
        {description && (
          <span className="block truncate text-faint text-xs" title={description}>
            {description}
          </span>
        )}
      </span>
    ),
  },
  {
    id: 'state',
    label: 'State',
    cell: ({ state, latestRun }) => (
      <span className="grid w-44 gap-1.5">
        <span className="flex items-center gap-2">
          <StateBadge state={state} />
          {latestRun && latestRun.failed > 0 && state !== 'failed' && (
            <span className="text-bad text-xs">{formatNumber(latestRun.failed)} failed</span>
          )}
        </span>
        {latestRun && latestRun.left > 0 && <ProgressBar run={latestRun} />}
      </span>
    ),
  },
  {
    id: 'dataset',
    label: 'Dataset',
    cell: ({ datasetName, latestRun }) => (
      <span className="block max-w-56">
        <span className="block truncate">{datasetName}</span>
        {latestRun && (
          <span className="block truncate text-faint text-xs">{formatNumber(latestRun.rows)} rows in the last run</span>
        )}
      </span>
    ),
  },
  { id: 'candidates', label: 'Candidates', kind: 'figure', cell: ({ setup }) => setup.candidates.length },
  { id: 'evaluators', label: 'Evaluators', kind: 'figure', cell: ({ setup }) => setup.evaluators.length },
  { id: 'runs', label: 'Runs', kind: 'figure', cell: ({ runs }) => formatNumber(runs) },
  {
    id: 'cost',
    label: 'Cost',
    unit: 'of the last run',
    kind: 'figure',
    cell: ({ latestRun }) => (latestRun ? <Money amount={latestRun.cost} /> : <span className="text-faint">–</span>),
  },
  { id: 'updatedAt', label: 'Changed', cell: ({ updatedAt }) => <RelativeTime at={updatedAt} /> },
]
