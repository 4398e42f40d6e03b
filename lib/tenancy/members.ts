import { AppError, notFound, staleEdit } from '#lib/core/errors.ts'
import type { Member } from '#lib/platform/generated/prisma/client.ts'
import { recordAudit } from './audit.ts'
import { parseInput, requireRead, requireRole } from './guards.ts'
import type { House } from './house.ts'
import { type MemberView, RemoveMemberInput, type Role, roleReaches, roles, UpdateMemberInput } from './schema.ts'
import type { Person, Scope, Tx } from './scope.ts'
import { lockWorkspace, scopeForPerson } from './workspaces.ts'

/** The most members of one workspace; invitations stop there. */
export const membersMax = 1_000

/** Everybody in the workspace, owners first. */
export async function listMembers(scope: Scope): Promise<MemberView[]> {
  requireRead(scope)
  const members = await scope.tx((tx) =>
    tx.member.findMany({
      where: { workspaceId: scope.workspaceId },
      include: { user: { select: { id: true, name: true, email: true } } },
      take: membersMax,
    }),
  )
  return members
    .map((member) => toMemberView(member, member.user, scope))
    .sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role) || a.name.localeCompare(b.name))
}

/**
 * Another role. Needs the role admin; nobody changes someone above them or raises above themselves; the last owner
 * stays. The person's sessions end. Their keys are cut down to the new role, see `settleKeys`.
 */
export async function updateMember(scope: Scope, input: UpdateMemberInput): Promise<MemberView> {
  requireRole(scope, 'admin')
  const { userId, role, version, keepKeyIds } = parseInput(UpdateMemberInput, input)
  return scope.tx(async (tx) => {
    await lockWorkspace(tx, scope)
    const { user, ...member } = await findMember(tx, scope, userId)
    if (member.version !== version) throw staleEdit('The member', toMemberView(member, user, scope))
    if (member.role === role) return toMemberView(member, user, scope)
    await requireStanding(tx, scope)
    requireNotAbove(scope, member.role as Role)
    requireNotAbove(scope, role)
    if (member.role === 'owner') await requireOtherOwner(tx, scope, userId)
    const after = await tx.member.update({
      where: { workspaceId_userId: { workspaceId: scope.workspaceId, userId } },
      data: { role, version: { increment: 1 } },
    })
    const keys = roleReaches(role, member.role as Role) ? {} : await settleKeys(tx, scope, userId, role, keepKeyIds)
    await endSessions(tx, userId)
    await recordAudit(tx, scope, {
      action: 'member.update',
      target: { kind: 'user', id: userId, label: user.email },
      before: { role: member.role },
      after: { role, ...keys },
    })
    return toMemberView(after, user, scope)
  })
}

/** Takes somebody out. Needs the role admin; nobody removes someone above them; the last owner stays. */
export async function removeMember(scope: Scope, input: RemoveMemberInput): Promise<void> {
  requireRole(scope, 'admin')
  const { userId, keepKeyIds } = parseInput(RemoveMemberInput, input)
  await scope.tx(async (tx) => {
    await lockWorkspace(tx, scope)
    await requireStanding(tx, scope)
    const member = await findMember(tx, scope, userId)
    requireNotAbove(scope, member.role as Role)
    await takeOut(tx, scope, member, keepKeyIds)
  })
}

/** The person goes by themselves, whatever their role; the last owner stays. */
export async function leaveWorkspace(house: House, person: Person, input: { workspace: string }): Promise<void> {
  const scope = await scopeForPerson(house, person, String(input.workspace))
  await scope.tx(async (tx) => {
    await lockWorkspace(tx, scope)
    await takeOut(tx, scope, await findMember(tx, scope, person.id), [])
  })
}

async function takeOut(
  tx: Tx,
  scope: Scope,
  member: Member & { user: { email: string } },
  keepKeyIds: string[],
): Promise<void> {
  const { userId } = member
  if (member.role === 'owner') await requireOtherOwner(tx, scope, userId)
  const keys = await settleKeys(tx, scope, userId, null, keepKeyIds)
  await tx.member.delete({ where: { workspaceId_userId: { workspaceId: scope.workspaceId, userId } } })
  await endSessions(tx, userId)
  await recordAudit(tx, scope, {
    action: scope.actor.id === userId ? 'member.leave' : 'member.remove',
    target: { kind: 'user', id: userId, label: member.user.email },
    before: { role: member.role },
    after: keys,
  })
}

