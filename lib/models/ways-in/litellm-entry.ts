import { z } from 'zod'
import { shiftDecimal } from '#lib/core/money.ts'
import { findPreset } from '../form/servers.ts'
import type { ModelType, Region } from '../vocabulary.ts'
import { kindOfName } from './kind.ts'
import { isOpenAiName, nativeServers, openAiServers } from './litellm-servers.ts'
import type { Ask, PlanRow, Value } from './plan.ts'

/** One entry of `model_list`, read. */
export interface Entry {
  /** Its `model_name`: what callers use. */
  address: string
  limits: Partial<Record<'weight' | 'rpm' | 'tpm', number>>
  row: PlanRow
}

/** An entry that is not taken over. */
export interface Skipped {
  name: string
  modelId: string
  reason: string
}

/** What the rest of the file tells the entries. */
export interface Source {
  /** The file's own `environment_variables`. */
  variables: ReadonlyMap<string, string>
  credentials: ReadonlyMap<string, Record<string, unknown>>
  /** Filled while reading: what must be asked for. */
  asks: Map<string, Ask>
}

const fields = z.record(z.string(), z.unknown())
const Item = z.object({ model_name: z.coerce.string(), litellm_params: fields, model_info: fields.nullish() })

const modes: Readonly<Record<string, ModelType>> = {
  chat: 'chat',
  responses: 'chat',
  completion: 'completion',
  embedding: 'embedding',
  image_generation: 'image',
}

/** Parameters that are read, or that mean nothing elsewhere. All others are named as not taken over. */
const readParameters = new Set([
  ...['model', 'api_key', 'api_base', 'base_url', 'api_version', 'custom_llm_provider', 'litellm_credential_name'],
  ...['rpm', 'tpm', 'weight', 'max_tokens', 'temperature', 'timeout', 'stream_timeout', 'request_timeout'],
  ...['input_cost_per_token', 'output_cost_per_token', 'cache_read_input_token_cost', 'output_cost_per_image'],
  ...['extra_headers', 'headers', 'organization', 'use_in_pass_through', 'input_cost_per_image', 'max_retries'],
])

/** Reads an entry, or says why it is not taken over. `key` names its row. */
export function readEntry(item: unknown, source: Source, key: string): Entry | Skipped {
  const parsed = Item.safeParse(item)
  if (!parsed.success) {
    const name = (item as { model_name?: unknown } | null)?.model_name
    const skipped = { name: typeof name === 'string' ? name.slice(0, 256) : key, modelId: '' }
    return { ...skipped, reason: 'An entry has a model_name and litellm_params.' }
  }
  const { model_name: address, litellm_params: own, model_info } = parsed.data
  const info = model_info ?? {}
  const credential = source.credentials.get(String(own.litellm_credential_name))
  const params: Record<string, unknown> = { ...credential, ...own }
  const model = typeof params.model === 'string' ? params.model.trim() : ''
  const skip = (reason: string): Skipped => ({ name: address.slice(0, 256), modelId: model.slice(0, 256), reason })
  if (model === '') return skip('It names no model.')
  if (address.includes('*') || model.includes('*'))
    return skip(
      'A wildcard stands for whatever its server has. Add the models you use with “Several models from one Base URL”.',
    )
  if (own.litellm_credential_name !== undefined && !credential)
    return skip(`The file has no credential “${String(own.litellm_credential_name).slice(0, 64)}”.`)
  if (model.startsWith('os.environ/'))
    return skip('Its model stands in a variable of the environment, which is not read.')
  if (Array.isArray(params.organization)) return skip('Several organizations in one entry: add one model for each.')

  const notes: string[] = []
  const place = placeOf(model, params)
  if ('reason' in place) return skip(place.reason)
  const type = typeOf(info.mode ?? params.mode, place)
  if (type === null)
    return skip(
      `It is for ${String(info.mode ?? 'something else')}, which has no Type here: chat, completion, embedding, image.`,
    )

  const value = valueReader(source)
  const isAzure = place.provider === 'azure'
  const base = value(params.api_base ?? params.base_url, 'url') ?? (place.baseUrl ? { given: place.baseUrl } : null)
  if (!base) return skip('It has no api_base.')
  const azure = isAzure ? azurePlace(base, place.modelId, params, value) : null
  if (azure && 'reason' in azure) return skip(azure.reason)
  const rest = restOf(params, info, notes)
  for (const name of Object.keys(own).filter((each) => !readParameters.has(each) && !each.includes('cost')))
    notes.push(`${name.slice(0, 64)} is not taken over.`)
  if (info.mode === 'responses')
    notes.push('LiteLLM calls it by the Responses API; here it is called by chat completions.')

  return {
    address,
    limits: limitsOf(params),
    row: {
      key,
      type,
      name: address,
      slug: '',
      modelId: azure?.modelId ?? place.modelId,
      region: regionOf(place.region, base),
      baseUrl: azure?.baseUrl ?? withVersion(base, place.provider),
      apiKey: keyOf(params.api_key, place, base, value, source.asks),
      headers: headersOf(params, value, notes),
      query: azure?.query ?? {},
      rest: { ...rest, ...(azure && { keyHeader: 'api-key' }) },
      aliases: [],
      groups: [],
      pins: {},
      profile: {},
      notes,
      problem: null,
    },
  }
}

