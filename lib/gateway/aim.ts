import type { Aim } from '#lib/metering/schema.ts'
import type { ModelEntry } from '#lib/models/schema.ts'
import type { Target } from '#lib/openai/upstream.ts'
import { boundOf } from './bound.ts'
import { missingCapability } from './capabilities.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import type { EnginePorts } from './index.ts'
import { isCrowded, type Line } from './lines.ts'
import type { ReadRequest } from './read-request.ts'
import { type PreparedRequest, prepareRequest } from './request-edit.ts'
import type { GatewayIdentity } from './schema.ts'

/** A model that is ready to be called: the bytes for it, the way to it, the most it may cost. */
export interface Aimed {
  entry: ModelEntry
  prepared: PreparedRequest
  target: Target
  line: Line
  cost: Aim
}

/**
 * `caller`: the request itself is wrong, whatever model it goes to. `capability`: this model was shown not to do it.
 * `away`: it is not called at the moment; another one may.
 */
export type AimResult =
  | { ok: true; aimed: Aimed }
  | { ok: false; error: GatewayError; because: 'caller' | 'capability' | 'away' }

/** Makes a request ready for one model, with its own wire profile, defaults and price; or says why it cannot go there. */
export function aimAt(
  ports: EnginePorts,
  identity: GatewayIdentity,
  given: ReadRequest,
  entry: ModelEntry,
  requestId: string,
): AimResult {
  const request = given.of?.(entry) ?? given
  const missing = missingCapability(request, entry)
  if (missing) return { ok: false, error: missing, because: 'capability' }
  const result = prepareRequest(request, entry)
  if (!result.ok) return { ok: false, error: result.error, because: 'caller' }
  const away = (error: GatewayError) => ({ ok: false, error, because: 'away' }) as const
  if (ports.keyWatch.isRefused(entry))
    return away(
      gatewayError('upstream_auth_failed', {
        message: `The server of “${entry.slug}” refuses the key stored for it, so it is not called. An admin has to enter a new one.`,
      }),
    )
  const line = ports.lines.of(entry, identity.source)
  const waitMs = line.breaker.waitMs(ports.clock.monotonicMs())
  if (waitMs > 0) return away(pausedError(entry, waitMs))
  if (isCrowded(line)) return away(gatewayError('overloaded', { message: 'This model is busy with other runs.' }))
  const target = openTarget(ports, entry, requestId)
  if (!target)
    return away(
      gatewayError('upstream_auth_failed', {
        message: 'The key stored for this model cannot be opened. An admin has to enter it again.',
      }),
    )
  const { prepared } = result
  const bound = boundOf(request, entry, prepared.outputTokensMax)
  request.object.forgetText()
  const cost: Aim = {
    modelId: entry.id,
    price: entry.price,
    inputEstimateTokens: Math.round(bound.inputBytes / 4),
    boundNanoUsd: bound.nanoUsd,
    boundTokens: bound.tokens,
  }
  return { ok: true, aimed: { entry, prepared, target, line, cost } }
}

function pausedError(entry: ModelEntry, waitMs: number): GatewayError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000)
  return gatewayError('upstream_unavailable', {
    message: `“${entry.slug}” failed again and again, so it is not called for a moment. Try again in ${retryAfterSeconds} s.`,
    retryAfterSeconds,
  })
}

function openTarget(ports: EnginePorts, entry: ModelEntry, requestId: string): Target | null {
  try {
    return ports.openTarget(entry)
  } catch (error) {
    ports.logger.error({ err: error, requestId, modelId: entry.id }, 'The credential of a model cannot be opened.')
    return null
  }
}
