import { z } from 'zod'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { changeModel, livingModel, targetOf, version } from './change.ts'
import { findModel, requireModel } from './find.ts'
import { claimUses } from './uses.ts'
import type { ModelRow } from './view.ts'
import type { RoutingView } from './views.ts'

const id = z.string().min(1).max(256)
export const fallbacksMax = 5
/** The kind of use by which a model that is a fallback cannot be deleted under those that count on it. */
const useKind = 'fallback'

const RetryInput = z.strictObject({
  count: z.int().min(0, 'From 0 to 5.').max(5, 'From 0 to 5.'),
  /** Statuses; null: every failure that may be retried. */
  onCodes: z
    .array(
      z.int().refine((code) => code === 408 || code === 409 || code === 429 || (code >= 500 && code < 600), {
        error: 'Only 408, 409, 429 and 500 to 599 can be tried again.',
      }),
    )
    .min(1)
    .max(20)
    .nullable()
    .default(null),
})

/** What is left out stays as it is. */
export const UpdateRoutingInput = z.strictObject({
  id,
  version,
  /** Null: calls are not tried again. */
  retry: RetryInput.nullable().optional(),
  /** Models of the same Type in the order of their turn, by id or address. */
  fallbacks: z.array(id).max(fallbacksMax, `At most ${fallbacksMax} fallbacks.`).optional(),
})
export type UpdateRoutingInput = z.input<typeof UpdateRoutingInput>

export const StoredRouting = z.object({
  retry: RetryInput.nullable().default(null),
  fallbacks: z.array(z.string()).max(fallbacksMax).default([]),
})
export type StoredRouting = z.infer<typeof StoredRouting>

/** What becomes of calls that fail and bring neither `retry` nor `fallbacks` of their own. Every member may read. */
export async function getRouting(scope: Scope, input: { id: string }): Promise<RoutingView> {
  requireRead(scope)
  const ref = parseInput(id, input.id)
  return scope.tx(async (tx) => toView(tx, scope, await requireModel(tx, scope, ref)))
}

/**
 * Sets retries and fallbacks of a model. A fallback is another model of the same Type; it cannot be deleted while it is
 * one. Admins and owners; a stale version is `stale_version` (409). Holds for calls from now on.
 */
export async function updateRouting(scope: Scope, input: UpdateRoutingInput): Promise<RoutingView> {
  requireRole(scope, 'admin')
  const { id: ref, version: read, ...changes } = parseInput(UpdateRoutingInput, input)
  const row = await changeModel(scope, ref, read, async (tx, model) => {
    const before = StoredRouting.parse(model.routing)
    const after: StoredRouting = {
      retry: changes.retry === undefined ? before.retry : changes.retry,
      fallbacks: changes.fallbacks ? await fallbacksOf(tx, scope, model, changes.fallbacks) : before.fallbacks,
    }
    if (JSON.stringify(before) === JSON.stringify(after)) return
    await store(tx, scope, model, after)
    if (changes.fallbacks) {
      const label = `Fallback of ${model.name}`
      await claimUses(tx, { workspaceId: scope.workspaceId, kind: useKind, refId: model.id, label }, after.fallbacks)
    }
    await recordAudit(tx, scope, {
      action: 'model.routing',
      target: targetOf(model),
      before: toAudit(before),
      after: toAudit(after),
    })
  })
  return getRouting(scope, { id: row.id })
}

/** Another model takes the place of a fallback, in the transaction that moves the claim. */
export async function repointFallback(tx: Tx, scope: Scope, refId: string, from: string, to: string): Promise<void> {
  if (refId === to) throw invalidInput('A model is no fallback of itself.', { to: 'Choose another model.' })
  const owner = await findModel(tx, scope, refId)
  if (!owner) return
  const routing = StoredRouting.parse(owner.routing)
  const fallbacks = [...new Set(routing.fallbacks.map((each) => (each === from ? to : each)))]
  await store(tx, scope, owner, { ...routing, fallbacks })
}

/** The model goes: what it counted on is free again. */
export async function releaseFallbacks(tx: Tx, scope: Scope, row: Pick<ModelRow, 'id'>): Promise<void> {
  await tx.modelUse.deleteMany({ where: { workspaceId: scope.workspaceId, kind: useKind, refId: row.id } })
}

async function fallbacksOf(tx: Tx, scope: Scope, model: ModelRow, names: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const [index, name] of names.entries()) {
    const refuse = (message: string) => invalidInput(message, { [`fallbacks.${index}`]: message })
    const found = await requireModel(tx, scope, name).catch((error: unknown) => {
      if (error instanceof AppError && error.kind === 'not_found') return null
      throw error
    })
    if (!found) throw refuse('This model does not exist.')
    if (found.id === model.id) throw refuse('A model is no fallback of itself.')
    if (found.type !== model.type) throw refuse(`“${found.name}” is of another Type than “${model.name}”.`)
    if (ids.includes(found.id)) throw refuse(`“${found.name}” stands there twice.`)
    ids.push(found.id)
  }
  return ids
}

async function store(tx: Tx, scope: Scope, row: ModelRow, routing: StoredRouting): Promise<void> {
  await tx.model.updateMany({
    where: livingModel(scope, row),
    data: {
      routing: routing as unknown as Prisma.InputJsonObject,
      version: { increment: 1 },
      updatedAt: scope.now(),
    },
  })
}

async function toView(tx: Tx, scope: Scope, row: ModelRow): Promise<RoutingView> {
  const { retry, fallbacks } = StoredRouting.parse(row.routing)
  const models = await tx.model.findMany({
    where: { workspaceId: scope.workspaceId, id: { in: fallbacks }, deletedAt: null },
    select: { id: true, slug: true, name: true, state: true, type: true },
  })
  const byId = new Map(models.map((model) => [model.id, model]))
  return {
    modelId: row.id,
    slug: row.slug,
    version: row.version,
    retry,
    fallbacks: fallbacks.flatMap((each) => {
      const model = byId.get(each)
      if (!model) return []
      const { id: modelId, slug, name, state, type } = model
      return [{ modelId, slug, name, takesPart: state === 'active' && type === row.type }]
    }),
  }
}

function toAudit({ retry, fallbacks }: StoredRouting) {
  return { retries: retry?.count ?? 0, onCodes: retry?.onCodes ?? [], fallbacks }
}
