'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { formatBytes, formatNumber } from '#components/ui/format.ts'
import { KeysetTable } from '#components/ui/keyset-table.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { DatasetImportView } from '#lib/experiments/schema.ts'
import { importsQuery, restoreRows, undoImport } from './queries.ts'
import { RowErrors } from './row-errors.tsx'
import { importWords } from './words.ts'

const underWay = new Set<DatasetImportView['status']>(['waiting', 'running'])
const tones = {
  finished: 'ok',
  stopped: 'warn',
  lost: 'bad',
  undone: 'plain',
  waiting: 'info',
  running: 'info',
} as const

/** Every file that was read into the dataset, what became of it, and a way to take it out again. */
export function ImportsTab({
  workspace,
  id,
  after,
  onAfter,
  onChanged,
}: {
  workspace: string
  id: string
  after: string | null
  onAfter: (after: string | null) => void
  onChanged: () => void
}) {
  const page = useQuery({
    ...importsQuery(workspace, id, after),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.items.some(({ status }) => underWay.has(status)) ? 1_000 : false),
  })
  const keyset = useKeyset(after, onAfter)
  const [shown, setShown] = useState<DatasetImportView>()

  async function takeOut(importId: string) {
    try {
      const { deleted, undo } = await undoImport(workspace, id, importId)
      onChanged()
      toast(`${formatNumber(deleted)} ${deleted === 1 ? 'row is' : 'rows are'} taken out again.`, {
        action: {
          label: 'Undo',
          onClick: () => {
            void restoreRows(workspace, id, undo).then(onChanged, (refused: Error) => toast.error(refused.message))
          },
        },
      })
    } catch (refused) {
      toast.error(refused instanceof ApiError ? refused.message : 'That did not work.')
    }
  }

  const columns: readonly Column<DatasetImportView>[] = [
    {
      id: 'file',
      label: 'File',
      primary: true,
      cell: (each) => each.fileName || <span className="text-faint">pasted</span>,
    },
    {
      id: 'status',
      label: 'Status',
      cell: (each) => (
        <span className="flex items-center gap-2">
          <Badge tone={tones[each.status]}>{importWords[each.status]}</Badge>
          {each.problem && <span className="max-w-72 truncate text-muted text-xs">{each.problem}</span>}
        </span>
      ),
    },
    { id: 'saved', label: 'Rows saved', kind: 'figure', cell: (each) => formatNumber(each.saved) },
    {
      id: 'failed',
      label: 'Left out',
      kind: 'figure',
      cell: (each) =>
        each.failed === 0 ? (
          '0'
        ) : (
          <button
            type="button"
            aria-label={`Show the ${each.failed} rows left out`}
            onClick={() => setShown(each)}
            className="link min-h-6 rounded-sm text-bad"
          >
            {formatNumber(each.failed)}
          </button>
        ),
    },
    { id: 'size', label: 'Size', kind: 'figure', cell: (each) => formatBytes(each.bytesRead) },
    { id: 'by', label: 'By', cell: (each) => each.createdBy },
    { id: 'at', label: 'When', cell: (each) => <RelativeTime at={each.createdAt} /> },
    {
      id: 'actions',
      label: '',
      className: 'w-px text-right',
      cell: (each) =>
        each.status !== 'undone' && (
          <Button
            size="sm"
            variant="quiet"
            aria-label={`${underWay.has(each.status) ? 'Stop' : 'Take out'} ${each.fileName || 'what was pasted'}`}
            onClick={() => void takeOut(each.id)}
          >
            {underWay.has(each.status) ? 'Stop' : 'Take out'}
          </Button>
        ),
    },
  ]
  return (
    <>
      <KeysetTable
        what="imports"
        page={page}
        keyset={keyset}
        rows={page.data?.items}
        columns={columns}
        rowId={(each) => each.id}
        keyboard={false}
        empty={<EmptyState title="No imports yet">Files that are read into this dataset are listed here.</EmptyState>}
      />
      {shown && (
        <Dialog
          open
          onOpenChange={() => setShown(undefined)}
          title={shown.fileName || 'Pasted rows'}
          size="medium"
          reading
        >
          <RowErrors errors={shown.errors} failed={shown.failed} />
        </Dialog>
      )}
    </>
  )
}
