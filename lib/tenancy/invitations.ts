import { hash, randomBytes } from 'node:crypto'
import { AppError, invalidInput, notFound } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import type { Invitation } from '#lib/platform/generated/prisma/client.ts'
import { recordAudit } from './audit.ts'
import { parseInput, requireRead, requireRole } from './guards.ts'
import type { House } from './house.ts'
import { makerOf, membersMax, requireNotAbove } from './members.ts'
import { raiseNotice } from './notices.ts'
import { insertUser, personAuthor, requireGoodPassword, toPerson } from './people.ts'
import {
  AcceptInvitationInput,
  type InvitationOffer,
  type InvitationView,
  InviteInput,
  invitationDays,
  type Role,
} from './schema.ts'
import type { Person, RequestInfo, Scope } from './scope.ts'
import { isTaken, lockWorkspace } from './workspaces.ts'

const openInvitationsMax = 200

/** Invitations that nobody has accepted or revoked. Needs the role admin. */
export async function listInvitations(scope: Scope): Promise<InvitationView[]> {
  requireRead(scope, 'admin')
  const rows = await scope.tx((tx) =>
    tx.invitation.findMany({
      where: { workspaceId: scope.workspaceId, acceptedAt: null, revokedAt: null },
      orderBy: { id: 'desc' },
      take: openInvitationsMax,
    }),
  )
  return rows.map((row) => toInvitationView(row, scope.now()))
}

/**
 * Invites an e-mail to a role, at most one's own, for 7 days. The token is in the answer and nowhere else; an open
 * invitation of the same e-mail is replaced.
 */
export async function invite(scope: Scope, input: InviteInput): Promise<{ invitation: InvitationView; token: string }> {
  requireRole(scope, 'admin')
  const { email, role } = parseInput(InviteInput, input)
  requireNotAbove(scope, role)
  const token = randomBytes(32).toString('base64url')
  return scope.tx(async (tx) => {
    await lockWorkspace(tx, scope)
    const { workspaceId } = scope
    const now = scope.now()
    if (await tx.member.findFirst({ where: { workspaceId, user: { email } }, select: { userId: true } })) {
      const message = 'This person is a member already.'
      throw new AppError({ kind: 'conflict', code: 'already_member', message, fields: { email: message } })
    }
    const open = { workspaceId, acceptedAt: null, revokedAt: null }
    await tx.invitation.updateMany({ where: { ...open, email }, data: { revokedAt: now } })
    const [members, waiting] = [
      await tx.member.count({ where: { workspaceId } }),
      await tx.invitation.count({ where: open }),
    ]
    if (waiting >= openInvitationsMax || members + waiting >= membersMax) {
      const message = `At most ${openInvitationsMax} open invitations and ${membersMax} members. Revoke some first.`
      throw new AppError({ kind: 'conflict', code: 'too_many_invitations', message })
    }
    const row = await tx.invitation.create({
      data: {
        id: newId('inv', now.getTime()),
        workspaceId,
        email,
        role,
        tokenHash: hashOf(token),
        invitedBy: (await makerOf(tx, scope)) ?? scope.actor.id,
        createdAt: now,
        expiresAt: new Date(now.getTime() + invitationDays * 24 * 3_600_000),
      },
    })
    await recordAudit(tx, scope, { action: 'invitation.create', target: targetOf(row), after: { role } })
    return { invitation: toInvitationView(row, now), token }
  })
}

/** The link stops working at once. */
export async function revokeInvitation(scope: Scope, input: { id: string }): Promise<void> {
  requireRole(scope, 'admin')
  await scope.tx(async (tx) => {
    const row = await tx.invitation.findFirst({ where: { workspaceId: scope.workspaceId, id: String(input.id) } })
    if (!row || row.acceptedAt) throw notFound('Invitation')
    requireNotAbove(scope, row.role as Role)
    if (row.revokedAt) return
    await tx.invitation.update({ where: { id: row.id }, data: { revokedAt: scope.now() } })
    await recordAudit(tx, scope, { action: 'invitation.revoke', target: targetOf(row), before: { role: row.role } })
  })
}

/** What a link offers. Not found: never made, used, revoked or older than 7 days. */
export async function getInvitation(house: House, input: { token: string }): Promise<InvitationOffer> {
  const row = await house.system.invitation.findUnique({
    where: { tokenHash: hashOf(String(input.token)) },
    include: { workspace: { select: { name: true, slug: true } } },
  })
  if (!row || !isOpen(row, new Date(house.clock.nowMs()))) throw invitationGone()
  const user = await house.system.user.findUnique({ where: { email: row.email }, select: { id: true } })
  return {
    workspaceName: row.workspace.name,
    workspaceSlug: row.workspace.slug,
    email: row.email,
    role: row.role as Role,
    hasAccount: user !== null,
  }
}

