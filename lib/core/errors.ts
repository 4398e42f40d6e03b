/** What went wrong, in the vocabulary every door maps to its own status table. */
export const errorKinds = [
  'invalid_input',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'precondition_failed',
  'limit_exceeded',
  'upstream',
  'internal',
] as const
export type ErrorKind = (typeof errorKinds)[number]

/** Messages by field path (`baseUrl`, `headers.0.name`), safe to show beside the field. */
export type FieldErrors = Record<string, string>

export interface AppErrorInit {
  kind: ErrorKind
  /** Stable, machine-readable, snake_case. */
  code: string
  /** Safe to show to the caller. */
  message: string
  /** For the log only. */
  internal?: string
  cause?: unknown
  fields?: FieldErrors
  retryAfterMs?: number
  /** Extra, safe to show data for the client, for example both versions of a stale edit. */
  details?: Record<string, unknown>
}

const brand = Symbol.for('patchbay.AppError')

/**
 * The one error class of the rooms. Everything else that is thrown is `internal`. Next loads this file once for each
 * page and route, while the rooms throw the class of their own copy: `instanceof` goes by a mark that all copies share.
 */
export class AppError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
  get [brand](): true {
    return true
  }
  override readonly name = 'AppError'
  readonly kind: ErrorKind
  readonly code: string
  readonly internal: string | undefined
  readonly fields: FieldErrors | undefined
  readonly retryAfterMs: number | undefined
  readonly details: Record<string, unknown> | undefined

  constructor(init: AppErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause })
    this.kind = init.kind
    this.code = init.code
    this.internal = init.internal
    this.fields = init.fields
    this.retryAfterMs = init.retryAfterMs
    this.details = init.details
  }
}

/** The same answer for what does not exist and for what belongs to somebody else. */
export function notFound(what: string): AppError {
  return new AppError({ kind: 'not_found', code: 'not_found', message: `${what} not found.` })
}

/** Input that a person can fix; `fields` marks where. */
export function invalidInput(message: string, fields?: FieldErrors, code = 'invalid_request'): AppError {
  return new AppError({ kind: 'invalid_input', code, message, fields })
}

/** The object was changed since it was read. `current` is the version that stands now. */
export function staleEdit(what: string, current: unknown): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'stale_version',
    message: `${what} was changed by somebody else since you opened it.`,
    details: { current },
  })
}
