import { AppError, invalidInput, notFound } from '#lib/core/errors.ts'
import { isId, newId } from '#lib/core/ids.ts'
import type { Page } from '#lib/core/page.ts'
import type { AlertDelivery, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type { DeliveryDetail, DeliveryView } from './answers.ts'
import type { House } from './house.ts'
import type { Message } from './message.ts'
import { AlertIdInput, ListDeliveriesInput } from './schema.ts'
import { alertQueues, type DeliverJob } from './work.ts'

/** Messages that one channel may have waiting: what nobody takes does not pile up. */
const waitingMax = 200

/** Puts a message to each channel into the log and the queue, when the caller's transaction commits. */
export async function enqueueMessage(
  house: Pick<House, 'queue'>,
  tx: Tx,
  workspaceId: string,
  now: Date,
  { channelIds, ruleId = '', message }: { channelIds: readonly string[]; ruleId?: string; message: Message },
): Promise<string[]> {
  const ids: string[] = []
  for (const channelId of channelIds) {
    const waiting = await tx.alertDelivery.count({ where: { workspaceId, channelId, state: 'waiting' } })
    const isFull = waiting >= waitingMax
    const id = newId('ald', now.getTime())
    await tx.alertDelivery.create({
      data: {
        ...{ id, workspaceId, channelId, ruleId, event: message.event, title: message.title.slice(0, 300) },
        ...{ message: message as unknown as Prisma.InputJsonObject, createdAt: now },
        ...(isFull ? { state: 'failed', endedAt: now } : { nextAt: now }),
      },
      select: { id: true },
    })
    if (!isFull) await enqueueDelivery(house, tx, { workspaceId, deliveryId: id })
    ids.push(id)
  }
  return ids
}

export async function enqueueDelivery(
  { queue }: Pick<House, 'queue'>,
  tx: Tx,
  data: DeliverJob,
  startAfter?: Date,
): Promise<void> {
  await queue.enqueue(tx, { queue: alertQueues.deliver, data, key: data.deliveryId, ...(startAfter && { startAfter }) })
}

type Listed = AlertDelivery & { channel: { name: string } }

const withChannel = { channel: { select: { name: true } } } as const

/** Messages to channels, newest first, by pages. Every member may read. */
export async function listDeliveries(scope: Scope, input: ListDeliveriesInput = {}): Promise<Page<DeliveryView>> {
  requireRead(scope)
  const { cursor, limit, channelId, ruleId, state } = parseInput(ListDeliveriesInput, input)
  // Ids sort by the time they were made.
  if (cursor !== undefined && !isId('ald', cursor))
    throw invalidInput('This page does not exist. Start from the first one.', { cursor: 'Unknown cursor.' })
  const { workspaceId } = scope
  const rows = await scope.tx((tx) =>
    tx.alertDelivery.findMany({
      where: {
        workspaceId,
        ...(channelId !== undefined && { channelId }),
        ...(ruleId !== undefined && { ruleId }),
        ...(state !== undefined && { state }),
        ...(cursor !== undefined && { id: { lt: cursor } }),
      },
      include: withChannel,
      orderBy: { id: 'desc' },
      take: limit + 1,
    }),
  )
  const page = rows.slice(0, limit)
  return { items: page.map(toView), ...(rows.length > limit && { nextCursor: page.at(-1)!.id }) }
}

/** One message with every attempt. Throws `not_found`. Every member may read. */
export async function getDelivery(scope: Scope, input: { id: string }): Promise<DeliveryDetail> {
  requireRead(scope)
  const { id } = parseInput(AlertIdInput, input)
  return scope.tx((tx) => readDelivery(tx, scope, id))
}

/**
 * Sends a message once more, under its own id, after it was delivered or given up. Admins and owners. Throws
 * `delivery_waiting` (409) where it is being tried.
 */
export async function redeliver(house: House, scope: Scope, input: { id: string }): Promise<DeliveryDetail> {
  requireRole(scope, 'admin')
  const { id } = parseInput(AlertIdInput, input)
  const { workspaceId } = scope
  return scope.tx(async (tx) => {
    const { title } = await readDelivery(tx, scope, id)
    const { count } = await tx.alertDelivery.updateMany({
      where: { workspaceId, id, state: { not: 'waiting' } },
      data: { state: 'waiting', nextAt: scope.now(), endedAt: null },
    })
    if (count === 0) {
      const message = 'It is being sent already.'
      throw new AppError({ kind: 'conflict', code: 'delivery_waiting', message })
    }
    await enqueueDelivery(house, tx, { workspaceId, deliveryId: id })
    await recordAudit(tx, scope, {
      action: 'alert_delivery.again',
      target: { kind: 'alert_delivery', id, label: title },
    })
    return readDelivery(tx, scope, id)
  })
}

export async function readDelivery(tx: Tx, { workspaceId }: Scope, id: string): Promise<DeliveryDetail> {
  const row =
    isId('ald', id) &&
    (await tx.alertDelivery.findUnique({
      where: { workspaceId_id: { workspaceId, id } },
      include: { ...withChannel, tries: { orderBy: { number: 'asc' }, take: 50 } },
    }))
  if (!row) throw notFound('Delivery')
  return {
    ...toView(row),
    text: (row.message as unknown as Message).text,
    tries: row.tries.map(({ number, at, durationMs, status, code, answer }) => ({
      ...{ number, at: at.toISOString(), durationMs, status, code, answer },
    })),
  }
}

function toView(row: Listed): DeliveryView {
  return {
    id: row.id,
    channelId: row.channelId,
    channelName: row.channel.name,
    ruleId: row.ruleId,
    event: row.event as DeliveryView['event'],
    title: row.title,
    state: row.state as DeliveryView['state'],
    attempts: row.attempts,
    nextAt: row.state === 'waiting' ? (row.nextAt?.toISOString() ?? null) : null,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }
}
