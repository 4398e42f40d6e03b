'use client'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Copy, MoreHorizontal, Plus, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { parseAsBoolean, useQueryState, useQueryStates } from 'nuqs'
import { useMemo, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { useCommands } from '#components/ui/commands.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { KeysetTable } from '#components/ui/keyset-table.tsx'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { SearchInput } from '#components/ui/search-input.tsx'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { DeploymentView } from '#lib/deployments/schema.ts'
import { deploymentColumns, type ListedDeployment } from './list-columns.tsx'
import { deploymentPage, deploymentsParsers, deploymentsQuery, recentFiguresQuery } from './queries.ts'

// Fetched when they are first opened.
const DeploymentDialog = dynamic(() => import('./deployment-dialog.tsx').then((module) => module.DeploymentDialog), {
  ssr: false,
})
const DeleteDialog = dynamic(() => import('./delete-dialog.tsx').then((module) => module.DeleteDialog), { ssr: false })

const deploymentsLine = 'Prompts with their models behind a key that code calls, changed without a release.'

/** Every deployment of a workspace. Search, order and the place in the list stand in the address. */
export function DeploymentsScreen({ workspace, canWrite }: { workspace: string; canWrite: boolean }) {
  const router = useRouter()
  const client = useQueryClient()
  const [state, setState] = useQueryStates(deploymentsParsers, { history: 'push' })
  const [creating, setCreating] = useQueryState('new', parseAsBoolean.withDefault(false))
  const [open, setOpen] = useState<{ what: 'copy' | 'delete'; deployment: DeploymentView }>()
  const page = useQuery({ ...deploymentsQuery(workspace, state), placeholderData: keepPreviousData })
  const recent = useQuery(recentFiguresQuery(workspace))
  const keyset = useKeyset(state.after, (after) => void setState({ after }))
  const commands = useMemo(
    () =>
      canWrite
        ? [{ id: 'deployments.new', label: 'New deployment', group: 'Do', run: () => void setCreating(true) }]
        : [],
    [canWrite, setCreating],
  )
  useCommands(commands)

  const rows = useMemo(() => {
    const figures = new Map(recent.data?.rows.map((row) => [row.key, row]))
    return page.data?.items.map(
      (deployment): ListedDeployment => ({
        ...deployment,
        // None yet where nothing called it; unknown while, and where, the figures cannot be read.
        recent: recent.data ? (figures.get(deployment.id) ?? null) : undefined,
      }),
    )
  }, [page.data, recent.data])
  const columns = useMemo(
    () => [
      ...deploymentColumns,
      ...(canWrite
        ? [
            {
              id: 'actions',
              label: '',
              cell: (row: ListedDeployment) => (
                <RowMenu row={row} onOpen={(what) => setOpen({ what, deployment: row })} />
              ),
              className: 'w-10',
            },
          ]
        : []),
    ],
    [canWrite],
  )

  const create = canWrite && (
    <Button variant="main" onClick={() => void setCreating(true)}>
      <Plus aria-hidden="true" /> New deployment
    </Button>
  )
  const untouched = page.data?.items.length === 0 && !state.q && state.after === null
  const [by = '', descending] = state.sort?.startsWith('-') ? [state.sort.slice(1), true] : [state.sort, false]
  const reload = () => client.invalidateQueries({ queryKey: ['deployments', workspace] })

  return (
    <PageBody full>
      <PageHeader title="Deployments" actions={!untouched && create}>
        {deploymentsLine}
      </PageHeader>
      <KeysetTable
        what="deployments"
        page={page}
        keyset={keyset}
        tall
        columns={columns}
        columnsKey="deployments"
        rows={rows}
        rowId={(deployment) => deployment.id}
        rowHref={(deployment) => deploymentPage(workspace, deployment.key)}
        sort={by ? { id: by, descending: descending === true } : undefined}
        onSort={(sort) => {
          keyset.reset()
          const next = sort && ((sort.descending ? `-${sort.id}` : sort.id) as NonNullable<typeof state.sort>)
          void setState({ sort: next ?? null, after: null })
        }}
        toolbar={
          !untouched && (
            <SearchInput
              label="Search deployments"
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
            <EmptyState title="No deployments yet" action={create}>
              A deployment is a key that code calls in place of a model. Prompt, model, fallbacks and routing stand
              behind it in versions, which you change and roll back here while the code stays as it is.
            </EmptyState>
          ) : (
            <EmptyState
              title="No deployment fits"
              action={<Button onClick={() => void setState({ q: null, after: null })}>Clear the search</Button>}
            >
              Nothing has these words in its key or description.
            </EmptyState>
          )
        }
      />
      {canWrite && creating && (
        <DeploymentDialog
          workspace={workspace}
          purpose={{ kind: 'new' }}
          onClose={() => void setCreating(null)}
          onSaved={(deployment) => router.push(deploymentPage(workspace, deployment.key))}
        />
      )}
      {open?.what === 'copy' && (
        <DeploymentDialog
          workspace={workspace}
          purpose={{ kind: 'copy', of: open.deployment }}
          onClose={() => setOpen(undefined)}
          onSaved={(deployment) => router.push(deploymentPage(workspace, deployment.key))}
        />
      )}
      {open?.what === 'delete' && (
        <DeleteDialog
          workspace={workspace}
          deployment={open.deployment}
          onClose={() => setOpen(undefined)}
          onDeleted={reload}
        />
      )}
    </PageBody>
  )
}

function RowMenu({ row, onOpen }: { row: DeploymentView; onOpen: (what: 'copy' | 'delete') => void }) {
  return (
    <Menu
      label={`Actions for ${row.key}`}
      trigger={
        <IconButton label={`Actions for ${row.key}`} size="sm">
          <MoreHorizontal />
        </IconButton>
      }
    >
      <MenuItem icon={<Copy />} onSelect={() => onOpen('copy')}>
        Duplicate
      </MenuItem>
      <MenuSeparator />
      <MenuItem danger icon={<Trash2 />} onSelect={() => onOpen('delete')}>
        Delete
      </MenuItem>
    </Menu>
  )
}
