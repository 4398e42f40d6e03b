import { z } from 'zod'
import { AppError, invalidInput, notFound, staleEdit } from '#lib/core/errors.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { reservedDays } from './addresses.ts'
import { lockModel, requireModel } from './find.ts'
import { type PriceField, readPrice } from './form/price.ts'
import { insertPrice } from './prices.ts'
import { getModel, listPrices } from './queries.ts'
import { cardOf } from './stored.ts'
import type { ModelRow } from './view.ts'
import type { ModelView, PriceView } from './views.ts'
import { CapabilityKey, Verdict } from './vocabulary.ts'

const version = z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647)
const id = z.string().min(1).max(256)

export const SetModelStateInput = z.strictObject({
  id,
  state: z.enum(['active', 'disabled']),
  version: version.optional(),
})
export type SetModelStateInput = z.input<typeof SetModelStateInput>

/** Disabled stops new calls everywhere at once; calls in flight finish. Nothing is lost by it. */
export async function setModelState(scope: Scope, input: SetModelStateInput): Promise<ModelView> {
  requireRole(scope, 'admin')
  const { state, version: read, id: name } = parseInput(SetModelStateInput, input)
  const row = await change(scope, name, read, async (tx, found) => {
    if (found.state === state) return
    await tx.model.updateMany({
      where: whereOf(scope, found),
      data: { state, version: { increment: 1 }, updatedAt: scope.now() },
    })
    await recordAudit(tx, scope, {
      action: state === 'active' ? 'model.enable' : 'model.disable',
      target: targetOf(found),
      before: { state: found.state },
      after: { state },
    })
  })
  return getModel(scope, { id: row.id })
}

export const DeleteModelInput = z.strictObject({
  id,
  /** What the person typed to confirm. */
  name: z.string().max(256).optional(),
  version: version.optional(),
})
export type DeleteModelInput = z.input<typeof DeleteModelInput>

/**
 * Deletes a model: its addresses stay reserved for 90 days, its secrets are gone at once, records keep its name. Refused
 * as `model_in_use` (409, with the uses) while anything uses it. `name`, where given, must be its name: forms ask for it.
 */
export async function deleteModel(scope: Scope, input: DeleteModelInput): Promise<void> {
  requireRole(scope, 'admin')
  const { id: ref, name: confirm, version: read } = parseInput(DeleteModelInput, input)
  await change(scope, ref, read, async (tx, found) => {
    if (confirm !== undefined && confirm !== found.name) {
      throw invalidInput('The name is not the one of this model.', { name: `Type “${found.name}”.` })
    }
    const uses = await tx.modelUse.findMany({
      where: { workspaceId: scope.workspaceId, modelId: found.id },
      select: { kind: true, refId: true, label: true },
      take: 100,
    })
    if (uses.length > 0) {
      throw new AppError({
        kind: 'conflict',
        code: 'model_in_use',
        message: `“${found.name}” is used by ${uses.length === 1 ? uses[0]!.label : `${uses.length} others`}. Point them to another model first.`,
        details: { uses },
      })
    }
    const now = scope.now()
    await tx.model.updateMany({
      where: whereOf(scope, found),
      data: {
        deletedAt: now,
        updatedAt: now,
        state: 'disabled',
        version: { increment: 1 },
        sealedKey: null,
        keyFingerprint: null,
        keyLastFour: null,
        sealedHeaders: null,
        sealedQuery: null,
      },
    })
    await tx.modelAddress.updateMany({
      where: { workspaceId: scope.workspaceId, modelId: found.id },
      data: { reservedUntil: new Date(now.getTime() + reservedDays * 86_400_000) },
    })
    await recordAudit(tx, scope, {
      action: 'model.delete',
      target: targetOf(found),
      before: { slug: found.slug, host: found.host, modelId: found.modelId },
    })
  })
}

export const PinCapabilityInput = z.strictObject({
  id,
  capability: CapabilityKey,
  /** Null takes the pin out; the next validation decides again. */
  verdict: Verdict.nullable(),
  version: version.optional(),
})
export type PinCapabilityInput = z.input<typeof PinCapabilityInput>

