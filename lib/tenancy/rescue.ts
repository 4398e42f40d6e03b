import { notFound } from '#lib/core/errors.ts'
import type { User } from '#lib/platform/generated/prisma/client.ts'
import { type AuditAuthor, recordAudit } from './audit.ts'
import { parseInput } from './guards.ts'
import type { House } from './house.ts'
import { personTarget, requireGoodPassword } from './people.ts'
import { ClaimInput, Slug } from './schema.ts'
import type { RequestInfo, Tx } from './scope.ts'

// For one who has a shell on the machine, and with it the installation's secrets: no role is asked for.

/** A new password for somebody who lost theirs. Ends every session of theirs. */
export async function resetPassword(
  house: House,
  input: { email: string; password: string },
  request: RequestInfo,
): Promise<void> {
  const { email, password } = parseInput(ClaimInput.pick({ email: true, password: true }), input)
  requireGoodPassword(password, email)
  const passwordHash = await house.passwords.hash(password)
  await house.system.$transaction(async (tx) => {
    const user = await findByEmail(tx, email)
    await tx.user.update({ where: { id: user.id }, data: { passwordHash, sessionVersion: { increment: 1 } } })
    await recordAudit(tx, author(house, request), { action: 'account.reset_password', target: personTarget(user) })
  })
}

/** Makes somebody the owner of a workspace, a member of which they need not be; without a workspace the operator. */
export async function makeOwner(
  house: House,
  input: { email: string; workspace?: string },
  request: RequestInfo,
): Promise<void> {
  const { email } = parseInput(ClaimInput.pick({ email: true }), input)
  const slug = input.workspace === undefined ? undefined : parseInput(Slug, input.workspace)
  await house.system.$transaction(async (tx) => {
    const user = await findByEmail(tx, email)
    if (slug === undefined) {
      await tx.user.update({ where: { id: user.id }, data: { operator: true } })
      await recordAudit(tx, author(house, request), { action: 'operator.add', target: personTarget(user) })
      return
    }
    const workspace = await tx.workspace.findUnique({ where: { slug } })
    if (!workspace) throw notFound('Workspace')
    const member = { workspaceId: workspace.id, userId: user.id }
    const before = await tx.member.findUnique({ where: { workspaceId_userId: member } })
    if (before?.role === 'owner') return
    await tx.member.upsert({
      where: { workspaceId_userId: member },
      create: { ...member, role: 'owner', createdAt: new Date(house.clock.nowMs()) },
      update: { role: 'owner', version: { increment: 1 } },
    })
    await recordAudit(tx, author(house, request, workspace.id), {
      action: before ? 'member.update' : 'member.join',
      target: personTarget(user),
      ...(before && { before: { role: before.role } }),
      after: { role: 'owner' },
    })
  })
}

async function findByEmail(tx: Tx, email: string): Promise<User> {
  const user = await tx.user.findUnique({ where: { email } })
  if (!user) throw notFound('Person with this e-mail')
  return user
}

export function author(house: House, request: RequestInfo, workspaceId = ''): AuditAuthor {
  const actor = { kind: 'job', id: 'command', label: 'command line' } as const
  return { workspaceId, actor, role: 'operator', request, now: () => new Date(house.clock.nowMs()) }
}
