'use client'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useQueryStates } from 'nuqs'
import { useMemo, useState } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { useCommands } from '#components/ui/commands.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { FilterChips } from '#components/ui/filter-chips.tsx'
import { KeysetTable } from '#components/ui/keyset-table.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { SearchInput } from '#components/ui/search-input.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { EvaluatorView } from '#lib/experiments/schema.ts'
import { describeConfig, evaluatorKinds, kindWords } from './evaluator-words.ts'
import { ExperimentsTabs } from './experiments-tabs.tsx'
import { type EvaluatorsState, evaluatorQuery, evaluatorsParsers, evaluatorsQuery, removeEvaluator } from './queries.ts'

// Fetched when they are first opened.
const EvaluatorDialog = dynamic(() => import('./evaluator-dialog.tsx').then((module) => module.EvaluatorDialog), {
  ssr: false,
})
const ConfirmDialog = dynamic(
  () => import('#components/ui/confirm-dialog.tsx').then((module) => module.ConfirmDialog),
  { ssr: false },
)

const kindFilter = {
  id: 'kind',
  label: 'How it judges',
  several: true,
  options: evaluatorKinds.map((value) => ({ value, label: kindWords[value].label })),
}

/** Every evaluator of a workspace. Search, filter, place in the list and what is open stand in the address. */
export function EvaluatorsScreen({ workspace, canWrite }: { workspace: string; canWrite: boolean }) {
  const client = useQueryClient()
  const [state, setState] = useQueryStates(evaluatorsParsers, { history: 'push' })
  const [deleting, setDeleting] = useState<EvaluatorView>()
  const page = useQuery({ ...evaluatorsQuery(workspace, state), placeholderData: keepPreviousData })
  const keyset = useKeyset(state.after, (after) => void setState({ after }))
  const listed = page.data?.items.find(({ id }) => id === state.open)
  const isNew = state.open === 'new'
  // An address that was shared names one which may stand on another page.
  const named = useQuery({
    ...evaluatorQuery(workspace, state.open ?? ''),
    enabled: state.open !== null && !isNew && !listed && page.isSuccess,
  })
  const opened = listed ?? named.data
  const commands = useMemo(
    () =>
      canWrite
        ? [{ id: 'evaluators.new', label: 'New evaluator', group: 'Do', run: () => void setState({ open: 'new' }) }]
        : [],
    [canWrite, setState],
  )
  useCommands(commands)

  const close = () => void setState({ open: null })
  const reload = () => client.invalidateQueries({ queryKey: ['evaluators', workspace] })
  const create = canWrite && (
    <Button variant="main" onClick={() => void setState({ open: 'new' })}>
      <Plus aria-hidden="true" /> New evaluator
    </Button>
  )
  const untouched = page.data?.items.length === 0 && !state.q && !state.kind?.length && state.after === null

  return (
    <PageBody full>
      <PageHeader title="Evaluators" actions={!untouched && create}>
        How answers are judged: by functions, by likeness to what is expected, or by a model.
      </PageHeader>
      <ExperimentsTabs workspace={workspace} />
      <KeysetTable
        what="evaluators"
        page={page}
        keyset={keyset}
        tall
        columns={columns}
        rows={page.data?.items}
        rowId={(evaluator) => evaluator.id}
        rowHref={({ id }) => `/${workspace}/experiments/evaluators?open=${id}`}
        onOpen={({ id }) => void setState({ open: id })}
        toolbar={
          !untouched && (
            <>
              <SearchInput
                label="Search evaluators"
                value={state.q ?? ''}
                onChange={(q) => {
                  keyset.reset()
                  void setState({ q: q || null, after: null }, { history: 'replace' })
                }}
              />
              <FilterChips
                filters={[kindFilter]}
                values={state.kind ? { kind: state.kind } : {}}
                onChange={(values) => {
                  keyset.reset()
                  void setState({ kind: (values.kind ?? null) as EvaluatorsState['kind'], after: null })
                }}
              />
            </>
          )
        }
        empty={
          untouched ? (
            <EmptyState title="No evaluators yet" action={create}>
              An evaluator says how good an answer is: by a rule, by likeness, or by asking a model. Experiments compare
              by it, deployments can be guarded by it.
            </EmptyState>
          ) : (
            <EmptyState
              title="No evaluator fits"
              action={<Button onClick={() => void setState({ q: null, kind: null, after: null })}>Clear</Button>}
            >
              Nothing judges like this, or has these words in its name or description.
            </EmptyState>
          )
        }
      />
      {((isNew && canWrite) || opened) && (
        <EvaluatorDialog
          key={isNew ? 'new' : `${opened!.id}`}
          workspace={workspace}
          evaluator={isNew ? undefined : opened}
          canWrite={canWrite}
          onClose={close}
          onSaved={(saved) => {
            client.setQueryData(evaluatorQuery(workspace, saved.id).queryKey, saved)
            void reload()
            void client.invalidateQueries({ queryKey: ['evaluator-versions', workspace, saved.id] })
            toast.success(`${saved.name} is saved as version ${saved.version}.`)
            close()
          }}
          onDelete={() => {
            setDeleting(opened)
            close()
          }}
        />
      )}
      {named.isError && (
        <Notice
          tone="bad"
          className="mt-3"
          title="This evaluator could not be opened"
          action={
            <Button size="sm" onClick={close}>
              Close
            </Button>
          }
        >
          {named.error.message}
        </Notice>
      )}
      {deleting && (
        <ConfirmDialog
          open
          onOpenChange={() => setDeleting(undefined)}
          title={`Delete ${deleting.name}`}
          action="Delete evaluator"
          name={deleting.name}
          onConfirm={async () => {
            await removeEvaluator(workspace, deleting.id)
            await reload()
          }}
        >
          <p>
            Experiments that use it cannot be run again until it is taken out of them. Runs keep what they judged by,
            and deployments that are published with it as a guardrail keep it.
          </p>
        </ConfirmDialog>
      )}
    </PageBody>
  )
}

const columns: readonly Column<EvaluatorView>[] = [
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
    id: 'kind',
    label: 'How it judges',
    cell: ({ config }) => (
      <span className="block max-w-md">
        <span className="block">{kindWords[config.kind].label}</span>
        <span className="block truncate text-faint text-xs">{describeConfig(config)}</span>
      </span>
    ),
  },
  {
    id: 'guard',
    label: 'Can guard',
    cell: ({ canGuard }) =>
      canGuard ? (
        <Badge title="It judges a text by itself, so it can be a guardrail of a deployment.">guardrail</Badge>
      ) : (
        <span className="text-faint">–</span>
      ),
  },
  { id: 'version', label: 'Version', kind: 'figure', cell: ({ version }) => version },
  { id: 'updatedAt', label: 'Changed', cell: ({ updatedAt }) => <RelativeTime at={updatedAt} /> },
]
