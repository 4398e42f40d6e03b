import { AppError, invalidInput, notFound, staleEdit } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import type { Page } from '#lib/core/page.ts'
import type { ApiKey } from '#lib/platform/generated/prisma/client.ts'
import { recordAudit } from './audit.ts'
import { parseInput, requireRead, requireRole } from './guards.ts'
import type { House } from './house.ts'
import { hashKeySecret, isSameHash, keyHint, lastFourOf, makeKeyText, parseKeyText } from './key-text.ts'
import { makerOf, requireNotAbove } from './members.ts'
import {
  type CreatedKey,
  CreateKeyInput,
  KeyIdInput,
  type KeyScope,
  type KeyView,
  ListKeysInput,
  type Role,
  roleReaches,
  UpdateKeyInput,
} from './schema.ts'
import type { RequestInfo, Scope, Tx } from './scope.ts'
import { lockWorkspace, scopeWorkspace } from './workspaces.ts'

const livingKeysMax = 1_000

/** The workspace's keys, newest first; developers see their own. */
export async function listKeys(scope: Scope, input: ListKeysInput = {}): Promise<Page<KeyView>> {
  requireRead(scope, 'developer')
  const { cursor, limit, state, search } = parseInput(ListKeysInput, input)
  return scope.tx(async (tx) => {
    const maker = await makerOf(tx, scope)
    const rows = await tx.apiKey.findMany({
      where: {
        workspaceId: scope.workspaceId,
        ...(state === 'active' && { revokedAt: null }),
        ...(search && { name: { contains: search, mode: 'insensitive' } }),
        ...(!roleReaches(scope.role, 'admin') && { createdBy: maker ?? scope.actor.id }),
        ...(cursor && { id: { lt: cursor } }),
      },
      orderBy: { id: 'desc' },
      take: limit + 1,
    })
    const items = await toKeyViews(tx, scope, rows.slice(0, limit), maker)
    return { items, ...(rows.length > limit && { nextCursor: items.at(-1)!.id }) }
  })
}

/**
 * A new key, shown in this answer and never again. Needs the role developer. Role and scopes are at most those of the
 * one who makes it; the role is developer unless the key manages: then it is the maker's, at most admin.
 */
export async function createKey(house: House, scope: Scope, input: CreateKeyInput): Promise<CreatedKey> {
  requireRole(scope, 'developer')
  const wanted = parseInput(CreateKeyInput, input)
  const role = wanted.role ?? usualRole(scope.role, wanted.scopes)
  requireNotAbove(scope, role)
  if (scope.actor.kind === 'key' && !wanted.scopes.every((wish) => scope.keyScopes.includes(wish))) {
    throw new AppError({
      kind: 'forbidden',
      code: 'permission_denied',
      message: 'A key grants only scopes that it has.',
    })
  }
  const now = scope.now()
  const expiresAt = wanted.expiresAt ? new Date(wanted.expiresAt) : null
  if (expiresAt && expiresAt <= now) throw invalidInput('The date has passed.', { expiresAt: 'The date has passed.' })
  return scope.tx(async (tx) => {
    // One row lock orders key making in a workspace: the count below holds until the insert.
    await lockWorkspace(tx, scope)
    const { workspaceId } = scope
    if ((await tx.apiKey.count({ where: { workspaceId, revokedAt: null } })) >= livingKeysMax) {
      const message = `At most ${livingKeysMax.toLocaleString('en')} keys. Revoke some first.`
      throw new AppError({ kind: 'conflict', code: 'too_many_keys', message })
    }
    await requireModels(tx, scope, wanted.modelIds)
    await requireDeployments(tx, scope, wanted.deploymentIds)
    const { publicId, secret, text } = makeKeyText()
    const maker = await makerOf(tx, scope)
    const row = await tx.apiKey.create({
      data: {
        id: newId('key', now.getTime()),
        workspaceId,
        publicId,
        name: wanted.name,
        secretHash: hashKeySecret(house.pepper, secret),
        lastFour: lastFourOf(secret),
        scopes: wanted.scopes,
        modelIds: wanted.modelIds,
        deploymentIds: wanted.deploymentIds,
        role,
        createdBy: maker,
        createdAt: now,
        expiresAt,
      },
    })
    await recordAudit(tx, scope, {
      action: 'key.create',
      target: keyTarget(row),
      after: {
        scopes: row.scopes,
        modelIds: row.modelIds,
        deploymentIds: row.deploymentIds,
        role,
        expiresAt: expiresAt?.toISOString() ?? null,
      },
    })
    const [key] = await toKeyViews(tx, scope, [row], maker)
    return { key: key!, secret: text }
  })
}

/** Another name. For the key's maker, and for admins. */
export async function updateKey(scope: Scope, input: UpdateKeyInput): Promise<KeyView> {
  requireRole(scope, 'developer')
  const { id, version, name } = parseInput(UpdateKeyInput, input)
  return scope.tx(async (tx) => {
    const maker = await makerOf(tx, scope)
    const row = await findKey(tx, scope, id, maker)
    requireEditable(scope, row)
    const updated = await tx.apiKey.updateManyAndReturn({
      where: { workspaceId: scope.workspaceId, id, version },
      data: { name, version: { increment: 1 } },
    })
    if (!updated[0]) throw staleEdit('The key', (await toKeyViews(tx, scope, [row], maker))[0])
    await recordAudit(tx, scope, {
      action: 'key.update',
      target: keyTarget(row),
      before: { name: row.name },
      after: { name },
    })
    return (await toKeyViews(tx, scope, updated, maker))[0]!
  })
}

