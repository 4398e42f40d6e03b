import type { Metadata } from 'next'
import { InvitationsTable } from '#components/members/invitations-table.tsx'
import { MembersTable } from '#components/members/members-table.tsx'
import { getRuntime } from '#lib/runtime.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { type KeyView, roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'
import { inviteMember, removeMember, revokeInvitation, updateMember } from '../actions.ts'

export const metadata: Metadata = { title: 'Members' }

export default async function MembersPage({ params }: { params: Promise<{ workspace: string }> }) {
  const scope = await requireScope((await params).workspace)
  const { tenancy } = getRuntime()
  const isAdmin = roleReaches(scope.role, 'admin')
  const [members, invitations, keys] = await Promise.all([
    tenancy.listMembers(scope),
    isAdmin ? tenancy.listInvitations(scope) : [],
    isAdmin ? listLivingKeys(scope) : [],
  ])
  const { slug } = scope.workspace
  return (
    <div className="grid gap-8">
      <MembersTable
        workspace={slug}
        members={members}
        keys={keys}
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

/** All of them: a workspace has at most a thousand. */
async function listLivingKeys(scope: Scope): Promise<KeyView[]> {
  const keys: KeyView[] = []
  let cursor: string | undefined
  do {
    const page = await getRuntime().tenancy.listKeys(scope, { limit: 200, cursor })
    keys.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return keys
}
