'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Camera, Download, MoreHorizontal, Pencil, Plus, Trash2, Upload } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { parseAsStringLiteral, useQueryState, useQueryStates } from 'nuqs'
import { useMemo } from 'react'
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
import { Tabs } from '#components/ui/tabs.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { DatasetView } from '#lib/experiments/schema.ts'
import { DatasetLoading } from './dataset-loading.tsx'
import { ImportsTab } from './imports-tab.tsx'
import { addSnapshot, datasetParsers, datasetQuery, exportPath, removeDataset } from './queries.ts'
import { RowsTab } from './rows-tab.tsx'
import { SnapshotsTab } from './snapshots-tab.tsx'

// Fetched when they are first opened.
const DatasetDialog = dynamic(() => import('./dataset-dialog.tsx').then((module) => module.DatasetDialog), {
  ssr: false,
})
const ImportDialog = dynamic(() => import('./import-dialog.tsx').then((module) => module.ImportDialog), { ssr: false })
const ConfirmDialog = dynamic(
  () => import('#components/ui/confirm-dialog.tsx').then((module) => module.ConfirmDialog),
  {
    ssr: false,
  },
)

/** One dataset. Tab, search, place in the rows and what is open stand in the address. */
export function DatasetScreen({ workspace, id, canWrite }: { workspace: string; id: string; canWrite: boolean }) {
  const router = useRouter()
  const client = useQueryClient()
  const [state, setState] = useQueryStates(datasetParsers, { history: 'push' })
  const [open, setOpen] = useQueryState('open', parseAsStringLiteral(['row', 'import', 'edit', 'delete'] as const))
  const dataset = useQuery(datasetQuery(workspace, id))
  const close = () => void setOpen(null)
  const reload = () =>
    Promise.all(
      ['dataset', 'dataset-rows', 'dataset-snapshots', 'dataset-imports'].map((about) =>
        client.invalidateQueries({ queryKey: [about, workspace, id] }),
      ),
    )

  const commands = useMemo(
    () =>
      canWrite
        ? [
            { id: 'dataset.row', label: 'Add a row', group: 'Do', run: () => void setOpen('row') },
            { id: 'dataset.import', label: 'Import a file', group: 'Do', run: () => void setOpen('import') },
          ]
        : [],
    [canWrite, setOpen],
  )
  useCommands(commands)

  if (dataset.error && !dataset.data) {
    return (
      <PageBody full>
        <ErrorState
          heading="h1"
          title="The dataset could not be loaded"
          requestId={dataset.error instanceof ApiError ? dataset.error.requestId : undefined}
          onRetry={() => void dataset.refetch()}
          retrying={dataset.isFetching}
        >
          {dataset.error.message}
        </ErrorState>
      </PageBody>
    )
  }
  if (!dataset.data) return <DatasetLoading />
  const { data } = dataset

  async function keep() {
    try {
      const { number } = await addSnapshot(workspace, id, '')
      await reload()
      toast.success(`Kept as snapshot ${number}.`)
    } catch (error) {
      toast.error(error instanceof ApiError ? error.message : 'That did not work.')
    }
  }

  return (
    <PageBody full>
      <Trail crumbs={[{ label: data.name }]} />
      <PageHeader
        title={data.name}
        actions={
          canWrite && (
            <>
              <Button onClick={() => void setOpen('import')}>
                <Upload aria-hidden="true" /> Import
              </Button>
              <Button variant="main" onClick={() => void setOpen('row')}>
                <Plus aria-hidden="true" /> Add a row
              </Button>
              <Menu
                label={`Actions for ${data.name}`}
                trigger={
                  <IconButton label="More actions" variant="default">
                    <MoreHorizontal />
                  </IconButton>
                }
              >
                <MenuItem icon={<Pencil />} onSelect={() => void setOpen('edit')}>
                  Edit name and columns
                </MenuItem>
                <MenuItem icon={<Camera />} onSelect={() => void keep()}>
                  Keep a snapshot
                </MenuItem>
                {(['csv', 'jsonl'] as const).map((format) => (
                  <MenuItem
                    key={format}
                    icon={<Download />}
                    onSelect={() => location.assign(exportPath(workspace, id, { format }))}
                  >
                    Export as {format === 'csv' ? 'CSV' : 'JSON lines'}
                  </MenuItem>
                ))}
                <MenuSeparator />
                <MenuItem danger icon={<Trash2 />} onSelect={() => void setOpen('delete')}>
                  Delete
                </MenuItem>
              </Menu>
            </>
          )
        }
      >
        {data.description && <p className="max-w-3xl text-pretty">{data.description}</p>}
        <p className="text-faint text-sm">
          {formatNumber(data.rowCount)} {data.rowCount === 1 ? 'row' : 'rows'}, changed{' '}
          <RelativeTime at={data.updatedAt} />
          {data.newestSnapshot > 0 &&
            (data.changed
              ? `, differs from snapshot ${data.newestSnapshot}`
              : `, the same as snapshot ${data.newestSnapshot}`)}
        </p>
      </PageHeader>
      <Tabs
        label="Parts of the dataset"
        value={state.tab}
        onChange={(tab) => void setState({ tab: tab as typeof state.tab, after: null })}
        tabs={[
          {
            id: 'rows',
            label: 'Rows',
            count: data.rowCount,
            content: canWrite ? (
              <RowsTab
                workspace={workspace}
                dataset={data}
                state={state}
                setState={(patch, options) => void setState(patch, options)}
                adding={open === 'row'}
                onAdded={close}
                onImport={() => void setOpen('import')}
                onAdd={() => void setOpen('row')}
                onChanged={() => void reload()}
              />
            ) : (
              <EmptyState title="Rows are for developers">
                They may hold what users wrote. Your role here is viewer; ask an admin for another one.
              </EmptyState>
            ),
          },
          {
            id: 'snapshots',
            label: 'Snapshots',
            count: data.snapshots,
            content: (
              <SnapshotsTab
                workspace={workspace}
                dataset={data}
                canWrite={canWrite}
                after={state.after}
                onAfter={(after) => void setState({ after })}
                onShow={(snapshot) => void setState({ tab: 'rows', snapshot, after: null, q: null })}
                onChanged={() => void reload()}
              />
            ),
          },
          ...(canWrite
            ? [
                {
                  id: 'imports',
                  label: 'Imports',
                  content: (
                    <ImportsTab
                      workspace={workspace}
                      id={id}
                      after={state.after}
                      onAfter={(after) => void setState({ after })}
                      onChanged={() => void reload()}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
      {canWrite && open === 'edit' && (
        <DatasetDialog
          workspace={workspace}
          dataset={data}
          onClose={close}
          onSaved={(changed: DatasetView) => {
            client.setQueryData(datasetQuery(workspace, id).queryKey, changed)
            void reload()
            close()
          }}
        />
      )}
      {canWrite && open === 'import' && (
        <ImportDialog workspace={workspace} dataset={data} onClose={close} onChanged={() => void reload()} />
      )}
      {canWrite && open === 'delete' && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title={`Delete ${data.name}`}
          action="Delete dataset"
          name={data.name}
          onConfirm={async () => {
            await removeDataset(workspace, id)
            await client.invalidateQueries({ queryKey: ['datasets', workspace] })
            router.replace(`/${workspace}/datasets`)
          }}
        >
          <p>
            Its {formatNumber(data.rowCount)} rows and {formatNumber(data.snapshots)} snapshots go with it. This cannot
            be undone.
          </p>
        </ConfirmDialog>
      )}
    </PageBody>
  )
}
