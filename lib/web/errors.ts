import { AppError, type ErrorKind } from '#lib/core/errors.ts'
import type { ShownError } from '#lib/core/result.ts'

// One row a kind: a new kind does not compile until it has its status and type.
const table: Record<ErrorKind, { status: number; type: string }> = {
  invalid_input: { status: 400, type: 'invalid_request_error' },
  unauthenticated: { status: 401, type: 'authentication_error' },
  forbidden: { status: 403, type: 'permission_error' },
  not_found: { status: 404, type: 'not_found_error' },
  conflict: { status: 409, type: 'conflict_error' },
  precondition_failed: { status: 412, type: 'invalid_request_error' },
  limit_exceeded: { status: 429, type: 'rate_limit_error' },
  upstream: { status: 502, type: 'upstream_error' },
  internal: { status: 500, type: 'api_error' },
}

// Codes whose status says more than that of their kind.
const statusOfCode: Readonly<Record<string, number>> = {
  wrong_host: 421,
  body_too_large: 413,
  unsupported_media_type: 415,
  method_not_allowed: 405,
  validation_failed: 422,
  idempotency_mismatch: 422,
}

/** What may be shown of anything that was thrown. Everything unknown becomes one text without a detail. */
export function toShownError(error: unknown, requestId: string): ShownError {
  if (!(error instanceof AppError)) {
    return {
      kind: 'internal',
      code: 'internal_error',
      message: `Something went wrong here. Request ${requestId}.`,
      requestId,
    }
  }
  const { kind, code, message, fields, retryAfterMs, details } = error
  return {
    kind,
    code,
    message,
    requestId,
    ...(fields && { fields }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(details && { details }),
  }
}

export function statusOf(error: Pick<ShownError, 'kind' | 'code'>): number {
  return statusOfCode[error.code] ?? table[error.kind].status
}

/** The body of the management API: OpenAI's members, the fields at fault, and the error's data beside them. */
export function toErrorBody(error: ShownError): Record<string, unknown> {
  return {
    ...error.details,
    error: {
      message: error.message,
      type: table[error.kind].type,
      param: error.fields ? (Object.keys(error.fields)[0] ?? null) : null,
      code: error.code,
      ...(error.fields && { fields: error.fields }),
      request_id: error.requestId,
    },
  }
}

/** Worth a line in the log: our fault, or something kept back from the answer. */
export function isOurFault(error: unknown): boolean {
  return !(error instanceof AppError) || error.kind === 'internal' || error.internal !== undefined
}
