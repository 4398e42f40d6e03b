'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useMemo, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { KeysetTable } from '#components/ui/keyset-table.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { SearchInput } from '#components/ui/search-input.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { toast } from '#components/ui/toast.ts'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { DatasetRowView, DatasetView } from '#lib/experiments/schema.ts'
import { type DatasetState, exportPath, removeRows, restoreRows, rowsQuery } from './queries.ts'
import { toLine } from './values.ts'

// Fetched when they are first opened.
const RowDialog = dynamic(() => import('./row-dialog.tsx').then((module) => module.RowDialog), { ssr: false })
const ConfirmDialog = dynamic(
  () => import('#components/ui/confirm-dialog.tsx').then((module) => module.ConfirmDialog),
  {
    ssr: false,
  },
)

/** The rows as they stand, or those of a snapshot, which nobody can change. */
export function RowsTab({
  workspace,
  dataset,
  state,
  setState,
  adding,
  onAdd,
  onAdded,
  onImport,
  onChanged,
}: {
  workspace: string
  dataset: DatasetView
  state: DatasetState
  setState: (patch: Partial<DatasetState>, options?: { history: 'replace' }) => void
  adding: boolean
  onAdd: () => void
  onAdded: () => void
  onImport: () => void
  onChanged: () => void
}) {
  const { id } = dataset
  const [opened, setOpened] = useState<DatasetRowView>()
  const [clearing, setClearing] = useState(false)
  const page = useQuery({ ...rowsQuery(workspace, id, state), placeholderData: keepPreviousData })
  const keyset = useKeyset(state.after, (after) => setState({ after }))
  const columns = useMemo(() => columnsOf(dataset, setOpened), [dataset])
  const frozen = state.snapshot !== null
  const untouched = page.data?.items.length === 0 && !state.q && state.after === null && !frozen

  async function remove(what: Parameters<typeof removeRows>[2]) {
    const { deleted, undo } = await removeRows(workspace, id, what)
    onChanged()
    toast(`${formatNumber(deleted)} ${deleted === 1 ? 'row is' : 'rows are'} deleted.`, {
      action: {
        label: 'Undo',
        onClick: () => {
          void restoreRows(workspace, id, undo).then(onChanged, (refused: Error) => toast.error(refused.message))
        },
      },
    })
  }

  return (
    <>
      {frozen && (
        <Notice
          tone="info"
          className="mb-3"
          title={`Snapshot ${state.snapshot}`}
          action={
            <Button size="sm" onClick={() => setState({ snapshot: null, after: null })}>
              Show the dataset as it stands
            </Button>
          }
        >
          The rows as they were when it was kept. Nothing here can be changed.
        </Notice>
      )}
      <KeysetTable
        what="rows"
        page={page}
        keyset={keyset}
        rows={page.data?.items}
        summary={
          page.data?.items.length
            ? `Rows ${formatNumber(page.data.items[0]!.position)} to ${formatNumber(page.data.items.at(-1)!.position)}`
            : undefined
        }
        columns={columns}
        columnsKey={untouched ? undefined : `dataset.${id}`}
        rowId={(row) => row.id}
        rowName={(row) => `row ${row.position}`}
        onOpen={setOpened}
        skeletonRows={12}
        sort={{ id: 'position', descending: state.order === 'desc' }}
        onSort={() => {
          keyset.reset()
          setState({ order: state.order === 'desc' ? 'asc' : 'desc', after: null })
        }}
        {...(!frozen && {
          bulk: (rowIds: readonly string[], clear: () => void) => (
            <>
              <Button
                size="sm"
                variant="danger-quiet"
                onClick={() => void remove({ rowIds }).then(clear, (refused: Error) => toast.error(refused.message))}
              >
                <Trash2 aria-hidden="true" /> Delete
              </Button>
              <Button size="sm" variant="quiet" onClick={() => setClearing(true)}>
                Delete {state.q ? 'everything found' : 'all rows'}
              </Button>
              <Button size="sm" variant="quiet" onClick={clear}>
                Clear
              </Button>
            </>
          ),
        })}
        toolbar={
          !untouched && (
            <SearchInput
              label="Search rows"
              placeholder="Search rows"
              value={state.q ?? ''}
              onChange={(q) => {
                keyset.reset()
                setState({ q: q || null, after: null }, { history: 'replace' })
              }}
            />
          )
        }
        empty={
          untouched ? (
            <EmptyState
              title="No rows yet"
              action={
                <Button variant="main" onClick={onImport}>
                  Import a file
                </Button>
              }
              link={
                <Button variant="quiet" onClick={onAdd}>
                  Add a row
                </Button>
              }
            >
              CSV, JSON lines or a JSON list: you see what each field becomes before anything is saved.
            </EmptyState>
          ) : (
            <EmptyState
              title={frozen && !state.q ? 'This snapshot has no rows' : 'No row fits'}
              action={state.q && <Button onClick={() => setState({ q: null, after: null })}>Clear the search</Button>}
            >
              {state.q && 'Nothing has these words in its inputs, messages or what is expected.'}
            </EmptyState>
          )
        }
      />
      {(adding || opened) && (
        <RowDialog
          key={opened?.id ?? 'new'}
          workspace={workspace}
          dataset={dataset}
          row={adding ? undefined : opened}
          readOnly={!adding && frozen}
          onClose={() => (adding ? onAdded() : setOpened(undefined))}
          onSaved={onChanged}
        />
      )}
      {clearing && (
        <ConfirmDialog
          open
          onOpenChange={setClearing}
          title={state.q ? `Delete every row with “${state.q}”` : `Delete all rows of ${dataset.name}`}
          action="Delete rows"
          onConfirm={() => remove({ all: true, ...(state.q && { search: state.q }) })}
        >
          <p>
            {state.q
              ? 'Every row that the search finds goes, on all pages.'
              : `${formatNumber(dataset.rowCount)} rows go.`}{' '}
            Snapshots keep theirs. It can be undone right after, until the next snapshot.
          </p>
          <p>
            <a className="link" href={exportPath(workspace, id, { format: 'jsonl', search: state.q ?? undefined })}>
              Export them first
            </a>
          </p>
        </ConfirmDialog>
      )}
    </>
  )
}

