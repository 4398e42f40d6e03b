import { formatMicroAmount } from '#lib/core/money.ts'
import { readPrice } from '../form/price.ts'
import type { OfferedModel } from '../views.ts'
import type { ModelType } from '../vocabulary.ts'
import { kindOfListed } from '../ways-in/kind.ts'

/** So many entries of a listing are read. */
export const listedMax = 20_000

/** What a server lists. */
export interface Listing {
  models: OfferedModel[]
  /** The server lists more than was read. */
  isCut: boolean
}

/**
 * Reads `GET /models` in the shapes that servers send: `{data: []}`, `{models: []}`, a bare array; names with a leading
 * `models/` lose it. Null where the body is no listing (a web page with 200, an object of another kind).
 */
export function readListing(json: unknown): Listing | null {
  const object = json as { data?: unknown; models?: unknown } | null | undefined
  const list = Array.isArray(json) ? json : Array.isArray(object?.data) ? object.data : object?.models
  if (!Array.isArray(list)) return null
  const models: OfferedModel[] = []
  for (const item of list.slice(0, listedMax)) {
    if (typeof item !== 'object' || item === null) continue
    const fields = item as Record<string, unknown>
    const name = [fields.id, fields.name, fields.model].find((value) => typeof value === 'string' && value !== '')
    if (typeof name !== 'string' || name.length > 512) continue
    const id = name.replace(/^models\//, '')
    models.push({ id, kind: kindOfListed(fields, id), contextTokens: contextOf(fields), ...pricesOf(fields.pricing) })
  }
  // A non-empty list of which nothing could be read is not a listing.
  return models.length === 0 && list.length > 0 ? null : { models, isCut: list.length > listedMax }
}

/** Null where that is not known: without a listing, or beyond what was read of one. */
export function isListed(listing: Listing | null, modelId: string): boolean | null {
  if (listing?.models.some(({ id }) => id === modelId)) return true
  return listing === null || listing.isCut ? null : false
}

/** The Type that a listing tells of a model, by `type` or `architecture.output_modalities`; null where it does not. */
export function listedType(json: unknown, modelId: string): ModelType | null {
  const object = json as { data?: unknown } | null | undefined
  const list: unknown[] = Array.isArray(json) ? json : Array.isArray(object?.data) ? object.data : []
  const found = list.find((item) => String((item as { id?: unknown } | null)?.id).replace(/^models\//, '') === modelId)
  const { type, architecture } = (found ?? {}) as { type?: unknown; architecture?: { output_modalities?: unknown } }
  const modalities = architecture?.output_modalities
  const words = [type, ...(Array.isArray(modalities) ? modalities : [])]
  if (words.includes('image')) return 'image'
  if (words.includes('embedding') || words.includes('embeddings')) return 'embedding'
  return words.includes('chat') ? 'chat' : null
}

function contextOf(fields: Record<string, unknown>): number | null {
  const meta = fields.meta as Record<string, unknown> | null | undefined
  const candidates = [
    fields.context_length,
    fields.context_window,
    fields.max_model_len,
    fields.max_context_length,
    fields.max_input_tokens,
    typeof meta === 'object' ? meta?.n_ctx_train : undefined,
  ]
  const found = candidates.find(
    (value) => typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 100_000_000,
  )
  return typeof found === 'number' ? found : null
}

/** OpenRouter's shape, which others copied: `pricing: {prompt, completion, image}` as USD per token, in text. */
function pricesOf(pricing: unknown): Omit<OfferedModel, 'id' | 'contextTokens'> {
  const fields = (typeof pricing === 'object' && pricing !== null ? pricing : {}) as Record<string, unknown>
  return {
    inputPrice: perMillion(fields.prompt),
    outputPrice: perMillion(fields.completion),
    cachedInputPrice: perMillion(fields.input_cache_read),
    imagePrice: perImage(fields.image),
  }
}

/** `0.00000059` per token -> `0.59` per 1M, exactly; null for anything that is no such price. */
function perMillion(value: unknown): string | null {
  const text = typeof value === 'number' ? value.toFixed(15) : value
  if (typeof text !== 'string' || !/^\d{1,6}(\.\d{1,20})?$/.test(text)) return null
  const [whole = '', fraction = ''] = text.split('.')
  const micro = BigInt(whole + fraction.padEnd(12, '0').slice(0, 12))
  if (/[1-9]/.test(fraction.slice(12))) return null
  return micro > 1_000_000_000_000n ? null : formatMicroAmount(micro)
}

function perImage(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const read = readPrice('imagePrice', value)
  return read.ok && read.price !== '0' ? read.price : null
}

/** The listed IDs nearest to a wrong one, best first, at most three; none where nothing is near. */
export function nearNames(wanted: string, offered: readonly string[]): string[] {
  const target = wanted.toLowerCase()
  const tail = target.slice(target.lastIndexOf('/') + 1)
  const scored: { name: string; distance: number }[] = []
  for (const name of offered) {
    const other = name.toLowerCase()
    const otherTail = other.slice(other.lastIndexOf('/') + 1)
    const limit = Math.max(2, Math.floor(Math.max(tail.length, otherTail.length) * 0.34))
    let distance = Math.min(editDistance(target, other, limit), editDistance(tail, otherTail, limit) + 0.5)
    if (tail.length >= 4 && (otherTail.startsWith(tail) || tail.startsWith(otherTail)))
      distance = Math.min(distance, limit * 0.6)
    if (distance <= limit) scored.push({ name, distance })
  }
  const best = Math.min(...scored.map(({ distance }) => distance))
  return scored
    .filter(({ distance }) => distance <= Math.max(2, best + 1))
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Levenshtein; `limit + 1` as soon as it cannot be less. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    let least = row
    for (let column = 1; column <= b.length; column++) {
      const replace = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      const value = Math.min(replace, previous[column]! + 1, current[column - 1]! + 1)
      current.push(value)
      least = Math.min(least, value)
    }
    if (least > limit) return limit + 1
    previous = current
  }
  return previous[b.length]!
}
