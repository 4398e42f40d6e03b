'use client'
import { Ellipsis, UserPlus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Menu, MenuItem, MenuLabel } from '#components/ui/menu.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { ExactTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ActionResult } from '#lib/core/result.ts'
import {
  type InviteInput,
  type KeyView,
  type MemberView,
  type RemoveMemberInput,
  type Role,
  roleReaches,
  roles,
  type UpdateMemberInput,
} from '#lib/tenancy/schema.ts'
import type { Invited } from './invite-dialog.tsx'
import { MemberKeys } from './member-keys.tsx'
import { roleWords } from './role-words.ts'

// Fetched when it is first opened.
const InviteDialog = dynamic(() => import('./invite-dialog.tsx').then((module) => module.InviteDialog), { ssr: false })

export interface MembersTableProps {
  workspace: string
  members: MemberView[]
  /** Living keys of the workspace; empty for those who change nothing here. */
  keys: KeyView[]
  /** Of the one who looks. */
  role: Role
  update: (workspace: string, input: UpdateMemberInput) => Promise<ActionResult<MemberView>>
  remove: (workspace: string, input: RemoveMemberInput) => Promise<ActionResult<void>>
  invite: (workspace: string, input: InviteInput) => Promise<ActionResult<Invited>>
}

export function MembersTable({ workspace, members, keys, role, update, remove, invite }: MembersTableProps) {
  const router = useRouter()
  const [inviting, setInviting] = useState(false)
  const [removing, setRemoving] = useState<MemberView>()
  const [demoting, setDemoting] = useState<{ member: MemberView; to: Role }>()
  const [kept, setKept] = useState<string[]>([])
  const isAdmin = roleReaches(role, 'admin')

  const keysOf = (member: MemberView) => keys.filter(({ createdBy }) => createdBy?.id === member.userId)
  const keptOf = (member: MemberView) => kept.filter((id) => keysOf(member).some((key) => key.id === id))

  async function save(member: MemberView, to: Role) {
    const { userId, version } = member
    await orThrow(update(workspace, { userId, role: to, version, keepKeyIds: keptOf(member) }))
    toast.success(`${member.name} is now ${to}`)
  }

  async function change(member: MemberView, to: Role) {
    setKept([])
    if (!roleReaches(to, member.role) && keysOf(member).some(({ scopes }) => scopes.includes('manage'))) {
      setDemoting({ member, to })
      return
    }
    try {
      await save(member, to)
    } catch (error) {
      toast.error((error as Error).message)
    }
    router.refresh()
  }

  const columns: Column<MemberView>[] = [
    {
      id: 'name',
      label: 'Name',
      primary: true,
      sort: (member) => member.name,
      cell: (member) => (
        <>
          {member.name} {member.self && <Badge>you</Badge>}
        </>
      ),
    },
    { id: 'email', label: 'E-mail', sort: (member) => member.email, cell: (member) => member.email },
    {
      id: 'role',
      label: 'Role',
      sort: (member) => roles.indexOf(member.role),
      cell: (member) => roleWords[member.role].label,
    },
    {
      id: 'joined',
      label: 'Joined',
      sort: (member) => member.joinedAt,
      cell: (member) => <ExactTime at={member.joinedAt} day />,
    },
    ...(isAdmin
      ? [
          {
            id: 'actions',
            label: '',
            className: 'w-px text-right',
            cell: (member: MemberView) =>
              roleReaches(role, member.role) && (
                <MemberMenu
                  member={member}
                  own={role}
                  onChange={(to) => void change(member, to)}
                  onRemove={() => {
                    setKept([])
                    setRemoving(member)
                  }}
                />
              ),
          },
        ]
      : []),
  ]

  return (
    <>
      <DataTable
        label="Members"
        columns={columns}
        rows={members}
        rowId={(member) => member.userId}
        empty={<EmptyState title="No members" />}
        toolbar={
          <>
            <p className="flex-1 text-muted text-sm">
              {members.length === 1 ? '1 member' : `${members.length} members`}
            </p>
            {isAdmin && (
              <Button variant="main" onClick={() => setInviting(true)}>
                <UserPlus aria-hidden="true" /> Invite
              </Button>
            )}
          </>
        }
      />
      {inviting && (
        <InviteDialog open onOpenChange={setInviting} own={role} invite={(input) => invite(workspace, input)} />
      )}
      {removing && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setRemoving(undefined)}
          title={`Remove ${removing.name}`}
          action="Remove member"
          onConfirm={async () => {
            await orThrow(remove(workspace, { userId: removing.userId, keepKeyIds: keptOf(removing) }))
            router.refresh()
          }}
        >
          <p>{removing.email} loses access at once.</p>
          <MemberKeys keys={keysOf(removing)} kept={kept} onChange={setKept} fate="keep working and pass to you" />
        </ConfirmDialog>
      )}
      {demoting && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setDemoting(undefined)}
          title={`Make ${demoting.member.name} ${demoting.to}`}
          action={`Make ${demoting.to}`}
          onConfirm={async () => {
            await save(demoting.member, demoting.to)
            router.refresh()
          }}
        >
          <p>{demoting.member.email} is signed out and comes back with the new role, which their keys do not exceed.</p>
          <MemberKeys keys={keysOf(demoting.member)} kept={kept} onChange={setKept} fate="keep working" />
        </ConfirmDialog>
      )}
    </>
  )
}

function MemberMenu({
  member,
  own,
  onChange,
  onRemove,
}: {
  member: MemberView
  own: Role
  onChange: (role: Role) => void
  onRemove: () => void
}) {
  return (
    <Menu
      label={`Change ${member.name}`}
      trigger={
        <IconButton label={`Change ${member.name}`} size="sm">
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuLabel>Make</MenuLabel>
      {roles
        .filter((role) => role !== member.role && roleReaches(own, role))
        .map((role) => (
          <MenuItem key={role} detail={roleWords[role].detail} onSelect={() => onChange(role)}>
            {roleWords[role].label}
          </MenuItem>
        ))}
      <MenuItem danger onSelect={onRemove}>
        Remove
      </MenuItem>
    </Menu>
  )
}
