import type { PrismaClient } from '#lib/platform/generated/prisma/client.ts'
import { enqueueMessage } from './deliveries.ts'
import type { House } from './house.ts'
import type { MessageLevel } from './message.ts'
import { noticeGroups, noticeKinds } from './vocabulary.ts'

const noticesAtOnce = 200

/**
 * Hands the notices that nobody looked at yet to the channels that want their kind, each once, in the transaction that
 * marks it so. What is settled by then is not told any more. Returns how many messages came of it.
 */
export async function handOnNotices(house: Pick<House, 'queue'>, system: PrismaClient, now: Date): Promise<number> {
  let messages = 0
  for (;;) {
    const [taken, made] = await system.$transaction(async (tx) => {
      // Two workers at once: each takes what the other does not hold.
      const ids = await tx.$queryRaw<{ id: string }[]>`
        SELECT n.id FROM notices n JOIN workspaces w ON w.id = n.workspace_id AND w.deleted_at IS NULL
         WHERE n.sent_at IS NULL ORDER BY n.id LIMIT ${noticesAtOnce} FOR UPDATE OF n SKIP LOCKED`
      if (ids.length === 0) return [0, 0]
      const where = { id: { in: ids.map(({ id }) => id) } }
      const rows = await tx.notice.findMany({ where, orderBy: { id: 'asc' } })
      await tx.notice.updateMany({ where, data: { sentAt: now } })
      let count = 0
      for (const row of rows) {
        const group = noticeGroups.find((each) => (noticeKinds[each] as readonly string[]).includes(row.kind))
        if (!group || row.resolvedAt) continue
        const { workspaceId } = row
        const channels = await tx.alertChannel.findMany({
          where: { workspaceId, notices: { has: group } },
          select: { id: true },
          orderBy: { id: 'asc' },
        })
        const ids = await enqueueMessage(house, tx, workspaceId, now, {
          channelIds: channels.map(({ id }) => id),
          message: {
            ...{ event: 'notice', level: row.level as MessageLevel, title: row.title, path: row.href, rule: null },
            // Why a server cannot be reached may hold its own words.
            text: group === 'failing_model' ? 'Open the model to see why.' : row.body,
            at: row.createdAt.toISOString(),
          },
        })
        count += ids.length
      }
      return [ids.length, count]
    })
    messages += made!
    if (taken! < noticesAtOnce) return messages
  }
}
