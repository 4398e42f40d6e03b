import { z } from 'zod'
import { notFound } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { parseInput, requireRead, requireRole } from './guards.ts'
import type { NoticeView } from './schema.ts'
import type { Scope, Tx } from './scope.ts'

/** Notices shown at once; older ones wait until these are dismissed. */
const shownMax = 50

export interface NewNotice {
  /** What kind of thing happened: `member.joined`, `model.card`. */
  kind: string
  level: NoticeView['level']
  /** Names the object. */
  title: string
  body: string
  /** The one thing to do about it. */
  href: string
  actionLabel: string
  /** The object's id: a new notice of the same kind about it takes the place of the standing one. */
  refId: string
}

/** Tells the admins of a workspace, in the transaction of what happened. */
export async function raiseNotice(tx: Tx, workspaceId: string, now: Date, notice: NewNotice): Promise<void> {
  await resolveNotice(tx, workspaceId, now, notice)
  await tx.notice.create({
    data: { ...notice, id: newId('ntc', now.getTime()), workspaceId, createdAt: now },
    select: { id: true },
  })
}

/** Takes away what is settled: the notice of that kind about that object. */
export async function resolveNotice(
  tx: Tx,
  workspaceId: string,
  now: Date,
  { kind, refId }: Pick<NewNotice, 'kind' | 'refId'>,
): Promise<void> {
  await tx.notice.updateMany({ where: { workspaceId, kind, refId, resolvedAt: null }, data: { resolvedAt: now } })
}

/** What stands open, newest first. Empty for those who could do nothing about it. */
export async function listNotices(scope: Scope): Promise<NoticeView[]> {
  requireRead(scope, 'admin')
  const rows = await scope.tx((tx) =>
    tx.notice.findMany({
      where: { workspaceId: scope.workspaceId, resolvedAt: null },
      orderBy: { id: 'desc' },
      take: shownMax,
    }),
  )
  return rows.map(({ id, level, title, body, href, actionLabel, createdAt }) => ({
    id,
    level: level as NoticeView['level'],
    title,
    body,
    href,
    actionLabel,
    createdAt: createdAt.toISOString(),
  }))
}

const DismissNoticeInput = z.strictObject({ id: z.string().min(1).max(64) })

/** Takes a notice away, for all admins. A second time changes nothing. */
export async function dismissNotice(scope: Scope, input: { id: string }): Promise<void> {
  requireRole(scope, 'admin')
  const { id } = parseInput(DismissNoticeInput, input)
  await scope.tx(async (tx) => {
    const { workspaceId } = scope
    const row = await tx.notice.findUnique({ where: { workspaceId_id: { workspaceId, id } }, select: { id: true } })
    if (!row) throw notFound('Notice')
    await tx.notice.updateMany({ where: { workspaceId, id, resolvedAt: null }, data: { resolvedAt: scope.now() } })
  })
}