interface Place {
  provider: string
  modelId: string
  baseUrl: string
  region: Region
  keyVariable: string
}

/** Which server an entry names, by its prefix, `custom_llm_provider`, or the name itself. */
function placeOf(model: string, params: Record<string, unknown>): Place | { reason: string } {
  const given = typeof params.custom_llm_provider === 'string' ? params.custom_llm_provider : ''
  const slash = model.indexOf('/')
  const prefix = slash < 0 ? '' : model.slice(0, slash)
  const isKnown = (name: string) =>
    name === 'azure' ||
    name === 'azure_text' ||
    Object.hasOwn(openAiServers, name) ||
    Object.hasOwn(nativeServers, name)
  const provider = given || (isKnown(prefix) ? prefix : '')
  const modelId = provider !== '' && prefix === provider ? model.slice(slash + 1) : model
  const hasBase = typeof (params.api_base ?? params.base_url) === 'string'
  if (Object.hasOwn(nativeServers, provider)) return { reason: nativeServers[provider]! }
  if (provider === 'azure' || provider === 'azure_text')
    return { provider: 'azure', modelId, baseUrl: '', region: 'global', keyVariable: 'AZURE_API_KEY' }
  const server = Object.hasOwn(openAiServers, provider) ? openAiServers[provider]! : undefined
  if (server) {
    // Behind an address of its own, a region is nobody's guess; `regionOf` tells near ones from far ones.
    return { provider, modelId: fullId(provider, modelId), ...server, ...(hasBase && { region: 'own' }) }
  }
  if (!provider && isOpenAiName(model)) return { provider: 'openai', modelId: model, ...openAiServers.openai! }
  if (/^claude-/.test(model)) return { reason: nativeServers.anthropic! }
  if (/^gemini-/.test(model)) return { reason: nativeServers.gemini! }
  if (hasBase) return { provider: 'openai', modelId, baseUrl: '', region: 'own', keyVariable: 'OPENAI_API_KEY' }
  const name = (provider || prefix).slice(0, 64)
  return {
    reason: name
      ? `Patchbay does not know “${name}” as a server that speaks OpenAI’s API, and the entry has no api_base.`
      : 'It does not say which server it is on.',
  }
}

/** Fireworks' own names may be given short. */
function fullId(provider: string, modelId: string): string {
  return provider === 'fireworks_ai' && !modelId.startsWith('accounts/') && !modelId.includes('#')
    ? `accounts/fireworks/models/${modelId}`
    : modelId
}

function typeOf(mode: unknown, place: Place): ModelType | null {
  if (typeof mode === 'string') return Object.hasOwn(modes, mode) ? modes[mode]! : null
  if (place.provider === 'text-completion-openai') return 'completion'
  const kind = kindOfName(place.modelId)
  return kind === 'other' ? null : kind
}

type ReadValue = (value: unknown, kind: Ask['kind']) => Value | null

