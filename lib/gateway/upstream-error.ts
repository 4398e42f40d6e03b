import { findMember, kindOf, readJson, scanObject } from '#lib/openai/scan.ts'
import type { Target } from '#lib/openai/upstream.ts'
import { openAiError, parseErrorBody, redact } from '#lib/openai/wire/error-body.ts'
import type { Cause } from './decide.ts'
import { classifyStatus, errorReply, type GatewayError, type GatewayErrorCode, gatewayError } from './errors.ts'
import type { GatewayReply } from './schema.ts'

/** Up to this size a body in OpenAI's shape is passed on with its extra members. */
const keptBytesMax = 64 * 1024

export interface ToldError {
  error: GatewayError
  reply: GatewayReply
  cause: Cause
  /** As the server asks; null where it does not. */
  retryAfterMs: number | null
}

/**
 * What the caller hears of an upstream's error status. The caller's own mistakes keep status, code and words; what is
 * between us and the upstream gets a status and a code of ours. The stored key is cut out of everything.
 */
export function upstreamError(
  status: number,
  retryAfter: string | undefined,
  body: Uint8Array,
  target: Target,
): ToldError {
  const parsed = parseErrorBody(body, target.secrets)
  const askedSeconds = toSeconds(retryAfter)
  const retryAfterMs = askedSeconds === undefined ? null : askedSeconds * 1000
  // Callers are told with the statuses that have a meaning for it.
  const retryAfterSeconds = status === 429 || status === 503 || status === 529 ? askedSeconds : undefined
  const ours = classifyStatus(status, parsed)
  const cause = causeOf(status, ours, parsed.code)
  if (ours) {
    const error = gatewayError(ours, { retryAfterSeconds })
    error.message = `${error.message} It said: ${parsed.message}`
    return { error, reply: errorReply(error), cause, retryAfterMs }
  }
  const error: GatewayError = {
    code: parsed.code ?? `upstream_${status}`,
    status,
    type: parsed.type ?? (status === 429 ? 'rate_limit_error' : 'invalid_request_error'),
    message: parsed.message,
    param: parsed.param ?? null,
    final: false,
    retryAfterSeconds,
  }
  const reply = errorReply(error)
  reply.body = keptBody(body, target) ?? Buffer.from(openAiError(error))
  return { error, reply, cause, retryAfterMs }
}

/** Codes by which servers say that the prompt is longer than the model takes. */
const contextCodes: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'context_window_exceeded',
  'model_context_window_exceeded',
  'max_context_length_exceeded',
  'tokens_limit_reached',
])

function causeOf(status: number, ours: GatewayErrorCode | null, code: string | undefined): Cause {
  if (ours === 'upstream_auth_failed') return 'auth'
  if (ours === 'upstream_quota') return 'quota'
  if (ours === 'upstream_model_missing') return 'missing'
  if (status === 408 || status === 409 || status === 429) return 'busy'
  if (ours) return 'server_error'
  return code !== undefined && contextCodes.has(code) ? 'context_length' : 'refused'
}

/** A body with status 2xx that holds an error: its own code may be a status. */
export function statusInside(body: Uint8Array): number {
  const { code } = parseErrorBody(body)
  if (code === 'rate_limit_exceeded') return 429
  const status = Number(code)
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : 500
}

/** The body as it came where it has OpenAI's shape; null otherwise. */
function keptBody(body: Uint8Array, target: Target): Uint8Array | null {
  if (body.length > keptBytesMax) return null
  const scan = scanObject(body)
  if (!scan.ok) return null
  const member = findMember(scan.object, 'error')
  if (!member || kindOf(scan.object, member) !== 'object') return null
  const error = readJson(scan.object, member) as { message?: unknown } | undefined
  if (typeof error?.message !== 'string') return null
  const text = scan.object.bytes.toString('utf8')
  const clean = redact(text, target.secrets)
  return clean === text ? body : Buffer.from(clean)
}

const retryAfterMaxSeconds = 3600

/** Seconds or a date (RFC 9110, 10.2.3); undefined for anything else. */
function toSeconds(header: string | undefined): number | undefined {
  const text = header?.trim() ?? ''
  const isNumber = /^\d{1,9}(\.\d{1,6})?$/.test(text)
  const seconds = isNumber ? Number(text) : /^[A-Z][a-z]{2}, /.test(text) ? (Date.parse(text) - Date.now()) / 1000 : NaN
  return Number.isFinite(seconds) ? Math.min(Math.max(0, Math.ceil(seconds)), retryAfterMaxSeconds) : undefined
}
