import { AppError, invalidInput, notFound, staleEdit } from '#lib/core/errors.ts'
import { isId, newId } from '#lib/core/ids.ts'
import type { AlertChannel } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type { ChannelView, ChannelWithSecret, DeliveryDetail } from './answers.ts'
import { enqueueMessage, readDelivery } from './deliveries.ts'
import type { House } from './house.ts'
import { AlertIdInput, type ChannelKind, CreateChannelInput, type NoticeGroup, UpdateChannelInput } from './schema.ts'
import { channelPlace } from './sealed.ts'
import { newSecret } from './signature.ts'
import { mailIsMissing, parseUrl } from './url.ts'

const channelsMax = 50

/** The workspace's channels, oldest first, and the sender of e-mails; null where no mail server is set up. Every member may read. */
export async function listChannels(
  house: House,
  scope: Scope,
): Promise<{ items: ChannelView[]; emailFrom: string | null }> {
  requireRead(scope)
  const items = await scope.tx(async (tx) => {
    const { workspaceId } = scope
    const rows = await tx.alertChannel.findMany({ where: { workspaceId }, orderBy: { id: 'asc' }, take: channelsMax })
    return toViews(tx, scope, rows)
  })
  return { items, emailFrom: house.mail?.from ?? null }
}

/** Throws `not_found`. Every member may read. */
export async function getChannel(scope: Scope, input: { id: string }): Promise<ChannelView> {
  requireRead(scope)
  const { id } = parseInput(AlertIdInput, input)
  return scope.tx(async (tx) => viewOf(tx, scope, await requireChannel(tx, scope, id)))
}

/**
 * A place for messages. The secret that signs a webhook's bodies is told here and never again. Admins and owners. Throws
 * `too_many_channels`, `email_not_set_up`, and what the guard says of the address.
 */
export async function createChannel(house: House, scope: Scope, input: CreateChannelInput): Promise<ChannelWithSecret> {
  requireRole(scope, 'admin')
  const { name, kind, notices, ...given } = parseInput(CreateChannelInput, input)
  const place = await readPlace(house, kind, given, true)
  const { workspaceId } = scope
  return scope.tx(async (tx) => {
    if ((await tx.alertChannel.count({ where: { workspaceId } })) >= channelsMax) {
      const message = `At most ${channelsMax} channels. Delete some first.`
      throw new AppError({ kind: 'conflict', code: 'too_many_channels', message })
    }
    const now = scope.now()
    const id = newId('alc', now.getTime())
    const secret = kind === 'webhook' ? newSecret() : null
    const row = await tx.alertChannel.create({
      data: {
        ...{ id, workspaceId, name, kind, notices: [...new Set(notices)] },
        ...toColumns(house, workspaceId, id, place),
        sealedSecret: secret && house.secrets.seal(secret, channelPlace(workspaceId, id, 'sealed_secret')),
        ...{ createdBy: scope.actor.id, createdAt: now, updatedAt: now },
      },
    })
    await recordAudit(tx, scope, { action: 'alert_channel.add', target: targetOf(row), after: factsOf(row) })
    return { ...(await viewOf(tx, scope, row)), secret }
  })
}

/** Name, place and notices anew; of the address only where a new one is given. Admins and owners. `stale_version` (409). */
export async function updateChannel(house: House, scope: Scope, input: UpdateChannelInput): Promise<ChannelView> {
  requireRole(scope, 'admin')
  const { id, version, name, notices, ...given } = parseInput(UpdateChannelInput, input)
  const { workspaceId } = scope
  const { kind } = await scope.tx((tx) => requireChannel(tx, scope, id))
  const place = await readPlace(house, kind as ChannelKind, given, false)
  return scope.tx(async (tx) => {
    const before = await requireChannel(tx, scope, id)
    const { count } = await tx.alertChannel.updateMany({
      where: { workspaceId, id, version },
      data: {
        ...{ name, notices: [...new Set(notices)], version: { increment: 1 }, updatedAt: scope.now() },
        ...toColumns(house, workspaceId, id, place),
      },
    })
    if (count === 0) throw staleEdit('The channel', await viewOf(tx, scope, before))
    const after = await requireChannel(tx, scope, id)
    await recordAudit(tx, scope, {
      ...{ action: 'alert_channel.update', target: targetOf(after), before: factsOf(before) },
      after: { ...factsOf(after), ...(place.url !== undefined && { address: 'changed' }) },
    })
    return viewOf(tx, scope, after)
  })
}

/** Rules send there no more, and its log goes. Admins and owners. */
export async function deleteChannel(scope: Scope, input: { id: string }): Promise<void> {
  requireRole(scope, 'admin')
  const { id } = parseInput(AlertIdInput, input)
  await scope.tx(async (tx) => {
    const before = await requireChannel(tx, scope, id)
    await tx.alertChannel.deleteMany({ where: { workspaceId: scope.workspaceId, id } })
    await recordAudit(tx, scope, { action: 'alert_channel.delete', target: targetOf(before), before: factsOf(before) })
  })
}