/** Stops the key for good; gateways hear of it within seconds. Revoking twice changes nothing. */
export async function revokeKey(scope: Scope, input: { id: string }): Promise<KeyView> {
  requireRole(scope, 'developer')
  const { id } = parseInput(KeyIdInput, input)
  return scope.tx(async (tx) => {
    const maker = await makerOf(tx, scope)
    const row = await findKey(tx, scope, id, maker)
    requireEditable(scope, row)
    const [updated] = await tx.apiKey.updateManyAndReturn({
      where: { workspaceId: scope.workspaceId, id, revokedAt: null },
      data: { revokedAt: scope.now(), version: { increment: 1 } },
    })
    if (updated)
      await recordAudit(tx, scope, { action: 'key.revoke', target: keyTarget(row), before: { scopes: row.scopes } })
    return (await toKeyViews(tx, scope, [updated ?? row], maker))[0]!
  })
}

export async function getKey(scope: Scope, input: { id: string }): Promise<KeyView> {
  requireRead(scope, 'developer')
  const { id } = parseInput(KeyIdInput, input)
  return scope.tx(async (tx) => {
    const maker = await makerOf(tx, scope)
    return (await toKeyViews(tx, scope, [await findKey(tx, scope, id, maker)], maker))[0]!
  })
}

/**
 * The scope of a caller's key at the management API. One answer for what is no key, a wrong secret, an expired and a
 * revoked one (`invalid_api_key`); not found where the workspace is not the key's.
 */
export async function scopeForKey(
  house: House,
  text: string,
  workspaceSlug: string,
  request: RequestInfo,
): Promise<Scope> {
  const parsed = parseKeyText(text)
  const row =
    parsed &&
    (await house.system.apiKey.findUnique({ where: { publicId: parsed.publicId }, include: { workspace: true } }))
  const fits = row && isSameHash(hashKeySecret(house.pepper, parsed.secret), row.secretHash)
  if (!fits || stateOf(row, new Date(house.clock.nowMs())) !== 'active') {
    throw new AppError({ kind: 'unauthenticated', code: 'invalid_api_key', message: 'Incorrect API key provided.' })
  }
  if (row.workspace.slug !== workspaceSlug) throw notFound('Workspace')
  return house.toScope({
    workspaceId: row.workspaceId,
    workspace: scopeWorkspace(row.workspace),
    actor: { kind: 'key', id: row.id, label: row.name },
    role: row.role as Role,
    keyScopes: row.scopes as KeyScope[],
    operator: false,
    request,
  })
}

function usualRole(own: Role, scopes: readonly KeyScope[]): Role {
  if (!scopes.includes('manage')) return 'developer'
  return own === 'owner' ? 'admin' : own
}

// Developers find their own keys only: somebody else's is the same 404 as none.
async function findKey(tx: Tx, scope: Scope, id: string, maker: string | null): Promise<ApiKey> {
  const row = await tx.apiKey.findFirst({ where: { workspaceId: scope.workspaceId, id } })
  if (!row || !(roleReaches(scope.role, 'admin') || (maker !== null && row.createdBy === maker))) throw notFound('Key')
  return row
}

// An admin may not take an owner's key away, as they may not take the owner out.
function requireEditable(scope: Scope, row: ApiKey): void {
  requireNotAbove(scope, row.role as Role)
}

async function requireModels(tx: Tx, scope: Scope, modelIds: string[]): Promise<void> {
  if (modelIds.length === 0) return
  const found = await tx.model.count({
    where: { workspaceId: scope.workspaceId, id: { in: modelIds }, deletedAt: null },
  })
  if (found !== modelIds.length)
    throw invalidInput('One of the models does not exist.', { modelIds: 'One of the models does not exist.' })
}

async function requireDeployments(tx: Tx, scope: Scope, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  const where = { workspaceId: scope.workspaceId, id: { in: ids }, deletedAt: null }
  if ((await tx.deployment.count({ where })) === ids.length) return
  const message = 'One of the deployments does not exist.'
  throw invalidInput(message, { deploymentIds: message })
}

async function toKeyViews(tx: Tx, scope: Scope, rows: ApiKey[], maker: string | null): Promise<KeyView[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const uses = await tx.$queryRaw<{ key_id: string; last_used_at: Date }[]>`
    SELECT key_id, last_used_at FROM ledger.key_use WHERE workspace_id = ${scope.workspaceId} AND key_id = ANY(${ids})`
  const lastUsed = new Map(uses.map((use) => [use.key_id, use.last_used_at.toISOString()]))
  const makers = [...new Set(rows.flatMap((row) => row.createdBy ?? []))]
  const users = await tx.user.findMany({ where: { id: { in: makers } }, select: { id: true, name: true } })
  const names = new Map(users.map((user) => [user.id, user.name]))
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    hint: keyHint(row.publicId, row.lastFour),
    scopes: row.scopes as KeyScope[],
    modelIds: row.modelIds,
    deploymentIds: row.deploymentIds,
    role: row.role as Role,
    state: stateOf(row, scope.now()),
    createdBy:
      row.createdBy === null ? null : { id: row.createdBy, name: names.get(row.createdBy) ?? 'a former member' },
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: lastUsed.get(row.id) ?? null,
    version: row.version,
    editable:
      roleReaches(scope.role, row.role as Role) &&
      (roleReaches(scope.role, 'admin') || (maker !== null && row.createdBy === maker)),
  }))
}

function stateOf(row: ApiKey, now: Date): KeyView['state'] {
  if (row.revokedAt) return 'revoked'
  return row.expiresAt && row.expiresAt <= now ? 'expired' : 'active'
}

function keyTarget(row: ApiKey): { kind: string; id: string; label: string } {
  return { kind: 'key', id: row.id, label: row.name }
}
