import type { ModelType, Region } from '../vocabulary.ts'
import { aliasProblem, slugMessage, slugPattern } from './address.ts'
import { normaliseApiKey } from './api-key.ts'
import { normaliseBaseUrl } from './base-url.ts'
import { headerMessages, headerNameProblem, headerValueProblem, keyHeaderProblem } from './headers.ts'
import { numberMessages, readTemperature, readWhole } from './numbers.ts'
import { type FieldFix, type PriceField, readPrice } from './price.ts'
import type { RawModelInput } from './raw.ts'

/** How long to wait for a server; the defaults are the gateway's. */
export interface Timeouts {
  connectMs: number
  firstByteMs: number
  idleMs: number
  totalMs: number
}

/** A model as it will be saved: everything read, bounded and normal. It holds secrets: `apiKey`, `headers`, `query`. */
export interface ModelDraft {
  type: ModelType
  /** Without a slash at its end. */
  baseUrl: string
  /** Null = this server needs no key. */
  apiKey: string | null
  name: string
  modelId: string
  region: Region
  description: string
  maxTokens: number | null
  temperature: number | null
  /** Decimal USD per 1M tokens, shortest form. Null = unpriced. */
  inputPrice: string | null
  outputPrice: string | null
  cachedInputPrice: string | null
  /** Decimal USD per image. */
  imagePrice: string | null
  /** '' = from the name. */
  slug: string
  aliases: string[]
  contextTokens: number | null
  keyHeader: string
  /** Lower-case names. */
  headers: Record<string, string>
  query: Record<string, string>
  ca: string
  timeouts: Partial<Timeouts>
  paths: Partial<Record<ModelType, string>>
  imageConsent: boolean
}

export interface DraftReading {
  /** Null where any field is wrong. */
  draft: ModelDraft | null
  issues: { path: (string | number)[]; message: string }[]
  /** What was changed, by field: shown below it. */
  notes: Record<string, string[]>
  /** Worth a second look, by field; never blocks. */
  warnings: Record<string, string>
  fixes: FieldFix[]
}

export const draftMessages = {
  name: 'Enter a name of 1 to 128 characters.',
  modelId: 'Enter the Model ID as the server names it.',
  modelIdLong: 'A Model ID has at most 512 characters and no line breaks.',
  description: 'At most 500 characters.',
  ca: 'Paste a certificate in PEM form: it begins with -----BEGIN CERTIFICATE-----.',
  path: 'A path begins with “/” and has no “?”, “#” or “..”.',
} as const

const timeoutBounds = {
  connectMs: [100, 60_000],
  firstByteMs: [100, 3_600_000],
  idleMs: [100, 3_600_000],
  totalMs: [100, 86_400_000],
} as const satisfies Record<keyof Timeouts, readonly [number, number]>

