import { z } from 'zod'
import type { Operation } from '#lib/core/operation.ts'

/** Errors of the management API: OpenAI's members, the fields at fault, and the error's own data beside them. */
export const ErrorBody = z.looseObject({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable().describe('The first field at fault.'),
    code: z.string(),
    fields: z.record(z.string(), z.string()).describe('A message for each field at fault, by its path.').optional(),
    request_id: z.string(),
  }),
})

/** Errors of /v1, in OpenAI's shape; what a server said itself keeps its extra members. */
export const GatewayErrorBody = z.looseObject({
  error: z.looseObject({
    message: z.string(),
    type: z.string().nullable(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
})

/** Of what calls do: sent twice they come to the same anyway. */
const harmless = new Set(['POST /v1/feedback', 'POST /v1/deployments/[key]/config'])

/** What changes something once however often it is sent, with a header: everything of a workspace but files, and calls. */
export function takesIdempotencyKey(name: string, { access, file }: Operation): boolean {
  if (name.startsWith('GET ') || file !== undefined || harmless.has(name)) return false
  return access === 'call' || name.includes('/[workspace]')
}

type Codes = Record<number, string[]>

/** The codes an operation may answer, by status: those of its kind and its own. `name`: `POST /api/...`. */
export function errorCodesOf(name: string, operation: Operation): Codes {
  const codes: Codes = {}
  const add = (status: number, ...more: string[]) => {
    codes[status] = [...new Set([...(codes[status] ?? []), ...more])]
  }
  const { access, body, query, errors = {} } = operation
  if (access !== 'open' && access !== 'call') {
    add(401, 'not_signed_in', 'session_ended')
    if (body || query) add(400, 'invalid_request')
    if (body) {
      add(413, 'body_too_large')
      add(415, 'unsupported_media_type')
    }
    if (!name.startsWith('GET ')) add(403, 'foreign_origin')
    if (access !== 'person') {
      add(401, 'invalid_api_key')
      add(403, access === 'operate' ? 'operator_only' : access === 'people' ? 'people_only' : 'role_too_low')
      if (access === 'read' || access === 'write') add(403, 'permission_denied')
      add(404, 'not_found')
    }
    if (takesIdempotencyKey(name, operation)) {
      add(400, 'invalid_request')
      add(409, 'idempotency_in_flight', 'outcome_unknown', 'answer_not_kept')
      add(422, 'idempotency_mismatch')
    }
    add(421, 'wrong_host')
    add(500, 'internal_error')
  }
  for (const [status, own] of Object.entries(errors)) add(Number(status), ...own)
  return codes
}