/** `os.environ/NAME` is asked for, unless the file itself sets NAME. */
function valueReader({ variables, asks }: Source): ReadValue {
  return (value, kind) => {
    if (typeof value !== 'string' && typeof value !== 'number') return null
    const text = String(value).trim()
    if (text === '') return null
    if (!text.startsWith('os.environ/')) return { given: text }
    const name = text.slice('os.environ/'.length).slice(0, 128)
    const own = variables.get(name)
    if (own !== undefined) return { given: own }
    return askFor(asks, name, kind)
  }
}

function askFor(asks: Source['asks'], name: string, kind: Ask['kind']): Value {
  const id = `env:${name}`
  const before = asks.get(id)
  // What is used as a key anywhere is typed as a secret.
  asks.set(id, { id, label: name, kind: before?.kind === 'key' ? 'key' : kind, optional: false, help: helps[kind] })
  return { ask: id }
}

const helps: Readonly<Record<Ask['kind'], string>> = {
  key: 'A variable of LiteLLM’s environment. Patchbay does not read it: paste the key.',
  url: 'A variable of LiteLLM’s environment. Patchbay does not read it: paste the address.',
  value: 'A variable of LiteLLM’s environment. Patchbay does not read it: paste the value.',
}

/**
 * The key of the file, or of the variable that LiteLLM looks for by itself; null where none is needed. For a server of
 * one's own that an entry names no key for, a key of its own is asked for: a hosted server's key has no business there.
 */
function keyOf(given: unknown, place: Place, base: Value, value: ReadValue, asks: Source['asks']): Value | null {
  const read = value(given, 'key')
  if (read && 'given' in read && /^(none|null|no[-_ ]?key|not[-_ ]?needed|empty)$/i.test(read.given)) return null
  if (read || place.keyVariable === '') return read
  const [host, usual] = [hostOf('given' in base ? base.given : ''), hostOf(place.baseUrl)]
  if (usual === '' ? place.provider === 'azure' : host === usual) return value(`os.environ/${place.keyVariable}`, 'key')
  if (host === '') return value(`os.environ/${place.keyVariable}`, 'key')
  const id = `key:${host}`
  const help = 'The file names no key for this server. Leave it empty where it needs none.'
  asks.set(id, { id, label: `API key of ${host}`, kind: 'key', optional: true, help })
  return { ask: id, optional: true }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}

