import { AppError, invalidInput, notFound } from '#lib/core/errors.ts'
import { isId, newId } from '#lib/core/ids.ts'
import type { Page } from '#lib/core/page.ts'
import { makerNames } from '#lib/models/index.ts'
import { ModelType } from '#lib/models/schema.ts'
import type { PlaygroundLink, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import {
  CreateLinkInput,
  ListLinksInput,
  type PlaygroundLinkDetail,
  type PlaygroundLinkView,
  PlaygroundPrompt,
} from './schema.ts'

const linksMax = 1_000

/** All of a link but its prompt, which may be large. */
const listed = { id: true, name: true, type: true, models: true, createdBy: true, createdAt: true } as const
type ListedLink = Pick<PlaygroundLink, keyof typeof listed>

/** Saves a prompt to be opened by others of the workspace. Nobody can change it. Developers. */
export async function createLink(scope: Scope, input: CreateLinkInput): Promise<PlaygroundLinkView> {
  requireRole(scope, 'developer')
  const { name, prompt } = parseInput(CreateLinkInput, input)
  const { workspaceId } = scope
  return scope.tx(async (tx) => {
    if ((await tx.playgroundLink.count({ where: { workspaceId } })) >= linksMax) {
      const message = `At most ${linksMax.toLocaleString('en-US')} links. Delete some first.`
      throw new AppError({ kind: 'conflict', code: 'too_many_links', message })
    }
    const now = scope.now()
    const row = await tx.playgroundLink.create({
      data: {
        id: newId('plk', now.getTime()),
        workspaceId,
        name,
        type: prompt.type,
        models: prompt.columns.map(({ model }) => model),
        prompt: prompt as Prisma.InputJsonObject,
        createdBy: scope.actor.id,
        createdAt: now,
      },
      select: listed,
    })
    await recordAudit(tx, scope, { action: 'playground.share', target: targetOf(row), after: { models: row.models } })
    return (await toViews(tx, scope, [row]))[0]!
  })
}

/** One link with its prompt. Developers. */
export async function getLink(scope: Scope, input: { id: string }): Promise<PlaygroundLinkDetail> {
  requireRead(scope, 'developer')
  return scope.tx(async (tx) => {
    const row = await requireLink(tx, scope, input.id)
    const [view] = await toViews(tx, scope, [row])
    return { ...view!, prompt: PlaygroundPrompt.parse(row.prompt) }
  })
}

/** The workspace's links, newest first, by pages, without their prompts. Developers. */
export async function listLinks(scope: Scope, input: ListLinksInput = {}): Promise<Page<PlaygroundLinkView>> {
  requireRead(scope, 'developer')
  const { search, cursor, limit } = parseInput(ListLinksInput, input)
  // Ids sort by the time they were made.
  if (cursor !== undefined && !isId('plk', cursor))
    throw invalidInput('This page does not exist. Start from the first one.', { cursor: 'Unknown cursor.' })
  return scope.tx(async (tx) => {
    const rows = await tx.playgroundLink.findMany({
      where: {
        workspaceId: scope.workspaceId,
        ...(search?.trim() && { name: { contains: search.trim(), mode: 'insensitive' } }),
        ...(cursor !== undefined && { id: { lt: cursor } }),
      },
      orderBy: { id: 'desc' },
      take: limit + 1,
      select: listed,
    })
    const page = rows.slice(0, limit)
    const items = await toViews(tx, scope, page)
    return { items, ...(rows.length > limit && { nextCursor: page.at(-1)!.id }) }
  })
}

/** The link works for nobody any more. The developer who saved it, admins and owners. */
export async function deleteLink(scope: Scope, input: { id: string }): Promise<void> {
  requireRole(scope, 'developer')
  const { workspaceId } = scope
  await scope.tx(async (tx) => {
    const row = await requireLink(tx, scope, input.id)
    if (!isRemovable(scope, row)) {
      const message = 'Only the one who saved it, or an admin, may delete a link.'
      throw new AppError({ kind: 'forbidden', code: 'not_yours', message })
    }
    await tx.playgroundLink.deleteMany({ where: { workspaceId, id: row.id } })
    await recordAudit(tx, scope, { action: 'playground.unshare', target: targetOf(row) })
  })
}

async function requireLink(tx: Tx, { workspaceId }: Scope, id: string): Promise<PlaygroundLink> {
  const row =
    isId('plk', id) && (await tx.playgroundLink.findUnique({ where: { workspaceId_id: { workspaceId, id } } }))
  if (!row) throw notFound('Link')
  return row
}

async function toViews(tx: Tx, scope: Scope, rows: readonly ListedLink[]): Promise<PlaygroundLinkView[]> {
  const makers = await makerNames(
    tx,
    scope.workspaceId,
    rows.map(({ createdBy }) => createdBy),
  )
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    type: ModelType.parse(row.type),
    models: row.models,
    createdBy: makers.get(row.createdBy) ?? '',
    createdAt: row.createdAt.toISOString(),
    removable: isRemovable(scope, row),
  }))
}

function isRemovable({ actor, role }: Scope, { createdBy }: Pick<PlaygroundLink, 'createdBy'>): boolean {
  return createdBy === actor.id || roleReaches(role, 'admin')
}

function targetOf({ id, name }: Pick<PlaygroundLink, 'id' | 'name'>) {
  return { kind: 'playground_link', id, label: name }
}
