import { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import { parseInput, recordAudit, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { changeModel, livingModel, targetOf, version } from './change.ts'
import { type PriceField, readPrice } from './form/price.ts'
import { insertPrice } from './prices.ts'
import { getModel, listPrices } from './queries.ts'
import type { DraftPrices } from './stored.ts'
import type { ModelView, PriceView } from './views.ts'

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
  const row = await changeModel(scope, name, read, async (tx, found) => {
    if (found.state === state) return
    await tx.model.updateMany({
      where: livingModel(scope, found),
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
  const prices = readPrices(figures)
  const row = await changeModel(scope, name, undefined, async (tx, found) => {
    await insertPrice(tx, scope, found.id, prices, from)
    await recordAudit(tx, scope, {
      action: 'model.price',
      target: targetOf(found),
      after: { ...prices, effectiveFrom: from.toISOString() },
    })
  })
  return listPrices(scope, { id: row.id })
}

/** Prices as they were typed, read. Throws `invalid_input` by field. */
export function readPrices(figures: Partial<Record<PriceField, string | number | null | undefined>>): DraftPrices {
  const read = (field: PriceField) => {
    const result = readPrice(field, figures[field])
    if (!result.ok) throw invalidInput(result.message, { [field]: result.message })
    return result.price
  }
  return {
    inputPrice: read('inputPrice'),
    outputPrice: read('outputPrice'),
    cachedInputPrice: read('cachedInputPrice'),
    imagePrice: read('imagePrice'),
  }
}