/** Ollama's own address has no `/v1`, which its OpenAI-compatible one has. */
function withVersion(base: Value, provider: string): Value {
  const adds = provider === 'ollama' || provider === 'ollama_chat'
  if (!adds || !('given' in base) || /\/v1\/*$/.test(base.given)) return base
  return { given: `${base.given.replace(/\/+(api\/?)?$/, '')}/v1` }
}

function regionOf(region: Region, base: Value): Region {
  if (region !== 'own' || !('given' in base) || !URL.canParse(base.given)) return region
  const known = findPreset(base.given)?.region
  if (known) return known
  const { hostname } = new URL(base.given)
  const isNear =
    /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[)/.test(hostname) || !hostname.includes('.')
  return isNear ? 'own' : 'global'
}

/**
 * Azure's classic address holds the deployment and asks for `api-version`; the newer one, `/openai/v1`, takes the
 * deployment as the model.
 */
function azurePlace(
  base: Value,
  deployment: string,
  params: Record<string, unknown>,
  value: ReadValue,
): { baseUrl: Value; modelId: string; query: Record<string, Value> } | { reason: string } {
  if (params.azure_ad_token !== undefined || params.tenant_id !== undefined || params.client_id !== undefined)
    return { reason: 'It signs in with Entra ID, whose tokens run out. Add the model by hand with an API key.' }
  const modelId = deployment.split('/').at(-1) ?? deployment
  if (!('given' in base)) return { baseUrl: base, modelId, query: {} }
  const version = value(params.api_version, 'value')
  const isDated = version !== null && !('given' in version && /^(v1|preview|latest)$/.test(version.given))
  const bare = base.given.replace(/\/+$/, '')
  if (/\/openai\/v1$/.test(bare)) return { baseUrl: { given: bare }, modelId, query: {} }
  const root = bare.replace(/\/openai(\/deployments\/.*)?$/, '')
  if (!isDated) return { baseUrl: { given: `${root}/openai/v1` }, modelId, query: {} }
  return { baseUrl: { given: `${root}/openai/deployments/${modelId}` }, modelId, query: { 'api-version': version } }
}

function headersOf(params: Record<string, unknown>, value: ReadValue, notes: string[]): Record<string, Value> {
  const headers: Record<string, Value> = {}
  const put = (name: string, given: unknown) => {
    const read = value(given, 'value')
    if (!read) notes.push(`The header ${name.slice(0, 64)} is not taken over: its value is no text.`)
    else if (!/^[\w!#$%&'*+.^`|~-]{1,128}$/.test(name))
      notes.push(`The header “${name.slice(0, 64)}” is not taken over: that is no header’s name.`)
    else headers[name.toLowerCase()] = read
  }
  for (const group of [params.headers, params.extra_headers]) {
    const parsed = fields.safeParse(group)
    for (const [name, given] of Object.entries(parsed.data ?? {}).slice(0, 20)) put(name, given)
  }
  if (params.organization !== undefined) put('openai-organization', params.organization)
  return headers
}

function limitsOf(params: Record<string, unknown>): Entry['limits'] {
  const limits: Entry['limits'] = {}
  for (const name of ['weight', 'rpm', 'tpm'] as const) {
    const amount = numberOf(params[name])
    if (amount !== null && amount > 0) limits[name] = amount
  }
  return limits
}

/** Prices, bounds and waiting times. What does not fit is left out, and said. */
function restOf(params: Record<string, unknown>, info: Record<string, unknown>, notes: string[]): PlanRow['rest'] {
  const either = (name: string) => params[name] ?? info[name]
  const perMillion = (name: string) => {
    const given = either(name)
    if (given === undefined || given === null) return null
    const price = shiftDecimal(given, 6) ?? rounded(given)
    if (price === null) notes.push(`${name} is not taken over: ${String(given).slice(0, 40)} is no price.`)
    return price
  }
  const whole = (value: unknown, max: number) => {
    const amount = numberOf(value)
    return amount !== null && Number.isInteger(amount) && amount >= 1 && amount <= max ? amount : null
  }
  const seconds = (value: unknown) => {
    const amount = numberOf(value)
    return amount !== null && amount > 0 && amount <= 86_400 ? Math.max(100, Math.round(amount * 1000)) : undefined
  }
  const maxTokens = whole(params.max_tokens ?? info.max_output_tokens ?? info.max_tokens, 10_000_000)
  if (params.max_tokens !== undefined && maxTokens !== null)
    notes.push(`Max Tokens ${maxTokens} is also the most that a caller gets.`)
  const heat = numberOf(params.temperature)
  const picture = either('output_cost_per_image') ?? either('input_cost_per_image')
  const [totalMs, firstByteMs] = [seconds(params.timeout ?? params.request_timeout), seconds(params.stream_timeout)]
  for (const name of [...Object.keys(params), ...Object.keys(info)])
    if (/cost/.test(name) && !readParameters.has(name))
      notes.push(`${name.slice(0, 64)} is not taken over: prices are per token or per image.`)
  return {
    description: '',
    maxTokens,
    temperature: heat,
    inputPrice: perMillion('input_cost_per_token'),
    outputPrice: perMillion('output_cost_per_token'),
    cachedInputPrice: perMillion('cache_read_input_token_cost'),
    imagePrice: picture === undefined || picture === null ? null : (shiftDecimal(picture, 0) ?? null),
    contextTokens: whole(info.max_input_tokens, 100_000_000),
    timeouts: { ...(totalMs && { totalMs }), ...(firstByteMs && { firstByteMs: Math.min(firstByteMs, 3_600_000) }) },
  }
}

/** Finer than a millionth of a dollar per 1M tokens. */
function rounded(perToken: unknown): string | null {
  const amount = numberOf(perToken)
  if (amount === null || amount < 0 || amount > 1) return null
  return (amount * 1e6).toFixed(6).replace(/\.?0+$/, '')
}

function numberOf(value: unknown): number | null {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : null
}