/**
 * What somebody made outlives their role only as far as it allows: keys with the scope manage are revoked unless kept
 * by name, the others are cut down to the new role; of one who leaves (`role` null) they pass to the one who acts.
 * Open invitations above the new role are revoked.
 */
async function settleKeys(tx: Tx, scope: Scope, userId: string, role: Role | null, keepKeyIds: string[]) {
  const now = scope.now()
  const { workspaceId } = scope
  const living = { workspaceId, createdBy: userId, revokedAt: null }
  const revoked = await tx.apiKey.findMany({
    where: { ...living, scopes: { has: 'manage' }, id: { notIn: keepKeyIds } },
    select: { id: true, name: true },
  })
  const ids = revoked.map(({ id }) => id)
  await tx.apiKey.updateMany({
    where: { workspaceId, id: { in: ids } },
    data: { revokedAt: now, version: { increment: 1 } },
  })
  const ceiling = role ?? scope.role
  const above = roles.slice(0, roles.indexOf(ceiling))
  await tx.apiKey.updateMany({
    where: { ...living, role: { in: above } },
    data: { role: ceiling, version: { increment: 1 } },
  })
  if (role === null && scope.actor.id !== userId) {
    await tx.apiKey.updateMany({ where: living, data: { createdBy: await makerOf(tx, scope) } })
  }
  await tx.invitation.updateMany({
    where: { workspaceId, invitedBy: userId, acceptedAt: null, revokedAt: null, ...(role && { role: { in: above } }) },
    data: { revokedAt: now },
  })
  return ids.length === 0 ? {} : { revokedKeys: revoked.map(({ name }) => name).slice(0, 50) }
}

/** Whose responsibility a new or handed-over thing is: the person, or for a key the person who made it. */
export async function makerOf(tx: Tx, scope: Scope): Promise<string | null> {
  if (scope.actor.kind === 'user') return scope.actor.id
  if (scope.actor.kind === 'job') return null
  const key = await tx.apiKey.findFirst({ where: { workspaceId: scope.workspaceId, id: scope.actor.id } })
  return key?.createdBy ?? null
}

/** Nobody grants, changes or removes above themselves. */
export function requireNotAbove(scope: Scope, role: Role): void {
  if (roleReaches(scope.role, role)) return
  throw new AppError({
    kind: 'forbidden',
    code: 'role_above_own',
    message: `Your role here is ${scope.role}; the role ${role} is above it.`,
  })
}

// The scope was made before the lock: of two people who demote each other, the second finds their own role gone.
async function requireStanding(tx: Tx, scope: Scope): Promise<void> {
  if (scope.actor.kind !== 'user') return
  const self = await tx.member.findFirst({ where: { workspaceId: scope.workspaceId, userId: scope.actor.id } })
  if (self && roleReaches(self.role as Role, scope.role)) return
  throw new AppError({
    kind: 'conflict',
    code: 'role_changed',
    message: 'Your own role was changed just now. Reload the page.',
  })
}

async function requireOtherOwner(tx: Tx, scope: Scope, userId: string): Promise<void> {
  const others = await tx.member.count({
    where: { workspaceId: scope.workspaceId, role: 'owner', userId: { not: userId } },
  })
  if (others === 0) {
    throw new AppError({
      kind: 'conflict',
      code: 'last_owner',
      message: 'This is the last owner. Make somebody else an owner first.',
    })
  }
}

async function findMember(tx: Tx, scope: Scope, userId: string) {
  const member = await tx.member.findFirst({
    where: { workspaceId: scope.workspaceId, userId },
    include: { user: { select: { id: true, name: true, email: true } } },
  })
  if (!member) throw notFound('Member')
  return member
}

// The role of the application may not write to `users`: this function raises one number there and nothing else.
async function endSessions(tx: Tx, userId: string): Promise<void> {
  await tx.$executeRaw`SELECT ledger.end_sessions(${userId})`
}

function toMemberView(member: Member, user: { name: string; email: string }, scope: Scope): MemberView {
  return {
    userId: member.userId,
    name: user.name,
    email: user.email,
    role: member.role as Role,
    version: member.version,
    joinedAt: member.createdAt.toISOString(),
    self: scope.actor.id === member.userId,
  }
}
