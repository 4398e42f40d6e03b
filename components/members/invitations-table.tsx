'use client'
import { useRouter } from 'next/navigation'
import { orThrow } from '#components/form/actions.ts'
import { Button } from '#components/ui/button.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ActionResult } from '#lib/core/result.ts'
import type { InvitationView } from '#lib/tenancy/schema.ts'
import { roleWords } from './role-words.ts'

/** Invitations that nobody has accepted yet. */
export function InvitationsTable({
  workspace,
  invitations,
  revoke,
}: {
  workspace: string
  invitations: InvitationView[]
  revoke: (workspace: string, input: { id: string }) => Promise<ActionResult<void>>
}) {
  const router = useRouter()
  async function end(invitation: InvitationView) {
    try {
      await orThrow(revoke(workspace, { id: invitation.id }))
      toast.success(`The invitation of ${invitation.email} no longer works`)
    } catch (error) {
      toast.error((error as Error).message)
    }
    router.refresh()
  }
  const columns: Column<InvitationView>[] = [
    { id: 'email', label: 'E-mail', primary: true, cell: (invitation) => invitation.email },
    { id: 'role', label: 'Role', cell: (invitation) => roleWords[invitation.role].label },
    {
      id: 'expires',
      label: 'Ends',
      cell: (invitation) => (invitation.expired ? 'Expired' : <RelativeTime at={invitation.expiresAt} />),
    },
    {
      id: 'actions',
      label: '',
      className: 'w-px text-right',
      cell: (invitation) => (
        <Button
          size="sm"
          variant="quiet"
          onClick={() => void end(invitation)}
          aria-label={`Revoke the invitation of ${invitation.email}`}
        >
          Revoke
        </Button>
      ),
    },
  ]
  return (
    <DataTable
      label="Open invitations"
      columns={columns}
      rows={invitations}
      rowId={(invitation) => invitation.id}
      keyboard={false}
      empty={
        <EmptyState title="No open invitations">Invite somebody by e-mail; you send them the link yourself.</EmptyState>
      }
    />
  )
}
