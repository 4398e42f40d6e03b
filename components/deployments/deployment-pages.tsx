'use client'
import { useQueryClient } from '@tanstack/react-query'
import { Copy, MoreHorizontal, Pencil, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { parseAsStringLiteral, useQueryState, useQueryStates } from 'nuqs'
import { useMemo } from 'react'
import { typeShort } from '#components/prompt/model-words.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Trail } from '#components/ui/breadcrumb.tsx'
import { Button } from '#components/ui/button.tsx'
import { useCommands } from '#components/ui/commands.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import type { DeploymentView, DraftView } from '#lib/deployments/schema.ts'
import { EditorLoading } from './deployment-loading.tsx'
import type { DeploymentScreenProps } from './deployment-screen.tsx'
import { deploymentPage, deploymentParsers, type deploymentTabs } from './queries.ts'
import { SaveLine } from './save-line.tsx'
import { useDraft } from './use-draft.ts'
import { useMarks } from './use-marks.ts'

// Fetched when they are first opened.
const DeploymentDialog = dynamic(() => import('./deployment-dialog.tsx').then((module) => module.DeploymentDialog), {
  ssr: false,
})
const DeleteDialog = dynamic(() => import('./delete-dialog.tsx').then((module) => module.DeleteDialog), { ssr: false })
const ConflictDialog = dynamic(() => import('./conflict-dialog.tsx').then((module) => module.ConflictDialog), {
  ssr: false,
})
const PublishDialog = dynamic(() => import('./publish-dialog.tsx').then((module) => module.PublishDialog), {
  ssr: false,
})
// The editor is large: the page is awake before it.
const EditorTab = dynamic(() => import('./editor-tab.tsx').then((module) => module.EditorTab), {
  ssr: false,
  loading: EditorLoading,
})
const loading = () => <Skeleton className="h-64 w-full rounded-xl" />
const RoutingTab = dynamic(() => import('./routing-tab.tsx').then((module) => module.RoutingTab), { loading })
const VersionsTab = dynamic(() => import('./versions-tab.tsx').then((module) => module.VersionsTab), { loading })
const FiguresTab = dynamic(() => import('./figures-tab.tsx').then((module) => module.FiguresTab), { loading })
const CodeTab = dynamic(() => import('./code-tab.tsx').then((module) => module.CodeTab), { loading })

type TabId = (typeof deploymentTabs)[number]

/** The tabs of one deployment. Tab, variant and what is compared stand in the address; the draft saves itself. */
export function DeploymentPages({
  workspace,
  address,
  gatewayUrl,
  keepAs,
  canWrite,
  deployment,
  loaded,
}: DeploymentScreenProps & { deployment: DeploymentView; loaded: DraftView }) {
  const router = useRouter()
  const client = useQueryClient()
  const { id, key, type } = deployment
  const [state, setState] = useQueryStates(deploymentParsers, { history: 'push' })
  const [open, setOpen] = useQueryState(
    'open',
    parseAsStringLiteral(['publish', 'edit', 'copy', 'delete'] as const).withOptions({ history: 'replace' }),
  )
  const draft = useDraft(workspace, { id, address, loaded, keepAs, canWrite })
  const marks = useMarks(workspace, id, draft.config, type)
  const close = () => void setOpen(null)
  const reload = () =>
    Promise.all(
      [
        ['deployment', workspace, address],
        ['deployment-draft', workspace, address],
        ['deployment-versions', workspace, id],
        ['deployment-releases', workspace, id],
        ['deployment-diff', workspace, id],
        ['deployment-context', workspace, id],
        ['deployments', workspace],
      ].map((queryKey) => client.invalidateQueries({ queryKey })),
    )

  const commands = useMemo(
    () =>
      canWrite
        ? [
            { id: 'deployment.publish', label: `Publish ${key}`, group: 'Do', run: () => void setOpen('publish') },
            { id: 'deployment.copy', label: `Duplicate ${key}`, group: 'Do', run: () => void setOpen('copy') },
          ]
        : [],
    [canWrite, key, setOpen],
  )
  useCommands(commands)

  /** Flush first: nobody publishes what the server has not got. */
  async function openPublish() {
    await draft.flush()
    await setOpen('publish')
  }

  const parts = { workspace, deployment, draft, marks, canWrite }
  const rows = draft.config.routing.rows.length
  return (
    <PageBody>
      <Trail crumbs={[{ label: key }]} />
      <PageHeader
        title={<span className="figures">{key}</span>}
        aside={
          <>
            <CopyButton text={`deployment/${key}`} what="the address to call" />
            <Badge>{typeShort[type]}</Badge>
          </>
        }
        actions={
          <>
            {canWrite && (
              <Menu
                label={`Actions for ${key}`}
                trigger={
                  <IconButton label="More actions" variant="default">
                    <MoreHorizontal />
                  </IconButton>
                }
              >
                <MenuItem icon={<Pencil />} onSelect={() => void setOpen('edit')}>
                  Edit key and description
                </MenuItem>
                <MenuItem icon={<Copy />} onSelect={() => void setOpen('copy')}>
                  Duplicate
                </MenuItem>
                <MenuSeparator />
                <MenuItem danger icon={<Trash2 />} onSelect={() => void setOpen('delete')}>
                  Delete
                </MenuItem>
              </Menu>
            )}
            {canWrite && (
              <Button variant="main" onClick={() => void openPublish()}>
                Publish
              </Button>
            )}
          </>
        }
      >
        {deployment.description && <p className="max-w-3xl text-pretty">{deployment.description}</p>}
        <SaveLine draft={draft} latest={deployment.latest} canWrite={canWrite} />
      </PageHeader>
      <Tabs
        label="Parts of the deployment"
        value={state.tab}
        onChange={(tab) => void setState({ tab: tab as TabId, before: null, after: null, cursor: null })}
        tabs={[
          {
            id: 'editor',
            label: 'Editor',
            content: (
              <EditorTab
                {...parts}
                chosen={state.variant}
                onChoose={(variant) => void setState({ variant }, { history: 'replace' })}
                onShowRouting={() => void setState({ tab: 'routing' })}
              />
            ),
          },
          { id: 'routing', label: 'Routing', ...(rows > 0 && { count: rows }), content: <RoutingTab {...parts} /> },
          {
            id: 'versions',
            label: 'Versions',
            content: (
              <VersionsTab
                {...parts}
                state={state}
                onState={(patch) => void setState(patch)}
                onChanged={reload}
                onPublish={() => void openPublish()}
              />
            ),
          },
          {
            id: 'figures',
            label: 'Figures',
            content: (
              <FiguresTab
                workspace={workspace}
                deployment={deployment}
                state={state}
                onState={(patch) => void setState(patch)}
              />
            ),
          },
          {
            id: 'code',
            label: 'Code',
            content: <CodeTab deployment={deployment} config={draft.config} gatewayUrl={gatewayUrl} />,
          },
        ]}
      />
      {draft.theirs && <ConflictDialog workspace={workspace} draft={draft} theirs={draft.theirs} />}
      {canWrite && open === 'publish' && (
        <PublishDialog
          {...parts}
          onClose={close}
          onPublished={async () => {
            close()
            await reload()
          }}
        />
      )}
      {canWrite && (open === 'edit' || open === 'copy') && (
        <DeploymentDialog
          workspace={workspace}
          purpose={{ kind: open, of: deployment }}
          onClose={close}
          onSaved={(saved) => {
            if (open === 'edit' && saved.key === key) {
              void reload()
              close()
            } else router.push(deploymentPage(workspace, saved.key))
          }}
        />
      )}
      {canWrite && open === 'delete' && (
        <DeleteDialog
          workspace={workspace}
          deployment={deployment}
          onClose={close}
          onDeleted={() => router.replace(`/${workspace}/deployments`)}
        />
      )}
    </PageBody>
  )
}
