import { createHash } from 'node:crypto'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import {
  type Asked,
  idempotencyKeyShape,
  idempotencyKeyText,
  keptBytesMax,
  writeEnd,
} from '#lib/platform/idempotency.ts'
import { getRuntime } from '#lib/runtime.ts'
import type { Scope } from '#lib/tenancy/index.ts'

/** No change takes longer; what is under way after that broke off. */
const longestMs = 15 * 60_000

interface Change {
  request: Request
  input: Record<string, unknown>
  scope: Scope
  requestId: string
  /** The answer holds what is told once and stored nowhere: only that there was one is kept. */
  hasSecret: boolean
}

interface Kept {
  status: number
  body: string
}

/**
 * A change that comes with an `Idempotency-Key` is made once: whoever repeats it within 24 h gets the same answer. A change
 * that came to nothing, because it was refused, frees the key.
 */
export async function once(change: Change, make: () => Promise<Response>): Promise<Response> {
  const { request, scope, requestId } = change
  const key = request.headers.get('idempotency-key')
  if (key === null) return make()
  if (!idempotencyKeyShape.test(key)) throw invalidInput(idempotencyKeyText, { 'Idempotency-Key': idempotencyKeyText })
  if (request.headers.get('accept')?.includes('text/event-stream'))
    throw invalidInput('An Idempotency-Key is for whole answers: a stream of events cannot be given a second time.')
  const { idempotency, logger } = getRuntime()
  const asked: Asked = {
    workspaceId: scope.workspaceId,
    keyId: scope.actor.id,
    key,
    bodySha256: digestOf(change),
    requestId,
    longestMs,
  }
  const claim = await idempotency.claim(asked)
  if (claim.state !== 'mine') return replay(claim)

  const write = (work: () => Promise<void>) =>
    writeEnd(work, (error) =>
      logger.error({ error, requestId }, 'What came of a change with an Idempotency-Key could not be written.'),
    )
  try {
    const response = await make()
    const kept = await toKept(response, change)
    await write(() => idempotency.keep(asked, kept)).soon
    return response
  } catch (error) {
    const isRefused = error instanceof AppError && error.kind !== 'internal'
    await write(() => (isRefused ? idempotency.free(asked) : idempotency.doubt(asked))).soon
    throw error
  }
}

type Claim = Exclude<Awaited<ReturnType<ReturnType<typeof getRuntime>['idempotency']['claim']>>, { state: 'mine' }>

function replay(claim: Claim): Response {
  switch (claim.state) {
    case 'mine':
    case 'running':
      throw conflict('idempotency_in_flight', 'The change with this Idempotency-Key is still under way.', 1_000)
    case 'other_body':
      throw new AppError({
        kind: 'invalid_input',
        code: 'idempotency_mismatch',
        message: 'This Idempotency-Key was used before, for another body or path.',
      })
    case 'unknown':
      throw conflict(
        'outcome_unknown',
        `The change with this Idempotency-Key (${claim.requestId}) broke off, and nobody knows what came of it. It is not made a second time.`,
      )
    case 'answered': {
      if (claim.answer === null)
        throw conflict(
          'answer_not_kept',
          `This change was made before (${claim.requestId}), and its answer was not kept.`,
        )
      const { status, body } = JSON.parse(claim.answer) as Kept
      const headers = { 'content-type': 'application/json', 'x-patchbay-replay-of': claim.requestId }
      return new Response(body === '' ? null : body, { status, headers })
    }
  }
}

function conflict(code: string, message: string, retryAfterMs?: number): AppError {
  return new AppError({ kind: 'conflict', code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) })
}

function digestOf({ request, input }: Change): string {
  const { pathname, search } = new URL(request.url)
  return createHash('sha256')
    .update(`${request.method} ${pathname}${search}\n${JSON.stringify(input)}`)
    .digest('hex')
}

async function toKept(response: Response, { hasSecret }: Change): Promise<string | null> {
  const body = await response.clone().text()
  if (hasSecret || Buffer.byteLength(body) > keptBytesMax) return null
  const kept: Kept = { status: response.status, body }
  return JSON.stringify(kept)
}
