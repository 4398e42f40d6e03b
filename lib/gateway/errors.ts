import type { UpstreamFailure, UpstreamFailureCode } from '#lib/openai/upstream.ts'
import { type ErrorBody, openAiError } from '#lib/openai/wire/error-body.ts'
import type { GatewayReply, PlanRefusal } from './schema.ts'

interface Row {
  status: number
  /** What callers are told where several rows are one to them. */
  code?: string
  type: string
  /** Trying the same call again is useless: the client is told so, or it would. */
  final?: boolean
  message: string
}

/** Nobody reads the answer to a caller who left; proxies log it under this status. */
export const statusLeft = 499

const request = 'invalid_request_error'

/** Every error this door makes, with the text used where nothing better is known. */
const rows = {
  invalid_api_key: { status: 401, type: 'authentication_error', message: 'The API key is missing or not valid.' },
  permission_denied: { status: 403, type: 'permission_error', message: 'This API key may not do that.' },
  model_not_found: { status: 404, type: request, message: 'This model does not exist, or this key cannot see it.' },
  request_not_found: { status: 404, type: request, message: 'This request does not exist in this workspace.' },
  model_disabled: { status: 403, type: 'permission_error', message: 'This model is disabled.' },
  ambiguous_model: { status: 400, type: request, message: 'Several models answer to this address.' },
  unsupported_for_model: { status: 400, type: request, message: 'This model cannot do that.' },
  unsupported_endpoint: { status: 404, type: request, message: 'This path is not served.' },
  method_not_allowed: { status: 405, type: request, message: 'This path is served with another method.' },
  invalid_request: { status: 400, type: request, message: 'The request is not valid.' },
  too_large: { status: 413, code: 'invalid_request', type: request, message: 'The body is larger than 20 MB.' },
  headers_too_large: { status: 431, type: request, message: 'The headers are larger than 16 KB.' },
  request_timeout: { status: 408, type: request, message: 'The request did not arrive in time.' },
  wrong_host: { status: 421, type: request, final: true, message: 'This server does not answer for that host name.' },
  check_failed: { status: 422, type: request, final: true, message: 'A guardrail refused this call.' },
  idempotency_in_flight: { status: 409, type: request, message: 'The same call is under way.' },
  idempotency_mismatch: { status: 422, type: request, final: true, message: 'This key belongs to another call.' },
  outcome_unknown: { status: 409, type: request, final: true, message: 'Nobody knows what came of this call.' },
  answer_not_kept: { status: 409, type: request, final: true, message: 'The answer of this call was not kept.' },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error', message: 'A limit was reached.' },
  budget_reserved: { status: 429, type: 'rate_limit_error', message: 'The budget is reserved by calls in flight.' },
  budget_exceeded: { status: 402, type: 'insufficient_quota', message: 'The budget is exhausted.' },
  overloaded: { status: 503, type: 'api_error', message: 'Too much is in flight. Try again in a moment.' },
  shutting_down: { status: 503, type: 'api_error', message: 'This process is shutting down. Try again.' },
  unavailable: { status: 503, type: 'api_error', message: 'The gateway cannot serve this call at the moment.' },
  internal_error: { status: 500, type: 'api_error', final: true, message: 'Something went wrong on our side.' },
  upstream_auth_failed: {
    status: 502,
    type: 'upstream_error',
    final: true,
    message: "The model's server refused the key stored for it.",
  },
  upstream_quota: {
    status: 503,
    type: 'upstream_error',
    final: true,
    message: "The account at the model's server is out of credit.",
  },
  upstream_model_missing: {
    status: 502,
    type: 'upstream_error',
    final: true,
    message: "The model's server does not know this model any more.",
  },
  upstream_unavailable: {
    status: 503,
    type: 'upstream_error',
    message: "The model's server failed again and again, so it is not called for a moment.",
  },
  upstream_timeout: { status: 504, type: 'upstream_error', message: "The model's server did not answer in time." },
  upstream_overloaded: { status: 503, type: 'upstream_error', message: "The model's server is overloaded." },
  upstream_error: { status: 502, type: 'upstream_error', message: "The model's server failed." },
  upstream_bad_answer: {
    status: 502,
    type: 'upstream_error',
    message: "The model's server gave an answer that makes no sense.",
  },
  event_too_large: { status: 502, type: 'upstream_error', message: 'An event of the stream is larger than 1 MB.' },
} as const satisfies Record<string, Row>

export type GatewayErrorCode = keyof typeof rows
const table: Record<GatewayErrorCode, Row> = rows

/** A refusal of the plan is an error of the same name. */
export const planErrors: Record<PlanRefusal, GatewayErrorCode> = {
  model_not_found: 'model_not_found',
  ambiguous_model: 'ambiguous_model',
  model_disabled: 'model_disabled',
  unsupported_for_model: 'unsupported_for_model',
}

