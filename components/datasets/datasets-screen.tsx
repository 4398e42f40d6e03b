'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useMemo, useState } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { useCommands } from '#components/ui/commands.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { KeysetTable } from '#components/ui/keyset-table.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { SearchInput } from '#components/ui/search-input.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { DatasetView } from '#lib/experiments/schema.ts'
import { datasetPage, datasetsParsers, datasetsQuery } from './queries.ts'

// Fetched when it is first opened.
const DatasetDialog = dynamic(() => import('./dataset-dialog.tsx').then((module) => module.DatasetDialog), {
  ssr: false,
})

/** Every dataset of a workspace. Search, order and the place in the list stand in the address. */
export function DatasetsScreen({ workspace, canWrite }: { workspace: string; canWrite: boolean }) {
  const router = useRouter()
  const [state, setState] = useQueryStates(datasetsParsers, { history: 'push' })
  const [creating, setCreating] = useState(false)
  const page = useQuery({ ...datasetsQuery(workspace, state), placeholderData: keepPreviousData })
  const keyset = useKeyset(state.after, (after) => void setState({ after }))
  const commands = useMemo(
    () => (canWrite ? [{ id: 'datasets.new', label: 'New dataset', group: 'Do', run: () => setCreating(true) }] : []),
    [canWrite],
  )
  useCommands(commands)

  const create = canWrite && (
    <Button variant="main" onClick={() => setCreating(true)}>
      <Plus aria-hidden="true" /> New dataset
    </Button>
  )
  const untouched = page.data?.items.length === 0 && !state.q && state.after === null
  const [by = '', descending] = state.sort?.startsWith('-') ? [state.sort.slice(1), true] : [state.sort, false]

  return (
    <PageBody full>
      <PageHeader title="Datasets" actions={!untouched && create}>
        Examples to try prompts and models on: inputs, conversations, and what is expected of them.
      </PageHeader>
      <KeysetTable
        what="datasets"
        page={page}
        keyset={keyset}
        rows={page.data?.items}
        tall
        columns={columns}
        rowId={(dataset) => dataset.id}
        rowHref={(dataset) => datasetPage(workspace, dataset.id)}
        sort={by ? { id: by, descending: descending === true } : undefined}
        onSort={(sort) => {
          keyset.reset()
          const next = sort && ((sort.descending ? `-${sort.id}` : sort.id) as NonNullable<typeof state.sort>)
          void setState({ sort: next ?? null, after: null })
        }}
        toolbar={
          !untouched && (
            <SearchInput
              label="Search datasets"
              value={state.q ?? ''}
              onChange={(q) => {
                keyset.reset()
                void setState({ q: q || null, after: null }, { history: 'replace' })
              }}
            />
          )
        }
        empty={
          untouched ? (
            <EmptyState title="No datasets yet" action={create}>
              A dataset holds examples in rows: what goes into a prompt, and what a good answer is. Import a CSV or JSON
              file, or type the first rows by hand.
            </EmptyState>
          ) : (
            <EmptyState
              title="No dataset fits"
              action={<Button onClick={() => void setState({ q: null, after: null })}>Clear the search</Button>}
            >
              Nothing has these words in its name or description.
            </EmptyState>
          )
        }
      />
      {creating && (
        <DatasetDialog
          workspace={workspace}
          onClose={() => setCreating(false)}
          onSaved={(dataset) => router.push(datasetPage(workspace, dataset.id))}
        />
      )}
    </PageBody>
  )
}

const columns: readonly Column<DatasetView>[] = [
  {
    id: 'name',
    label: 'Name',
    primary: true,
    sort: true,
    cell: (dataset) => (
      <span className="block min-w-0 max-w-96">
        <span className="block truncate font-medium">{dataset.name}</span>
        {dataset.description && (
          <span className="block truncate text-faint text-xs" title={dataset.description}>
            {dataset.description}
          </span>
        )}
      </span>
    ),
  },
  {
    id: 'columns',
    label: 'Columns',
    cell: (dataset) => (
      <span className="flex flex-wrap gap-1 py-1">
        {dataset.columns.slice(0, 4).map((column) => (
          <Badge key={column.name}>{column.name}</Badge>
        ))}
        {dataset.columns.length > 4 && <span className="text-faint text-xs">+{dataset.columns.length - 4}</span>}
      </span>
    ),
  },
  { id: 'rows', label: 'Rows', kind: 'figure', cell: (dataset) => formatNumber(dataset.rowCount) },
  { id: 'snapshots', label: 'Snapshots', kind: 'figure', cell: (dataset) => formatNumber(dataset.snapshots) },
  {
    id: 'updatedAt',
    label: 'Changed',
    sort: true,
    cell: (dataset) => <RelativeTime at={dataset.updatedAt} />,
  },
]
