'use client'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { GitCompare, MoreHorizontal, PencilLine, Upload } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Menu, MenuItem } from '#components/ui/menu.tsx'
import { Pagination } from '#components/ui/pagination.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { VersionView } from '#lib/deployments/schema.ts'
import { DiffView } from './diff-view.tsx'
import { Environments } from './environments.tsx'
import type { DeploymentParts } from './parts.ts'
import { type DeploymentState, versionQuery, versionsQuery } from './queries.ts'
import { ReleaseLog } from './release-log.tsx'
import type { ServeStart } from './serve-dialog.tsx'
import { versionBefore } from './versions.ts'

const ServeDialog = dynamic(() => import('./serve-dialog.tsx').then((module) => module.ServeDialog), { ssr: false })

/** What is published: the environments, the versions, what differs between any two, and who released what. */
export function VersionsTab({
  workspace,
  deployment,
  draft,
  canWrite,
  state,
  onState,
  onChanged,
  onPublish,
}: DeploymentParts & {
  state: DeploymentState
  onState: (patch: Partial<DeploymentState>) => void
  onChanged: () => unknown
  onPublish: () => void
}) {
  const client = useQueryClient()
  const { id, latest } = deployment
  const versions = useQuery({ ...versionsQuery(workspace, id, state.cursor), placeholderData: keepPreviousData })
  const keyset = useKeyset(state.cursor, (cursor) => onState({ cursor }))
  const [serving, setServing] = useState<ServeStart>()
  const items = versions.data?.items ?? []

  /** What a version holds becomes the draft, to be gone on with. */
  async function edit(version: string) {
    try {
      const { config } = await client.fetchQuery(versionQuery(workspace, id, version))
      const before = draft.config
      draft.edit(config)
      toast(`${version} is in the editor`, { action: { label: 'Undo', onClick: () => draft.edit(before) } })
      onState({ tab: 'editor' })
    } catch (error) {
      toast.error(error instanceof ApiError ? error.message : 'That did not work.')
    }
  }

  function serve(start: ServeStart) {
    // The newest that does not serve there yet.
    const at = deployment.environments.find(({ name }) => name === start.environment)
    const version = start.version || (items.find((each) => each.version !== at?.serves)?.version ?? '')
    setServing({ ...start, version })
  }

  if (state.before && state.after) {
    return (
      <DiffView
        workspace={workspace}
        deployment={deployment}
        draftVersion={draft.saved.version}
        versions={items}
        before={state.before}
        after={state.after}
        onChoose={(before, after) => onState({ before, after })}
        onClose={() => onState({ before: null, after: null })}
      />
    )
  }

  if (latest === null) {
    return (
      <EmptyState
        title="Nothing is published yet"
        action={
          canWrite && (
            <Button variant="main" onClick={onPublish}>
              Publish 1.0
            </Button>
          )
        }
      >
        Publishing makes a version of the draft that never changes. Environments such as production point to one, and
        can be rolled back.
      </EmptyState>
    )
  }

  return (
    <div className="grid grid-cols-1 gap-5">
      <Environments
        workspace={workspace}
        deployment={deployment}
        canWrite={canWrite}
        onServe={serve}
        onChanged={onChanged}
      />
      <DataTable
        label="Versions"
        tall
        columns={[
          ...versionColumns,
          {
            id: 'actions',
            label: '',
            className: 'w-10',
            cell: ({ version }) => (
              <Menu
                label={`Actions for ${version}`}
                trigger={
                  <IconButton label={`Actions for ${version}`} size="sm">
                    <MoreHorizontal />
                  </IconButton>
                }
              >
                {versionBefore(items, version) && (
                  <MenuItem
                    icon={<GitCompare />}
                    onSelect={() => onState({ before: versionBefore(items, version)!, after: version })}
                  >
                    Compare with {versionBefore(items, version)}
                  </MenuItem>
                )}
                <MenuItem icon={<GitCompare />} onSelect={() => onState({ before: version, after: 'draft' })}>
                  Compare with the draft
                </MenuItem>
                {canWrite && (
                  <>
                    <MenuItem
                      icon={<Upload />}
                      onSelect={() => setServing({ kind: 'serve', version, environment: 'production' })}
                    >
                      Serve it in an environment
                    </MenuItem>
                    <MenuItem icon={<PencilLine />} onSelect={() => void edit(version)}>
                      Go on from it in the editor
                    </MenuItem>
                  </>
                )}
              </Menu>
            ),
          },
        ]}
        rows={versions.error && !versions.data ? undefined : versions.data?.items}
        rowId={({ version }) => version}
        onOpen={({ version }) => {
          const before = versionBefore(items, version)
          onState(before ? { before, after: version } : { before: version, after: 'draft' })
        }}
        refreshing={versions.isPlaceholderData}
        toolbar={
          <Button onClick={() => onState({ before: latest, after: 'draft' })}>
            <GitCompare aria-hidden="true" /> Compare {latest} with the draft
          </Button>
        }
        empty={<p className="px-4 py-6 text-muted text-sm">No versions on this page.</p>}
        error={
          versions.error &&
          !versions.data && (
            <ErrorState
              title="The versions could not be loaded"
              requestId={versions.error instanceof ApiError ? versions.error.requestId : undefined}
              onRetry={() => void versions.refetch()}
              retrying={versions.isFetching}
            >
              {versions.error.message}
            </ErrorState>
          )
        }
        footer={
          <Pagination
            previous={keyset.previous}
            next={keyset.next(versions.data?.nextCursor)}
            pending={versions.isPlaceholderData}
          />
        }
      />
      <ReleaseLog workspace={workspace} id={id} />
      {serving && (
        <ServeDialog
          workspace={workspace}
          deployment={deployment}
          versions={items}
          start={serving}
          onClose={() => setServing(undefined)}
          onChanged={onChanged}
        />
      )}
    </div>
  )
}

const versionColumns: readonly Column<VersionView>[] = [
  {
    id: 'version',
    label: 'Version',
    primary: true,
    cell: ({ version }) => <span className="figures font-medium">{version}</span>,
  },
  {
    id: 'description',
    label: 'What is new',
    cell: ({ description }) => (
      <span className="block max-w-lg truncate" title={description}>
        {description || <span className="text-faint">–</span>}
      </span>
    ),
  },
  {
    id: 'environments',
    label: 'Serves',
    cell: ({ environments, canaryOf }) => (
      <span className="flex flex-wrap gap-1">
        {environments.map((name) => (
          <Badge key={name}>{name}</Badge>
        ))}
        {canaryOf.map((name) => (
          <Badge key={name} tone="outline">
            canary of {name}
          </Badge>
        ))}
      </span>
    ),
  },
  { id: 'by', label: 'By', cell: ({ createdBy }) => createdBy || <span className="text-faint">–</span> },
  { id: 'at', label: 'Published', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
]
