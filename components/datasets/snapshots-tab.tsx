'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Camera } from 'lucide-react'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { Input } from '#components/ui/input.tsx'
import { KeysetTable } from '#components/ui/keyset-table.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { DatasetSnapshotView, DatasetView } from '#lib/experiments/schema.ts'
import { addSnapshot, exportPath, removeSnapshot, restoreSnapshot, snapshotsQuery } from './queries.ts'

/** What was kept of the dataset: experiments run on these, so that their rows never change under them. */
export function SnapshotsTab({
  workspace,
  dataset,
  canWrite,
  after,
  onAfter,
  onShow,
  onChanged,
}: {
  workspace: string
  dataset: DatasetView
  canWrite: boolean
  after: string | null
  onAfter: (after: string | null) => void
  onShow: (snapshot: number) => void
  onChanged: () => void
}) {
  const { id } = dataset
  const [label, setLabel] = useState('')
  const [working, setWorking] = useState(false)
  const [asked, setAsked] = useState<{ snapshot: DatasetSnapshotView; act: 'restore' | 'delete' }>()
  const page = useQuery({ ...snapshotsQuery(workspace, id, after), placeholderData: keepPreviousData })
  const keyset = useKeyset(after, onAfter)

  async function keep() {
    setWorking(true)
    try {
      const { number } = await addSnapshot(workspace, id, label.trim())
      setLabel('')
      onChanged()
      toast.success(dataset.changed ? `Kept as snapshot ${number}.` : `Nothing changed since snapshot ${number}.`)
    } catch (refused) {
      toast.error(refused instanceof ApiError ? refused.message : 'That did not work.')
    } finally {
      setWorking(false)
    }
  }

  const columns: readonly Column<DatasetSnapshotView>[] = [
    {
      id: 'number',
      label: 'Snapshot',
      primary: true,
      cell: (snapshot) =>
        canWrite ? (
          <button type="button" className="link min-h-6 rounded-sm" onClick={() => onShow(snapshot.number)}>
            {snapshot.label || `Snapshot ${snapshot.number}`}
          </button>
        ) : (
          snapshot.label || `Snapshot ${snapshot.number}`
        ),
    },
    { id: 'no', label: 'Number', kind: 'figure', cell: (snapshot) => snapshot.number },
    { id: 'rows', label: 'Rows', kind: 'figure', cell: (snapshot) => formatNumber(snapshot.rowCount) },
    { id: 'columns', label: 'Columns', cell: (snapshot) => snapshot.columns.map(({ name }) => name).join(', ') || '–' },
    { id: 'by', label: 'Kept by', cell: (snapshot) => snapshot.createdBy },
    { id: 'at', label: 'Kept', cell: (snapshot) => <RelativeTime at={snapshot.createdAt} /> },
    {
      id: 'actions',
      label: '',
      className: 'w-px text-right',
      cell: (snapshot) =>
        canWrite && (
          <span className="inline-flex gap-1">
            <Button
              size="sm"
              variant="quiet"
              aria-label={`CSV of snapshot ${snapshot.number}`}
              onClick={() =>
                location.assign(exportPath(workspace, id, { format: 'csv', snapshot: String(snapshot.number) }))
              }
            >
              CSV
            </Button>
            <Button
              size="sm"
              variant="quiet"
              aria-label={`Restore snapshot ${snapshot.number}`}
              onClick={() => setAsked({ snapshot, act: 'restore' })}
            >
              Restore
            </Button>
            <Button
              size="sm"
              variant="quiet"
              aria-label={`Delete snapshot ${snapshot.number}`}
              onClick={() => setAsked({ snapshot, act: 'delete' })}
            >
              Delete
            </Button>
          </span>
        ),
    },
  ]

  return (
    <>
      <KeysetTable
        what="snapshots"
        page={page}
        keyset={keyset}
        rows={page.data?.items}
        columns={columns}
        rowId={(snapshot) => String(snapshot.number)}
        keyboard={false}
        toolbar={
          canWrite && (
            <form
              className="flex min-w-0 flex-1 flex-wrap items-center gap-2"
              onSubmit={(event) => {
                event.preventDefault()
                if (!working) void keep()
              }}
            >
              <Input
                aria-label="Words for the snapshot"
                placeholder="Words for it, if you like"
                maxLength={80}
                autoComplete="off"
                className="w-full sm:w-64"
                value={label}
                onChange={(event) => setLabel(event.target.value)}
              />
              <Button type="submit" loading={working}>
                <Camera aria-hidden="true" /> Keep a snapshot
              </Button>
            </form>
          )
        }
        empty={
          <EmptyState title="No snapshots yet">
            A snapshot keeps the rows as they stand. Experiments make one by themselves, so that what they were run on
            can be looked at later.
          </EmptyState>
        }
      />
      {asked && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsked(undefined)}
          title={
            asked.act === 'restore'
              ? `Make ${dataset.name} what it was`
              : `Delete ${asked.snapshot.label || `snapshot ${asked.snapshot.number}`}`
          }
          action={asked.act === 'restore' ? 'Restore' : 'Delete snapshot'}
          {...(asked.act === 'delete' && { name: String(asked.snapshot.number) })}
          onConfirm={async () => {
            const { number } = asked.snapshot
            if (asked.act === 'restore') await restoreSnapshot(workspace, id, number)
            else await removeSnapshot(workspace, id, number)
            onChanged()
          }}
        >
          <p>
            {asked.act === 'restore'
              ? `It gets the ${formatNumber(asked.snapshot.rowCount)} rows and the columns of snapshot ${asked.snapshot.number}. What stands now is kept as a snapshot first.`
              : 'Rows that only this snapshot has go with it. This cannot be undone.'}
          </p>
        </ConfirmDialog>
      )}
    </>
  )
}
