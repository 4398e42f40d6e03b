import { AppError, invalidInput, notFound } from '#lib/core/errors.ts'
import type { Workspace } from '#lib/platform/generated/prisma/client.ts'
import { type AuditAuthor, recordAudit } from './audit.ts'
import { parseInput, requireRole } from './guards.ts'
import type { House } from './house.ts'
import { author } from './rescue.ts'
import { DeleteWorkspaceInput } from './schema.ts'
import type { RequestInfo, Scope, Tx } from './scope.ts'
import { workspaceTarget } from './workspaces.ts'

/**
 * Deletes the workspace: nobody reaches it from now on, its keys work nowhere, what runs in it ends. Its rows go with
 * `forgetDeletedWorkspaces`; the audit of the installation keeps the fact. For owners who are people; `confirmation`
 * repeats the slug.
 */
export async function deleteWorkspace(house: House, scope: Scope, input: DeleteWorkspaceInput): Promise<void> {
  requireRole(scope, 'owner')
  requirePerson(scope)
  const { confirmation } = parseInput(DeleteWorkspaceInput, input)
  if (confirmation.trim() !== scope.workspace.slug) {
    const message = `Type ${scope.workspace.slug} to confirm.`
    throw invalidInput(message, { confirmation: message })
  }
  await markDeleted(house, scope.workspaceId, scope)
}

/** Deletes a workspace of examples, which another run of `patchbay demo` brings back: admins may, and nothing is typed. */
export async function removeDemo(house: House, scope: Scope): Promise<void> {
  requireRole(scope, 'admin')
  requirePerson(scope)
  await markDeleted(house, scope.workspaceId, scope, requireDemo)
}

/** The same for one who has a shell on the machine. Returns its slug; null where no workspace of examples stands. */
export async function removeDemoByCommand(house: House, request: RequestInfo): Promise<string | null> {
  const demo = await house.system.workspace.findFirst({ where: { demo: true, deletedAt: null } })
  if (demo) await markDeleted(house, demo.id, author(house, request), requireDemo)
  return demo?.slug ?? null
}

function requirePerson(scope: Scope): void {
  if (scope.actor.kind === 'user') return
  throw new AppError({
    kind: 'forbidden',
    code: 'people_only',
    message: 'A workspace is deleted by a person, not by a key.',
  })
}

function requireDemo({ demo }: Workspace): void {
  if (demo) return
  throw new AppError({
    kind: 'precondition_failed',
    code: 'no_demo',
    message: 'This is no demo workspace: an owner deletes it in its settings.',
  })
}

async function markDeleted(
  house: House,
  workspaceId: string,
  by: AuditAuthor,
  check: (workspace: Workspace) => void = () => undefined,
): Promise<void> {
  const at = by.now()
  await house.system.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT id FROM workspaces WHERE id = ${workspaceId} FOR UPDATE`
      const workspace = await tx.workspace.findUnique({ where: { id: workspaceId, deletedAt: null } })
      if (!workspace) throw notFound('Workspace')
      check(workspace)
      const before = await closeEveryWay(tx, workspaceId, at)
      await tx.workspace.update({
        where: { id: workspaceId },
        // The id is no slug: what it was called is free for others. Without days the keys of what is kept go at once.
        data: { slug: workspaceId, deletedAt: at, payloadDays: 0, version: { increment: 1 } },
      })
      await recordAudit(
        tx,
        { ...by, workspaceId: '', now: by.now },
        {
          action: 'workspace.delete',
          target: workspaceTarget(workspace),
          before: { name: workspace.name, ...before },
        },
      )
    },
    { timeout: 60_000 },
  )
}

/** Takes away whatever leads into the workspace or spends for it. Returns how much of it there was. */
async function closeEveryWay(tx: Tx, workspaceId: string, at: Date) {
  const where = { where: { workspaceId } }
  const { count: members } = await tx.member.deleteMany(where)
  const { count: apiKeys } = await tx.apiKey.deleteMany(where)
  await tx.invitation.deleteMany(where)
  // What is leased of them is let go of by whoever holds it.
  await tx.budget.deleteMany(where)
  await tx.limit.deleteMany(where)
  const { count: models } = await tx.model.updateMany({
    where: { workspaceId, deletedAt: null },
    data: { deletedAt: at, sealedKey: null, sealedHeaders: null, sealedQuery: null },
  })
  await tx.experimentRun.updateMany({
    where: { workspaceId, state: { in: ['queued', 'running', 'paused'] } },
    data: { state: 'cancelled', finishedAt: at },
  })
  return { members, models, apiKeys }
}
