import type { Metadata } from 'next'
import { InvitationsTable } from '#components/members/invitations-table.tsx'
import { MembersTable } from '#components/members/members-table.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'
import { inviteMember, removeMember, revokeInvitation, updateMember } from '../actions.ts'

export const metadata: Metadata = { title: 'Members' }

export default async function MembersPage({ params }: { params: Promise<{ workspace: string }> }) {
  const scope = await requireScope((await params).workspace)
  const { tenancy } = getRuntime()
  const isAdmin = roleReaches(scope.role, 'admin')
  const [members, invitations] = await Promise.all([
    tenancy.listMembers(scope),
    isAdmin ? tenancy.listInvitations(scope) : [],
  ])
  const { slug } = scope.workspace
  return (
    <div className="grid gap-8">
      <MembersTable
        workspace={slug}
        members={members}
        role={scope.role}
        update={updateMember}
        remove={removeMember}
        invite={inviteMember}
      />
      {isAdmin && (
        <section className="grid gap-3">
          <h2 className="font-semibold">Open invitations</h2>
          <InvitationsTable workspace={slug} invitations={invitations} revoke={revokeInvitation} />
        </section>
      )}
    </div>
  )
}