function columnsOf(dataset: DatasetView, onOpen: (row: DatasetRowView) => void): Column<DatasetRowView>[] {
  const text = (value: unknown) => {
    const line = toLine(value)
    return (
      <span
        className="line-clamp-2 min-w-32 max-w-md whitespace-normal text-pretty break-words py-1"
        title={line.slice(0, 2_000)}
      >
        {line === '' ? <span className="text-faint">–</span> : line.slice(0, 400)}
      </span>
    )
  }
  return [
    {
      id: 'position',
      label: '#',
      kind: 'figure',
      primary: true,
      sort: true,
      className: 'w-14',
      cell: (row) => (
        <button
          type="button"
          aria-label={`Open row ${row.position}`}
          onClick={() => onOpen(row)}
          className="link min-h-6 rounded-sm"
        >
          {formatNumber(row.position)}
        </button>
      ),
    },
    ...dataset.columns.map(
      ({ name, type }): Column<DatasetRowView> => ({
        id: `input.${name}`,
        label: name,
        kind: type === 'number' ? 'figure' : 'text',
        cell: (row) => (type === 'number' ? toLine(row.inputs[name]) : text(row.inputs[name])),
      }),
    ),
    {
      id: 'messages',
      label: 'Messages',
      cell: (row) =>
        row.messages.length === 0 ? (
          <span className="text-faint">–</span>
        ) : (
          <span className="whitespace-nowrap">
            {row.messages.length} <span className="text-faint">ends with {row.messages.at(-1)?.role}</span>
          </span>
        ),
    },
    {
      id: 'expected',
      label: 'Expected',
      kind: dataset.expectedType === 'number' ? 'figure' : 'text',
      cell: (row) => (dataset.expectedType === 'number' ? toLine(row.expected) : text(row.expected)),
    },
    {
      id: 'request',
      label: 'Made from',
      kind: 'mono',
      hidden: true,
      cell: (row) => row.requestId ?? '',
    },
  ]
}
