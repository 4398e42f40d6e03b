import { AppError } from '#lib/core/errors.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import type { EnginePorts } from './index.ts'
import type { GatewayIdentity } from './schema.ts'

const bodyBytesMax = 128 * 1024
/** At one time and in one process; each asks Postgres. */
const askingMax = 64
let asking = 0

/** `POST /v1/feedback`: what a caller says of a request of its workspace. */
export async function giveFeedback(
  { feedback, logger }: EnginePorts,
  identity: GatewayIdentity,
  body: Uint8Array | null,
  requestId: string,
): Promise<{ ok: true; body: Uint8Array } | { ok: false; error: GatewayError }> {
  const refuse = (...given: Parameters<typeof gatewayError>) => ({ ok: false as const, error: gatewayError(...given) })
  if (!feedback) return refuse('unsupported_endpoint')
  if (body && body.length > bodyBytesMax) return refuse('too_large', { message: 'The body is larger than 128 KB.' })
  let input: unknown
  try {
    input = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body ?? new Uint8Array()))
  } catch {
    return refuse('invalid_request', { message: 'The body is not valid JSON.' })
  }
  if (asking >= askingMax) return refuse('overloaded')
  asking++
  try {
    return { ok: true, body: Buffer.from(JSON.stringify(await feedback(identity, input))) }
  } catch (error) {
    if (error instanceof AppError && error.kind === 'invalid_input')
      return refuse('invalid_request', { message: error.message, param: Object.keys(error.fields ?? {})[0] || null })
    if (error instanceof AppError && error.kind === 'not_found')
      return refuse('request_not_found', { param: 'request_id' })
    logger.error({ err: error, requestId }, 'Feedback could not be written.')
    return refuse('unavailable', { message: 'Feedback cannot be written at the moment.' })
  } finally {
    asking--
  }
}