/** An admin's own verdict on a capability. Validations leave it alone. */
export async function pinCapability(scope: Scope, input: PinCapabilityInput): Promise<ModelView> {
  requireRole(scope, 'admin')
  const { id: name, capability: key, verdict, version: read } = parseInput(PinCapabilityInput, input)
  const row = await change(scope, name, read, async (tx, found) => {
    const card = cardOf(found)
    const before = card.checks[key]
    card.checks[key] =
      verdict === null
        ? { verdict: before?.verdict ?? 'unknown', detail: '', pinned: false }
        : { verdict, detail: `Set by ${scope.actor.label}`.slice(0, 300), pinned: true }
    await tx.model.updateMany({
      where: whereOf(scope, found),
      data: {
        capabilities: card as unknown as Prisma.InputJsonObject,
        version: { increment: 1 },
        updatedAt: scope.now(),
      },
    })
    await recordAudit(tx, scope, {
      action: verdict === null ? 'model.unpin' : 'model.pin',
      target: targetOf(found),
      before: { [key]: before?.verdict ?? 'unknown' },
      after: { [key]: verdict ?? 'undecided' },
    })
  })
  return getModel(scope, { id: row.id })
}

const figure = z.union([z.string().max(64), z.number()]).nullish()
export const SetPriceInput = z.strictObject({
  id,
  inputPrice: figure,
  outputPrice: figure,
  cachedInputPrice: figure,
  imagePrice: figure,
  /** ISO 8601 with an offset; now unless given. Not in the past: what was called is priced. */
  effectiveFrom: z.iso.datetime({ offset: true }).optional(),
})
export type SetPriceInput = z.input<typeof SetPriceInput>

/** Adds a price, from now or from a later moment on. Returns the whole history. */
export async function setPrice(scope: Scope, input: SetPriceInput): Promise<PriceView[]> {
  requireRole(scope, 'admin')
  const { id: name, effectiveFrom, ...figures } = parseInput(SetPriceInput, input)
  const now = scope.now()
  const from = effectiveFrom === undefined ? now : new Date(effectiveFrom)
  if (from < now || from.getTime() > now.getTime() + 366 * 86_400_000) {
    throw invalidInput('A price holds from now or from a later moment within a year.', {
      effectiveFrom: 'From now on, at most a year ahead.',
    })
  }
  const read = (field: PriceField) => {
    const result = readPrice(field, figures[field])
    if (!result.ok) throw invalidInput(result.message, { [field]: result.message })
    return result.price
  }
  const prices = {
    inputPrice: read('inputPrice'),
    outputPrice: read('outputPrice'),
    cachedInputPrice: read('cachedInputPrice'),
    imagePrice: read('imagePrice'),
  }
  const row = await change(scope, name, undefined, async (tx, found) => {
    await insertPrice(tx, scope, found.id, prices, from)
    await recordAudit(tx, scope, {
      action: 'model.price',
      target: targetOf(found),
      after: { ...prices, effectiveFrom: from.toISOString() },
    })
  })
  return listPrices(scope, { id: row.id })
}

/** Finds, locks and checks the version; then does the work in the same transaction. */
async function change(
  scope: Scope,
  name: string,
  read: number | undefined,
  work: (tx: Tx, row: ModelRow) => Promise<void>,
): Promise<ModelRow> {
  const outcome = await scope.tx(async (tx) => {
    const found = await requireModel(tx, scope, name)
    await lockModel(tx, scope, found.id)
    const row = await requireModel(tx, scope, found.id)
    if (read !== undefined && read !== row.version) return { row, stale: true }
    await work(tx, row)
    return { row, stale: false }
  })
  if (outcome.stale) throw staleEdit('This model', await getModel(scope, { id: outcome.row.id }))
  return outcome.row
}

function whereOf(scope: Scope, row: ModelRow) {
  return { workspaceId: scope.workspaceId, id: row.id, deletedAt: null }
}

function targetOf(row: ModelRow) {
  return { kind: 'model', id: row.id, label: row.name }
}

/** Says what uses models, so that none is deleted under it. Replaces what `ref` claimed before. For deployments and experiments. */
export async function claimUses(
  tx: Tx,
  ref: { workspaceId: string; kind: string; refId: string; label: string },
  modelIds: readonly string[],
): Promise<void> {
  const { workspaceId, kind, refId, label } = ref
  const wanted = [...new Set(modelIds)]
  const living = await tx.model.count({ where: { workspaceId, id: { in: wanted }, deletedAt: null } })
  if (living !== wanted.length) throw notFound('Model')
  await tx.modelUse.deleteMany({ where: { workspaceId, kind, refId } })
  if (wanted.length > 0)
    await tx.modelUse.createMany({ data: wanted.map((modelId) => ({ workspaceId, modelId, kind, refId, label })) })
}