export interface GatewayError {
  code: string
  status: number
  type: string
  message: string
  param: string | null
  final: boolean
  retryAfterSeconds?: number
}

/** One row of the table, with what this call knows better. */
export function gatewayError(
  code: GatewayErrorCode,
  details: { message?: string; param?: string | null; retryAfterSeconds?: number } = {},
): GatewayError {
  const row = table[code]
  return {
    code: row.code ?? code,
    status: row.status,
    type: row.type,
    message: details.message ?? row.message,
    param: details.param ?? null,
    final: row.final ?? false,
    retryAfterSeconds: details.retryAfterSeconds ?? (row.status === 503 && !row.final ? 1 : undefined),
  }
}

/** An error that another room decided on, by its status: its code stays. */
export function foreignError(refused: {
  status: number
  code: string
  message: string
  retryAfterMs?: number
}): GatewayError {
  const known = Object.hasOwn(table, refused.code) ? table[refused.code as GatewayErrorCode].type : undefined
  const type =
    known ??
    (refused.status === 401
      ? 'authentication_error'
      : refused.status === 403
        ? 'permission_error'
        : refused.status === 429
          ? 'rate_limit_error'
          : refused.status >= 500
            ? 'api_error'
            : request)
  const { status, code, message, retryAfterMs } = refused
  const seconds = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1000))
  return {
    status,
    code,
    message,
    type,
    param: null,
    final: false,
    retryAfterSeconds: seconds ?? (status === 503 ? 1 : undefined),
  }
}

/** The body and the headers that every error has; the engine adds the call's own headers. */
export function errorReply(error: GatewayError): GatewayReply {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds)
  if (error.final) headers['x-should-retry'] = 'false'
  return { status: error.status, headers, body: Buffer.from(openAiError(error)) }
}

/** An error of the table as a whole answer. */
export function doorReply(code: GatewayErrorCode, message?: string): GatewayReply {
  return errorReply(gatewayError(code, { message }))
}

const quotaCodes: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'insufficient_credits',
  'insufficient_balance',
  'credit_limit_reached',
])

/**
 * What an upstream's error status means to the caller. Null: the caller's own mistake (or a rate limit), told with the
 * upstream's status and words.
 */
export function classifyStatus(status: number, body: ErrorBody): GatewayErrorCode | null {
  if (status === 401 || status === 403) return 'upstream_auth_failed'
  if (status === 402) return 'upstream_quota'
  if (status === 429 && (quotaCodes.has(body.code ?? '') || quotaCodes.has(body.type ?? ''))) return 'upstream_quota'
  // What is missing may be what the caller named: an earlier response, a file.
  if (status === 404) return body.param && body.param !== 'model' ? null : 'upstream_model_missing'
  if (status >= 400 && status < 500) return null
  if (status === 503 || status === 529) return 'upstream_overloaded'
  if (status === 504) return 'upstream_timeout'
  return 'upstream_error'
}

/** Calls that failed below HTTP keep their sub-code. Fails to compile when one is missing. */
const failures: Record<UpstreamFailureCode, { status: number; final?: boolean }> = {
  egress_refused: { status: 502, final: true },
  egress_loop: { status: 502, final: true },
  upstream_dns: { status: 502 },
  upstream_unreachable: { status: 502 },
  upstream_tls: { status: 502 },
  upstream_connect_timeout: { status: 504 },
  upstream_first_byte_timeout: { status: 504 },
  upstream_idle_timeout: { status: 504 },
  upstream_total_timeout: { status: 504 },
  upstream_reset: { status: 502 },
  upstream_redirect: { status: 502, final: true },
  upstream_bad_answer: { status: 502 },
  upstream_headers_too_large: { status: 502 },
  upstream_too_large: { status: 502, final: true },
  event_too_large: { status: 502 },
  upstream_busy: { status: 503 },
  upstream_bad_target: { status: 502, final: true },
  // The caller's own leaving is no failure; what is left are connections that this process closed.
  aborted: { status: 503 },
}

/** What a call that got no answer means to the caller. */
export function failureError(failure: Pick<UpstreamFailure, 'code' | 'message'>): GatewayError {
  const { status, final = false } = failures[failure.code]
  return {
    code: failure.code,
    status,
    type: 'upstream_error',
    message: failure.message,
    param: null,
    final,
    retryAfterSeconds: status === 503 ? 1 : undefined,
  }
}

/** Every code that a call can end with, by status. What servers say themselves comes on top. */
export function callErrors(): Record<number, string[]> {
  const byStatus: Record<number, string[]> = {}
  const all: [string, { status: number; code?: string }][] = [...Object.entries(table), ...Object.entries(failures)]
  for (const [name, { status, code = name }] of all) {
    const known = byStatus[status] ?? []
    if (code !== 'aborted' && code !== 'request_not_found' && !known.includes(code)) byStatus[status] = [...known, code]
  }
  return byStatus
}
