import type { ErrorKind, FieldErrors } from './errors.ts'

/** An error as people and programs see it. */
export interface ShownError {
  kind: ErrorKind
  code: string
  message: string
  fields?: FieldErrors
  requestId: string
  retryAfterMs?: number
  /** Safe data of the error, for example the version that stands now. */
  details?: Record<string, unknown>
}

/** What a server action answers: it never throws at the browser. */
export type ActionResult<Value> = { ok: true; value: Value } | { ok: false; error: ShownError }
