import type { ModelType, OfferedModel } from '#lib/models/schema.ts'
import { intakeRowsMax } from './intake-api.ts'

/** A listed model that is wanted, with what may be changed of it. */
export interface Chosen {
  model: OfferedModel
  type: ModelType
  name: string
  /** '' = from the name. */
  slug: string
}

/** The Type that a listed model seems to be for; null for what no form is for. */
export function typeOf(model: OfferedModel): ModelType | null {
  return model.kind === 'other' ? null : (model.kind ?? 'chat')
}

/** Those whose Model ID holds every word. */
export function narrow(offered: readonly OfferedModel[], search: string): OfferedModel[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return offered.filter(({ id }) => words.every((word) => id.toLowerCase().includes(word)))
}

/** Ticks or unticks, up to the number that one go can take. What no form is for is never ticked. */
export function choose(
  chosen: ReadonlyMap<string, Chosen>,
  models: readonly OfferedModel[],
  on: boolean,
): ReadonlyMap<string, Chosen> {
  const next = new Map(chosen)
  for (const model of models) {
    const type = typeOf(model)
    if (!on) next.delete(model.id)
    else if (type && !next.has(model.id) && next.size < intakeRowsMax)
      next.set(model.id, { model, type, name: model.id.split('/').at(-1) ?? model.id, slug: '' })
  }
  return next
}

/** Model IDs typed by hand, one a line, that are not in the list yet. */
export function named(text: string, offered: readonly OfferedModel[]): OfferedModel[] {
  const known = new Set(offered.map(({ id }) => id))
  const ids = [...new Set(text.split('\n').map((line) => line.trim()))].filter((id) => id !== '' && !known.has(id))
  const nothing = { contextTokens: null, inputPrice: null, outputPrice: null, cachedInputPrice: null, imagePrice: null }
  return ids.slice(0, intakeRowsMax).map((id) => ({ id, kind: null, ...nothing }))
}

export function rowOf({ model, type, name, slug }: Chosen, index: number) {
  const { id, kind: _kind, ...told } = model
  return { key: `s${index + 1}`, type, modelId: id, name, ...(slug.trim() && { slug: slug.trim() }), ...told }
}
