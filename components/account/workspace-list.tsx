'use client'
import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Tile } from '#components/ui/avatar.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import type { ActionResult } from '#lib/core/result.ts'
import type { CreateWorkspaceInput, WorkspaceView } from '#lib/tenancy/schema.ts'

// Fetched when it is first opened.
const NewWorkspaceDialog = dynamic(
  () => import('./new-workspace-dialog.tsx').then((module) => module.NewWorkspaceDialog),
  {
    ssr: false,
  },
)

export interface WorkspaceListProps {
  workspaces: WorkspaceView[]
  /** Opens the dialog at once: the address asked for it. */
  creating: boolean
  /** What is preset for prompts and answers of a new one. */
  keepDays: number
  create: (input: CreateWorkspaceInput) => Promise<ActionResult<WorkspaceView>>
  leave: (input: { workspace: string }) => Promise<ActionResult<void>>
}

/** The workspaces of a person: go, leave, make another. */
export function WorkspaceList({ workspaces, creating, keepDays, create, leave }: WorkspaceListProps) {
  const router = useRouter()
  const [open, setOpen] = useState(creating)
  const [leaving, setLeaving] = useState<WorkspaceView>()
  return (
    <Card>
      <CardHeader
        title="Workspaces"
        actions={
          <Button size="sm" onClick={() => setOpen(true)}>
            <Plus aria-hidden="true" /> New workspace
          </Button>
        }
      />
      {workspaces.length === 0 ? (
        <p className="px-4 pb-4 text-muted">You are in no workspace. Make one, or ask for an invitation.</p>
      ) : (
        <ul className="divide-y border-t">
          {workspaces.map((workspace) => (
            <li key={workspace.id} className="flex items-center gap-3 px-4 py-2">
              <Tile name={workspace.name} />
              <Link href={`/${workspace.slug}/router`} className="link min-w-0 flex-1 truncate font-medium">
                {workspace.name}
              </Link>
              <Badge>{workspace.role}</Badge>
              <Button
                size="sm"
                variant="quiet"
                onClick={() => setLeaving(workspace)}
                aria-label={`Leave ${workspace.name}`}
              >
                Leave
              </Button>
            </li>
          ))}
        </ul>
      )}
      {open && <NewWorkspaceDialog keepDays={keepDays} onClose={() => setOpen(false)} create={create} />}
      {leaving && (
        <ConfirmDialog
          open
          onOpenChange={(next) => !next && setLeaving(undefined)}
          title={`Leave ${leaving.name}`}
          action="Leave workspace"
          name={leaving.slug}
          onConfirm={async () => {
            await orThrow(leave({ workspace: leaving.slug }))
            router.replace('/sign-in')
            router.refresh()
          }}
        >
          <p>
            You lose access at once and are signed out. Your keys that manage it are revoked. Only an invitation brings
            you back.
          </p>
        </ConfirmDialog>
      )}
    </Card>
  )
}
