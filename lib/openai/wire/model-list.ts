/*
 * `GET /models`, from the shapes that servers give it: OpenAI's `{data:[...]}`, a bare array, `{models:[...]}`. Prices and
 * context length come under many names; only what is plain is taken.
 */

export interface ListedModel {
  id: string
  /** Tokens of context, where the server tells. */
  contextTokens?: number
  /** Decimal USD per 1M tokens, as `parseMicroAmount` reads it. */
  inputPrice?: string
  outputPrice?: string
  cachedInputPrice?: string
  /** Decimal USD per image. */
  imagePrice?: string
}

export interface ModelList {
  models: ListedModel[]
  /** The server listed more than `listedModelsMax`. */
  isCut: boolean
}

export const listedModelsMax = 10_000
const idCharactersMax = 256

type Json = Record<string, unknown>

/** Null where the body is no list of models. Entries without a usable id and repeated ids are left out. */
export function parseModelList(body: unknown): ModelList | null {
  const entries = entriesOf(body)
  if (!entries) return null
  const models = new Map<string, ListedModel>()
  for (const entry of entries) {
    if (models.size === listedModelsMax) return { models: [...models.values()], isCut: true }
    const model = toListedModel(entry)
    if (model && !models.has(model.id)) models.set(model.id, model)
  }
  return { models: [...models.values()], isCut: false }
}

function entriesOf(body: unknown): unknown[] | null {
  if (Array.isArray(body)) return body
  if (!isObject(body)) return null
  if (Array.isArray(body.data)) return body.data
  if (Array.isArray(body.models)) return body.models
  // Ollama answers `data: null` while it has no models.
  return body.object === 'list' && body.data === null ? [] : null
}

function toListedModel(entry: unknown): ListedModel | null {
  if (typeof entry === 'string') return isId(entry) ? { id: entry } : null
  if (!isObject(entry)) return null
  const id = [entry.id, entry.model, entry.name].find((value) => typeof value === 'string')
  if (typeof id !== 'string' || !isId(id)) return null
  const model: ListedModel = { id }
  const contextTokens = contextOf(entry)
  if (contextTokens !== undefined) model.contextTokens = contextTokens
  if (isObject(entry.pricing)) Object.assign(model, pricesOf(entry.pricing))
  return model
}

function isId(id: string): boolean {
  return id.length > 0 && id.length <= idCharactersMax && !/[\p{Cc}\p{Cf}]/u.test(id)
}

function contextOf(entry: Json): number | undefined {
  const meta = isObject(entry.meta) ? entry.meta : {}
  const candidates = [
    entry.context_length,
    entry.max_model_len,
    entry.context_window,
    entry.max_context_length,
    entry.max_input_tokens,
    meta.n_ctx,
    meta.n_ctx_train,
  ]
  return candidates.find(
    (value): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 1e9,
  )
}

/** `prompt` and `completion` are USD per token, `input` and `output` USD per 1M tokens. */
function pricesOf(pricing: Json): Partial<ListedModel> {
  const prices: Partial<ListedModel> = {}
  const put = (key: 'inputPrice' | 'outputPrice' | 'cachedInputPrice' | 'imagePrice', value: string | undefined) => {
    if (value !== undefined) prices[key] = value
  }
  if (pricing.prompt !== undefined) {
    put('inputPrice', shiftDecimal(pricing.prompt, 6))
    put('outputPrice', shiftDecimal(pricing.completion, 6))
    put('cachedInputPrice', shiftDecimal(pricing.input_cache_read, 6))
  } else {
    put('inputPrice', shiftDecimal(pricing.input, 0))
    put('outputPrice', shiftDecimal(pricing.output, 0))
    put('cachedInputPrice', shiftDecimal(pricing.cached_input, 0))
  }
  put('imagePrice', shiftDecimal(pricing.image, 0))
  return prices
}

/**
 * A decimal, as text or number, times 10^places, exactly: `shiftDecimal('0.00000059', 6)` is `0.59`. Undefined for what
 * is no amount, is negative (some lists say -1 for "varies"), or has more than six decimals afterwards.
 */
export function shiftDecimal(value: unknown, places: number): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const match = /^(\d{0,12})(?:\.(\d{0,24}))?(?:e([+-]?\d{1,2}))?$/i.exec(String(value).trim())
  if (!match || !(match[1] || match[2])) return undefined
  const digits = `${match[1] ?? ''}${match[2] ?? ''}`
  const point = (match[1] ?? '').length + places + Number(match[3] ?? 0)
  const padded = point < 0 ? '0'.repeat(-point) + digits : digits.padEnd(point, '0')
  const whole = padded.slice(0, Math.max(point, 0)).replace(/^0+(?=\d)/, '') || '0'
  const fraction = padded.slice(Math.max(point, 0)).replace(/0+$/, '')
  if (fraction.length > 6 || whole.length > 7) return undefined
  return fraction ? `${whole}.${fraction}` : whole
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
