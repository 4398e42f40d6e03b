'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Pencil, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { parseAsString, useQueryState } from 'nuqs'
import { useState } from 'react'
import { typeShort } from '#components/prompt/model-words.ts'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Share } from '#components/ui/figures.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { GroupView } from '#lib/models/schema.ts'

const GroupDialog = dynamic(() => import('./group-dialog.tsx').then((module) => module.GroupDialog), { ssr: false })

/** AI Router, Groups: addresses that several models share. What is open stands in the address: `?group=gpt-4o`. */
export function GroupsScreen({ workspace, canManage }: { workspace: string; canManage: boolean }) {
  const queryClient = useQueryClient()
  const [open, setOpen] = useQueryState('group', parseAsString)
  const [removing, setRemoving] = useState<GroupView>()
  const base = `/api/workspaces/${encodeURIComponent(workspace)}/groups`
  const groups = useQuery({
    queryKey: ['groups', workspace],
    queryFn: ({ signal }) => callApi<{ items: GroupView[] }>(base, { signal }),
    refetchInterval: 30_000,
  })
  const reload = () => queryClient.invalidateQueries({ queryKey: ['groups', workspace] })
  const edited = open === null || open === '+' ? undefined : groups.data?.items.find((group) => group.address === open)
  const error = groups.error instanceof ApiError ? groups.error : undefined

  return (
    <>
      <DataTable
        label="Groups"
        tall
        columns={columns(workspace, canManage, (group) => void setOpen(group.address), setRemoving)}
        rows={groups.data?.items}
        rowId={(group) => group.address}
        rowName={(group) => group.address}
        toolbar={
          <>
            <p className="min-w-0 flex-1 text-pretty text-muted text-sm">
              One address, several models: each call goes to one of them, as often as its weight says.
            </p>
            {canManage && (groups.data?.items.length ?? 0) > 0 && (
              <Button onClick={() => void setOpen('+')}>New group</Button>
            )}
          </>
        }
        error={
          groups.isError && !groups.data ? (
            <ErrorState
              title="The groups could not be loaded"
              requestId={error?.requestId}
              onRetry={() => void groups.refetch()}
              retrying={groups.isFetching}
            >
              {groups.error.message}
            </ErrorState>
          ) : undefined
        }
        empty={
          <EmptyState
            title="No groups yet"
            action={
              canManage ? (
                <Button variant="main" onClick={() => void setOpen('+')}>
                  New group
                </Button>
              ) : undefined
            }
          >
            A group lets several models answer under one address: the same model on two servers, or a new one that gets
            a tenth of the calls.
          </EmptyState>
        }
      />
      {canManage && (open === '+' || edited) && (
        <GroupDialog
          key={open}
          workspace={workspace}
          group={edited}
          onClose={() => void setOpen(null)}
          onSaved={() => void reload().then(() => setOpen(null))}
        />
      )}
      {removing && (
        <ConfirmDialog
          open
          onOpenChange={() => setRemoving(undefined)}
          title={`Remove the group ${removing.address}`}
          action="Remove group"
          onConfirm={async () => {
            await callApi<void>(`${base}/${encodeURIComponent(removing.address)}`, { method: 'DELETE' })
            await reload()
          }}
        >
          <p>
            Calls to <span className="figures break-all">{removing.address}</span> are refused from then on. Its models
            stay, under their own addresses.
          </p>
        </ConfirmDialog>
      )}
    </>
  )
}

const columns = (
  workspace: string,
  canManage: boolean,
  onEdit: (group: GroupView) => void,
  onRemove: (group: GroupView) => void,
): readonly Column<GroupView>[] => [
  {
    id: 'address',
    label: 'Address',
    primary: true,
    sort: (group) => group.address,
    cell: (group) => <CopyText text={group.address} what={`the address ${group.address}`} className="max-w-72" />,
  },
  {
    id: 'models',
    label: 'Models',
    cell: (group) => (
      <ul className="grid py-1">
        {group.members.map((member) => (
          <li key={member.modelId} className="flex min-h-6 flex-wrap items-center gap-x-2">
            <Link
              href={`/${workspace}/router/models/${encodeURIComponent(member.slug)}`}
              className="link inline-flex min-h-6 items-center"
            >
              {member.name}
            </Link>
            <span className="text-faint text-xs">
              {member.state === 'disabled' ? (
                'disabled'
              ) : (
                <>
                  <Share value={member.share} /> · weight {member.weight} · {typeShort[member.type]}
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    ),
  },
  {
    id: 'used',
    label: 'Last call',
    sort: (group) => group.lastUsedAt,
    cell: (group) => (group.lastUsedAt ? <RelativeTime at={group.lastUsedAt} /> : 'none yet'),
  },
  {
    id: 'menu',
    label: '',
    className: 'w-20 pr-2',
    cell: (group) =>
      canManage ? (
        <span className="flex justify-end gap-1">
          <IconButton size="sm" label={`Edit ${group.address}`} onClick={() => onEdit(group)}>
            <Pencil />
          </IconButton>
          <IconButton size="sm" label={`Remove ${group.address}`} onClick={() => onRemove(group)}>
            <Trash2 />
          </IconButton>
        </span>
      ) : null,
  },
]