/**
 * Accepts once: as the signed-in person whose e-mail it is, or as a new person who gives name and password.
 * Returns the person and the workspace's slug.
 */
export async function acceptInvitation(
  house: House,
  visitor: { person: Person | null; request: RequestInfo },
  input: AcceptInvitationInput,
): Promise<{ person: Person; workspace: string }> {
  const { token, name, password } = parseInput(AcceptInvitationInput, input)
  const offer = await getInvitation(house, { token })
  if (visitor.person && visitor.person.email !== offer.email) {
    throw new AppError({
      kind: 'forbidden',
      code: 'invitation_of_another',
      message: `This invitation is for ${offer.email}; you are signed in as ${visitor.person.email}.`,
    })
  }
  const newcomer = visitor.person ? null : await requireNewcomer(house, offer, name, password)
  return house.system.$transaction(async (tx) => {
    const now = new Date(house.clock.nowMs())
    const row = await tx.invitation.findUnique({ where: { tokenHash: hashOf(token) }, include: { workspace: true } })
    if (!row) throw invitationGone()
    await lockWorkspace(tx, row)
    const taken = await tx.invitation.updateMany({
      where: { id: row.id, acceptedAt: null, revokedAt: null, expiresAt: { gt: now } },
      data: { acceptedAt: now },
    })
    if (taken.count === 0) throw invitationGone()
    const person = newcomer
      ? toPerson(house, await insertNewcomer(() => insertUser(tx, house, newcomer)), visitor.request)
      : visitor.person!
    const { workspaceId } = row
    const member = await tx.member.findUnique({ where: { workspaceId_userId: { workspaceId, userId: person.id } } })
    if (!member) {
      await tx.member.create({ data: { workspaceId, userId: person.id, role: row.role, createdAt: now } })
      await recordAudit(tx, personAuthor(person, workspaceId, row.role), {
        action: 'member.join',
        target: { kind: 'user', id: person.id, label: person.email },
        after: { role: row.role, invitation: row.id },
      })
      await raiseNotice(tx, workspaceId, now, {
        kind: 'member.joined',
        level: 'info',
        title: `${person.name} joined as ${row.role}`,
        body: person.email,
        href: `/${row.workspace.slug}/settings/members`,
        actionLabel: 'See the members',
        refId: person.id,
      })
    }
    return { person, workspace: row.workspace.slug }
  })
}

async function requireNewcomer(
  house: House,
  offer: InvitationOffer,
  name: string | undefined,
  password: string | undefined,
) {
  if (offer.hasAccount) throw hasAccount(offer.email)
  if (!name || !password) {
    throw invalidInput('Enter your name and a password.', {
      ...(!name && { name: 'Enter your name.' }),
      ...(!password && { password: 'Enter a password.' }),
    })
  }
  requireGoodPassword(password, offer.email)
  return { email: offer.email, name, passwordHash: await house.passwords.hash(password) }
}

async function insertNewcomer<Result>(insert: () => Promise<Result>): Promise<Result> {
  try {
    return await insert()
  } catch (error) {
    throw isTaken(error) ? hasAccount('this e-mail') : error
  }
}

function hasAccount(email: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'sign_in_first',
    message: `There is an account of ${email}. Sign in to accept.`,
  })
}

function invitationGone(): AppError {
  return new AppError({
    kind: 'not_found',
    code: 'invitation_gone',
    message: 'This invitation was used, revoked, or is older than 7 days. Ask for a new one.',
  })
}

function isOpen(row: Invitation, now: Date): boolean {
  return row.acceptedAt === null && row.revokedAt === null && row.expiresAt > now
}

// The token is 256 random bits: a plain hash cannot be searched.
function hashOf(token: string): string {
  return hash('sha256', token.slice(0, 200), 'hex')
}

function targetOf(row: Invitation): { kind: string; id: string; label: string } {
  return { kind: 'invitation', id: row.id, label: row.email }
}

function toInvitationView(row: Invitation, now: Date): InvitationView {
  return {
    id: row.id,
    email: row.email,
    role: row.role as Role,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    expired: row.expiresAt <= now,
  }
}