/** A new secret for a webhook, at once: the old one signs nothing any more. Told here and never again. Admins and owners. */
export async function renewSecret(house: House, scope: Scope, input: { id: string }): Promise<ChannelWithSecret> {
  requireRole(scope, 'admin')
  const { id } = parseInput(AlertIdInput, input)
  const { workspaceId } = scope
  return scope.tx(async (tx) => {
    const row = await requireChannel(tx, scope, id)
    if (row.kind !== 'webhook') throw invalidInput('Only bodies of webhooks are signed.')
    const secret = newSecret()
    const sealedSecret = house.secrets.seal(secret, channelPlace(workspaceId, id, 'sealed_secret'))
    await tx.alertChannel.updateMany({
      where: { workspaceId, id },
      data: { sealedSecret, version: { increment: 1 }, updatedAt: scope.now() },
    })
    await recordAudit(tx, scope, { action: 'alert_channel.renew_secret', target: targetOf(row) })
    return { ...(await viewOf(tx, scope, await requireChannel(tx, scope, id))), secret }
  })
}

/** Sends a test, once. Answers with what is on its way: look at it again to see what came of it. Admins and owners. */
export async function testChannel(house: House, scope: Scope, input: { id: string }): Promise<DeliveryDetail> {
  requireRole(scope, 'admin')
  const { id } = parseInput(AlertIdInput, input)
  return scope.tx(async (tx) => {
    const row = await requireChannel(tx, scope, id)
    const now = scope.now()
    const [deliveryId] = await enqueueMessage(house, tx, scope.workspaceId, now, {
      channelIds: [id],
      message: {
        ...{ event: 'test', level: 'info', title: 'Test of an alert channel', rule: null, at: now.toISOString() },
        text: `Messages to the channel ${row.name} arrive here.`,
        path: `/${scope.workspace.slug}/settings/alerts`,
      },
    })
    await recordAudit(tx, scope, { action: 'alert_channel.test', target: targetOf(row) })
    return readDelivery(tx, scope, deliveryId!)
  })
}

interface Place {
  recipients?: string[]
  /** Whole, with its host. */
  url?: { url: string; host: string } | undefined
}

/** Where a channel leads. `isNew`: nothing stands yet that could stay. */
async function readPlace(
  house: House,
  kind: ChannelKind,
  given: { recipients?: string[] | undefined; url?: string | undefined },
  isNew: boolean,
): Promise<Place> {
  const missing = (field: 'recipients' | 'url', message: string) => invalidInput(message, { [field]: message })
  if (kind === 'email') {
    if (!house.mail) throw mailIsMissing()
    if (given.url !== undefined) throw missing('url', 'An e-mail has no address of the web.')
    if (!given.recipients) throw missing('recipients', 'Write at least one address.')
    return { recipients: [...new Set(given.recipients)] }
  }
  if (given.recipients !== undefined) throw missing('recipients', 'Only e-mails have recipients.')
  if (given.url === undefined) {
    if (isNew) throw missing('url', 'Write the address.')
    return {}
  }
  return { url: await parseUrl(house, given.url) }
}

function toColumns({ secrets }: House, workspaceId: string, id: string, { recipients, url }: Place) {
  return {
    ...(recipients && { recipients }),
    ...(url && { host: url.host, sealedUrl: secrets.seal(url.url, channelPlace(workspaceId, id, 'sealed_url')) }),
  }
}

async function requireChannel(tx: Tx, { workspaceId }: Scope, id: string): Promise<AlertChannel> {
  const row = isId('alc', id) && (await tx.alertChannel.findUnique({ where: { workspaceId_id: { workspaceId, id } } }))
  if (!row) throw notFound('Channel')
  return row
}

async function viewOf(tx: Tx, scope: Scope, row: AlertChannel): Promise<ChannelView> {
  return (await toViews(tx, scope, [row]))[0]!
}

interface More {
  id: string
  rules: number
  delivery_id: string | null
  state: string | null
  created_at: Date | null
}

async function toViews(tx: Tx, { workspaceId }: Scope, rows: readonly AlertChannel[]): Promise<ChannelView[]> {
  const more = await tx.$queryRaw<More[]>`
    SELECT c.id, (SELECT count(*)::int FROM alert_rule_channels r WHERE r.workspace_id = ${workspaceId} AND r.channel_id = c.id) AS rules,
           d.id AS delivery_id, d.state, d.created_at
      FROM unnest(${rows.map(({ id }) => id)}::text[]) c (id)
      LEFT JOIN LATERAL (SELECT id, state, created_at FROM alert_deliveries d WHERE d.workspace_id = ${workspaceId} AND d.channel_id = c.id ORDER BY d.id DESC LIMIT 1) d ON true`
  const byId = new Map(more.map((each) => [each.id, each]))
  return rows.map(({ id, name, kind, recipients, host, notices, version, createdAt }) => {
    const { rules = 0, delivery_id, state, created_at } = byId.get(id) ?? ({} as Partial<More>)
    return {
      ...{ id, name, kind: kind as ChannelKind, recipients, host, notices: notices as NoticeGroup[], rules },
      lastDelivery:
        delivery_id && created_at
          ? { id: delivery_id, state: state as DeliveryDetail['state'], at: created_at.toISOString() }
          : null,
      ...{ version, createdAt: createdAt.toISOString() },
    }
  })
}

function targetOf({ id, name }: AlertChannel) {
  return { kind: 'alert_channel', id, label: name }
}

/** Without the address, which may hold a secret. */
function factsOf({ name, kind, recipients, host, notices }: AlertChannel): Record<string, unknown> {
  return { name, kind, recipients, host, notices }
}