/** Reads every field of the form; pure, the same in the browser and on the server. */
export function readDraft(raw: RawModelInput): DraftReading {
  const issues: DraftReading['issues'] = []
  const notes: DraftReading['notes'] = {}
  const warnings: DraftReading['warnings'] = {}
  const fixes: FieldFix[] = []
  const wrong = (field: string, message: string, ...rest: (string | number)[]) => {
    issues.push({ path: [field, ...rest], message })
  }

  const address = normaliseBaseUrl(raw.baseUrl)
  if (!address.ok) wrong('baseUrl', address.message)
  else if (address.notes.length > 0) notes.baseUrl = address.notes

  let apiKey: string | null = null
  if (!raw.noKey) {
    const key = normaliseApiKey(raw.apiKey ?? '', address.ok ? address.host : '')
    if (!key.ok) wrong('apiKey', key.message)
    else {
      apiKey = key.key
      if (key.notes.length > 0) notes.apiKey = key.notes
    }
  }
  const keyHeader = (raw.keyHeader ?? '').trim().toLowerCase() || 'authorization'
  const keyHeaderWrong = keyHeaderProblem(keyHeader)
  if (keyHeaderWrong) wrong('keyHeader', keyHeaderWrong)

  const name = raw.name.normalize('NFC').replace(/\s+/gu, ' ').trim()
  if (name === '' || [...name].length > 128 || /\p{Cc}/u.test(name)) wrong('name', draftMessages.name)
  const modelId = raw.modelId.trim()
  if (modelId === '') wrong('modelId', draftMessages.modelId)
  else if (modelId.length > 512 || /\p{Cc}/u.test(modelId)) wrong('modelId', draftMessages.modelIdLong)
  const description = (raw.description ?? '').trim()
  if ([...description].length > 500) wrong('description', draftMessages.description)

  const whole = (field: 'maxTokens' | 'contextTokens', high: number) => {
    const read = readWhole(raw[field], 1, high, numberMessages[field])
    if (read.ok) return read.value
    wrong(field, read.message)
    return null
  }
  const maxTokens = whole('maxTokens', 10_000_000)
  const contextTokens = whole('contextTokens', 100_000_000)
  const heat = readTemperature(raw.temperature)
  if (!heat.ok) wrong('temperature', heat.message)

  const price = (field: PriceField) => {
    const read = readPrice(field, raw[field])
    if (read.fix) fixes.push(read.fix)
    if (!read.ok) {
      wrong(field, read.message)
      return null
    }
    if (read.warning) warnings[field] = read.warning
    return read.price
  }

  const slug = (raw.slug ?? '').trim()
  if (slug !== '' && !slugPattern.test(slug)) wrong('slug', slugMessage)
  const aliases = [...new Set(raw.aliases ?? [])]
  aliases.forEach((alias, index) => {
    const problem = aliasProblem(alias)
    if (problem) wrong('aliases', problem, index)
  })

  const headers = readHeaders(toPairs(raw.headers), keyHeader, apiKey !== null, wrong)
  const query = readQuery(toPairs(raw.query), wrong)
  const ca = (raw.ca ?? '').trim()
  if (ca !== '' && !/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/.test(ca))
    wrong('ca', draftMessages.ca)

  const draft: ModelDraft = {
    type: raw.type,
    baseUrl: address.ok ? address.url : '',
    apiKey,
    name,
    modelId,
    region: raw.region,
    description,
    maxTokens,
    temperature: heat.ok ? heat.value : null,
    inputPrice: price('inputPrice'),
    outputPrice: price('outputPrice'),
    cachedInputPrice: price('cachedInputPrice'),
    imagePrice: price('imagePrice'),
    slug,
    aliases,
    contextTokens,
    keyHeader,
    headers,
    query,
    ca,
    timeouts: readTimeouts(raw.timeouts, wrong),
    paths: readPaths(raw.paths, wrong),
    imageConsent: raw.imageConsent === true,
  }
  return { draft: issues.length === 0 ? draft : null, issues, notes, warnings, fixes }
}

type Wrong = (field: string, message: string, ...rest: (string | number)[]) => void

function toPairs(value: RawModelInput['headers']): [string, string][] {
  if (!value) return []
  if (Array.isArray(value)) return value.map((pair) => [pair.name.trim(), pair.value])
  return Object.entries(value).map(([name, content]) => [name.trim(), content])
}

function readHeaders(pairs: [string, string][], keyHeader: string, hasKey: boolean, wrong: Wrong) {
  const headers: Record<string, string> = {}
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase()
    const problem =
      hasKey && lower === keyHeader && lower !== 'authorization'
        ? headerMessages.credential
        : (headerNameProblem(name) ?? headerValueProblem(value))
    if (problem) wrong('headers', problem, name.slice(0, 64))
    else headers[lower] = value
  }
  return headers
}

function readQuery(pairs: [string, string][], wrong: Wrong) {
  const query: Record<string, string> = {}
  for (const [name, value] of pairs) {
    if (name === '' || name === '__proto__' || name.length > 128 || /[\s\p{Cc}]/u.test(name))
      wrong('query', headerMessages.queryName, name.slice(0, 64))
    else if (value.length > 2_048 || /\p{Cc}/u.test(value)) wrong('query', headerMessages.queryValue, name)
    else query[name] = value
  }
  return query
}

function readTimeouts(raw: RawModelInput['timeouts'], wrong: Wrong): Partial<Timeouts> {
  const timeouts: Partial<Timeouts> = {}
  for (const key of Object.keys(timeoutBounds) as (keyof Timeouts)[]) {
    const [low, high] = timeoutBounds[key]
    const read = readWhole(raw?.[key], low, high, numberMessages.timeout(low, high))
    if (!read.ok) wrong('timeouts', read.message, key)
    else if (read.value !== null) timeouts[key] = read.value
  }
  return timeouts
}

function readPaths(raw: RawModelInput['paths'], wrong: Wrong): Partial<Record<ModelType, string>> {
  const paths: Partial<Record<ModelType, string>> = {}
  for (const [type, text] of Object.entries(raw ?? {}) as [ModelType, string | undefined][]) {
    const path = text?.trim()
    if (!path) continue
    if (!/^\/[\w.~!$&'()*+,;=:@%/-]*$/.test(path) || path.split('/').includes('..'))
      wrong('paths', draftMessages.path, type)
    else paths[type] = path
  }
  return paths
}
