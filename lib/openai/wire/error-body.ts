/*
 * Error bodies: the shapes that OpenAI-compatible servers send into one, and the one that we send.
 */

export interface ErrorBody {
  /** Trimmed to `errorMessageMax` characters, secrets cut out. Never empty. */
  message: string
  type?: string
  param?: string
  code?: string
}

export const errorMessageMax = 500
/** Of a longer body only the beginning is looked at. */
const bodyCharactersMax = 64 * 1024
const wordMax = 128

type Json = Record<string, unknown>

/**
 * Reads what a server answered instead of an answer: OpenAI's shape, `{error:"text"}`, flat ones (`message`, `error_type`),
 * `{detail}` as text or as a list of fields, `{fault:{faultstring}}`, any of them in an array, HTML, plain text, nothing.
 * `secrets` do not come out of it, not even in part.
 */
export function parseErrorBody(body: string | Uint8Array, secrets: readonly string[] = []): ErrorBody {
  const text = (typeof body === 'string' ? body : new TextDecoder().decode(body.subarray(0, bodyCharactersMax)))
    .slice(0, bodyCharactersMax)
    .trim()
  const json = parse(text)
  const found = json === undefined ? { message: plainMessage(text) } : fromJson(json)
  const result: ErrorBody = { message: clean(found.message, secrets, errorMessageMax) || 'The server gave no reason.' }
  for (const key of ['type', 'param', 'code'] as const) {
    const value = found[key]
    if (value) result[key] = clean(value, secrets, wordMax)
  }
  return result
}

/** True where a parsed body of an otherwise good answer holds an error: `{"error": ...}` with anything in it. */
export function holdsError(body: unknown): boolean {
  return isObject(body) && body.error !== undefined && body.error !== null && body.error !== '' && body.error !== false
}

/** The error body that clients of OpenAI expect. */
export function openAiError(error: {
  message: string
  type: string
  param?: string | null
  code?: string | null
}): string {
  const { message, type, param = null, code = null } = error
  return JSON.stringify({ error: { message, type, param, code } })
}

/**
 * Cuts secrets out of a text: every run of eight or more characters that also stands in a secret, and shorter secrets
 * whole. Their base64 and percent-encoded forms too.
 */
export function redact(text: string, secrets: readonly string[]): string {
  if (text === '') return text
  let parts = partsOf.get(secrets)
  if (!parts) {
    parts = toParts(secrets)
    partsOf.set(secrets, parts)
  }
  let result = text
  for (const short of parts.short) result = result.split(short).join('[redacted]')
  return parts.runs.size > 0 ? cutRuns(result, parts.runs) : result
}

const runMin = 8

interface SecretParts {
  short: string[]
  /** Every eight characters that stand in a row in a secret. */
  runs: Set<string>
}

// Every call of a model asks about the same secrets; they are forgotten with the list that holds them.
const partsOf = new WeakMap<readonly string[], SecretParts>()

function toParts(secrets: readonly string[]): SecretParts {
  const parts: SecretParts = { short: [], runs: new Set() }
  for (const secret of secrets) {
    if (secret.length < 4) continue
    for (const form of new Set([secret, encodeURIComponent(secret), toBase64(secret)])) {
      if (form.length <= runMin) parts.short.push(form)
      else for (let at = 0; at + runMin <= form.length; at++) parts.runs.add(form.slice(at, at + runMin))
    }
  }
  return parts
}

function cutRuns(text: string, runs: ReadonlySet<string>): string {
  let result = ''
  let kept = 0
  for (let at = 0; at + runMin <= text.length; at++) {
    if (!runs.has(text.slice(at, at + runMin))) continue
    let end = at + runMin
    while (end < text.length && runs.has(text.slice(end - runMin + 1, end + 1))) end++
    result += `${text.slice(kept, at)}[redacted]`
    kept = end
    at = end - 1
  }
  return kept === 0 ? text : result + text.slice(kept)
}

function toBase64(secret: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(secret)) binary += String.fromCharCode(byte)
  // Without its end, which depends on what may have followed the secret.
  return btoa(binary).replace(/..?=*$/, '')
}

interface Found {
  message: string
  type?: string
  param?: string
  code?: string
}

function fromJson(json: unknown): Found {
  const body = Array.isArray(json) ? json[0] : json
  if (typeof body === 'string') return { message: body }
  if (!isObject(body)) return { message: '' }
  const { error, fault, detail } = body
  if (isObject(error)) {
    const inner = fromFields(error)
    return { ...inner, message: inner.message || nestedMessage(error) }
  }
  const flat = fromFields(body)
  if (typeof error === 'string') {
    const type = word(body.error_type) ?? flat.type
    // `{error: "Unauthorized", message: "..."}`: the longer one explains.
    return { ...flat, type, message: flat.message.length > error.length ? flat.message : error }
  }
  if (isObject(fault)) return { ...fromFields(fault), message: word(fault.faultstring) ?? '' }
  if (detail !== undefined && !flat.message) return { ...flat, ...fromDetail(detail) }
  return flat
}

function fromFields(fields: Json): Found {
  const message = [fields.message, fields.msg, fields.error_message, fields.title].find(
    (value) => typeof value === 'string',
  )
  return {
    message: typeof message === 'string' ? message : '',
    type: word(fields.type) ?? word(fields.status),
    param: word(fields.param),
    code: word(fields.code),
  }
}

function fromDetail(detail: unknown): Partial<Found> & { message: string } {
  if (typeof detail === 'string') return { message: detail }
  if (isObject(detail)) return fromFields(detail)
  if (!Array.isArray(detail)) return { message: '' }
  const fields = detail.filter(isObject).slice(0, 5)
  const named = fields.map((field) => {
    const where = Array.isArray(field.loc) ? field.loc.filter((part) => part !== 'body').join('.') : ''
    const what = typeof field.msg === 'string' ? field.msg : ''
    return { where, text: where ? `${where}: ${what}` : what }
  })
  return {
    message: named.map(({ text }) => text).join('; '),
    param: named[0]?.where || undefined,
    type: word(fields[0]?.type),
  }
}

/** `{error: {error: "text"}}`, and a JSON text inside of a message field, have been seen. */
function nestedMessage(error: Json): string {
  if (typeof error.error === 'string') return error.error
  if (isObject(error.error)) return fromFields(error.error).message
  return typeof error.metadata === 'object' ? JSON.stringify(error.metadata) : ''
}

function plainMessage(text: string): string {
  if (!/^\s*(<!doctype|<html|<head|<body|<\?xml)/i.test(text)) return text
  const title =
    /<title[^>]{0,200}>([^<]{1,300})<\/title>/i.exec(text)?.[1] ?? /<h1[^>]{0,200}>([^<]{1,300})<\/h1>/i.exec(text)?.[1]
  return title ? `The server answered with a web page: ${title.trim()}` : 'The server answered with a web page.'
}

/** Control characters out, white space joined, secrets cut, then the length: a secret must not survive at the cut. */
function clean(text: string, secrets: readonly string[], max: number): string {
  const printable = redact(text, secrets)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  return printable.length > max ? `${printable.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…` : printable
}

function word(value: unknown): string | undefined {
  if (typeof value === 'string') return value || undefined
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
}

function parse(text: string): unknown {
  if (!/^[[{"]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
