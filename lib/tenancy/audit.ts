import { csvLine } from '#lib/core/csv.ts'
import { invalidInput } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import type { Page } from '#lib/core/page.ts'
import type { Audit, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, requireRead } from './guards.ts'
import { type Actor, type AuditView, ListAuditInput } from './schema.ts'
import type { Scope, Tx } from './scope.ts'

export interface AuditEntry {
  /** `noun.verb`, for example `model.delete`. */
  action: string
  target: { kind: string; id: string; label: string }
  /** What changed, without secrets; bounded by the caller's own input limits. */
  before?: Record<string, unknown>
  after?: Record<string, unknown>
}

/** The part of a scope that an audit record is made of. `workspaceId` is empty for what concerns the installation. */
export interface AuditAuthor {
  readonly workspaceId: string
  readonly actor: Actor
  readonly role: string
  readonly request: { readonly id: string; readonly address: string }
  now(): Date
}

/** Records who did what, in the transaction of the change itself. */
export async function recordAudit(tx: Tx, author: AuditAuthor, entry: AuditEntry): Promise<void> {
  const at = author.now()
  await tx.audit.create({
    data: {
      id: newId('aud', at.getTime()),
      workspaceId: author.workspaceId,
      at,
      actorKind: author.actor.kind,
      actorId: author.actor.id,
      actorLabel: author.actor.label,
      role: author.role,
      action: entry.action,
      targetKind: entry.target.kind,
      targetId: entry.target.id,
      targetLabel: entry.target.label,
      ...(entry.before && { before: entry.before as Prisma.InputJsonObject }),
      ...(entry.after && { after: entry.after as Prisma.InputJsonObject }),
      address: author.request.address,
      requestId: author.request.id,
    },
    select: { id: true },
  })
}

/** The workspace's audit, newest first. Needs the role admin. */
export async function listAudit(scope: Scope, input: ListAuditInput = {}): Promise<Page<AuditView>> {
  requireRead(scope, 'admin')
  const query = parseInput(ListAuditInput, input)
  const rows = await scope.tx((tx) =>
    tx.audit.findMany({
      where: { AND: [{ workspaceId: scope.workspaceId }, ...conditions(query)] },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    }),
  )
  const items = rows.slice(0, query.limit)
  const last = items.at(-1)
  return { items: items.map(toView), ...(rows.length > query.limit && last && { nextCursor: cursorOf(last) }) }
}

/** The whole audit that a filter finds, as lines of CSV, read page by page. */
export async function* exportAudit(scope: Scope, input: ListAuditInput = {}): AsyncGenerator<string> {
  requireRead(scope, 'admin')
  yield csvLine(csvColumns)
  let cursor: string | undefined
  do {
    const page = await listAudit(scope, { ...input, cursor, limit: 200 })
    for (const view of page.items) yield csvRow(view)
    cursor = page.nextCursor
  } while (cursor)
}

function conditions(query: ReturnType<typeof ListAuditInput.parse>): Prisma.AuditWhereInput[] {
  const where: Prisma.AuditWhereInput[] = []
  if (query.from) where.push({ at: { gte: new Date(query.from) } })
  if (query.to) where.push({ at: { lt: new Date(query.to) } })
  if (query.actorId) where.push({ actorId: query.actorId })
  if (query.targetId) where.push({ targetId: query.targetId })
  if (query.action)
    where.push({ action: query.action.includes('.') ? query.action : { startsWith: `${query.action}.` } })
  if (query.text) {
    const contains = { contains: query.text, mode: 'insensitive' as const }
    where.push({ OR: [{ actorLabel: contains }, { targetLabel: contains }, { action: contains }] })
  }
  if (query.cursor) {
    const [ms, id] = parseCursor(query.cursor)
    where.push({ OR: [{ at: { lt: ms } }, { at: ms, id: { lt: id } }] })
  }
  return where
}

function cursorOf(row: Audit): string {
  return `${row.at.getTime()}.${row.id}`
}

function parseCursor(cursor: string): [Date, string] {
  const match = /^(\d{1,15})\.(aud_[0-9a-z]{24})$/.exec(cursor)
  if (!match) throw invalidInput('This page does not exist. Start from the first one.', { cursor: 'Unknown cursor.' })
  return [new Date(Number(match[1])), match[2]!]
}

function toView(row: Audit): AuditView {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: { kind: row.actorKind as Actor['kind'], id: row.actorId, label: row.actorLabel },
    role: row.role,
    action: row.action,
    target: { kind: row.targetKind, id: row.targetId, label: row.targetLabel },
    before: row.before as AuditView['before'],
    after: row.after as AuditView['after'],
    address: row.address,
    requestId: row.requestId,
  }
}

const csvColumns = [
  'at',
  'actor',
  'actor_kind',
  'role',
  'action',
  'target_kind',
  'target',
  'target_id',
  'before',
  'after',
  'address',
  'request_id',
]

function csvRow(view: AuditView): string {
  return csvLine([
    ...[view.at, view.actor.label, view.actor.kind, view.role, view.action, view.target.kind, view.target.label],
    ...[view.target.id, json(view.before), json(view.after), view.address, view.requestId],
  ])
}

function json(value: unknown): string {
  return value === null ? '' : JSON.stringify(value)
}
