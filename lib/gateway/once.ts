import { createHash } from 'node:crypto'
import type { CallIdentity } from '#lib/metering/schema.ts'
import { toBuffer } from '#lib/openai/scan.ts'
import {
  type Asked,
  idempotencyKeyShape,
  idempotencyKeyText,
  keptBytesMax,
  writeEnd,
} from '#lib/platform/idempotency.ts'
import { type CallContext, factsOf, refuseCall, serveCall } from './call.ts'
import { type GatewayErrorCode, gatewayError } from './errors.ts'
import type { EnginePorts } from './index.ts'
import { isNoStore } from './read-request.ts'
import type { GatewayCall, GatewayReply } from './schema.ts'

/** At one time and in one process; each is a question to Postgres. */
const askingMax = 256
let asking = 0

/** What of an answer's head is as true the second time. */
const isKept = (name: string) =>
  name === 'content-type' ||
  name === 'cache-control' ||
  (name.startsWith('x-patchbay-') && name !== 'x-patchbay-cost-usd' && name !== 'x-patchbay-cache')

interface Kept {
  status: number
  headers: Record<string, string>
  /** One character a byte. */
  body: string
  modelId: string
  address: string
}

/**
 * A call with an `Idempotency-Key`: done once, whoever repeats it gets the same answer. Its signal does not abort when its
 * caller leaves. A call that came to nothing (refused here, or by a server that said so) frees the key; of one that was cut
 * nobody knows what came of it.
 */
export async function serveOnce(ports: EnginePorts, context: CallContext): Promise<GatewayReply> {
  const { identity, call, endpoint, requestId, onSettled } = context
  const facts = factsOf(context)
  const refuse = (
    code: GatewayErrorCode,
    message: string,
    details: { param?: string; retryAfterSeconds?: number } = {},
  ) => refuseCall(ports, context, facts, gatewayError(code, { message, ...details }))
  const key = call.headers['idempotency-key'] ?? ''
  if (!idempotencyKeyShape.test(key)) return refuse('invalid_request', idempotencyKeyText, { param: 'Idempotency-Key' })
  const asked: Asked = {
    workspaceId: identity.workspaceId,
    keyId: identity.keyId || identity.actor.id,
    key,
    bodySha256: createHash('sha256')
      .update(`${endpoint.name} ${endpoint.deployment?.name ?? ''}\n`)
      .update(call.body ?? '')
      .digest('hex'),
    requestId,
  }
  if (asking >= askingMax) return refuse('overloaded', 'Too many calls with an Idempotency-Key are under way.')
  let claim: Awaited<ReturnType<typeof ports.idempotency.claim>>
  asking++
  try {
    claim = await ports.idempotency.claim(asked)
  } catch (error) {
    ports.logger.error({ err: error, requestId }, 'An Idempotency-Key could not be looked up.')
    return refuse('unavailable', 'Whether this Idempotency-Key was used before cannot be known at the moment.')
  } finally {
    asking--
  }
  if (claim.state === 'running')
    return refuse('idempotency_in_flight', 'The call with this Idempotency-Key is still under way.', {
      retryAfterSeconds: 1,
    })
  if (claim.state === 'other_body')
    return refuse('idempotency_mismatch', 'This Idempotency-Key was used before, for another body or endpoint.')
  if (claim.state === 'unknown')
    return refuse(
      'outcome_unknown',
      `The call with this Idempotency-Key (${claim.requestId}) broke off, and nobody knows what came of it. It is not made a second time.`,
    )
  if (claim.state === 'answered') {
    const kept = claim.answer === null ? null : (JSON.parse(claim.answer) as Kept)
    if (kept) return replay(ports, context, facts, kept, claim.requestId)
    return refuse('answer_not_kept', `This call was answered before (${claim.requestId}), and the answer was not kept.`)
  }

  const fate = { mayHaveRun: false, isCut: false }
  const own: CallContext = {
    ...context,
    fate,
    // Not before the answer is kept: whoever waits for the last call stops the process.
    onSettled: () => undefined,
  }
  const write = (work: () => Promise<void>) => {
    const end = writeEnd(work, (error) =>
      ports.logger.error(
        { err: error, requestId },
        'What came of a call with an Idempotency-Key could not be written.',
      ),
    )
    void end.written.finally(onSettled)
    return end.soon
  }
  const { keep, doubt, free } = ports.idempotency
  try {
    const reply = await serveCall(ports, own, facts)
    await write(() => {
      if (!fate.mayHaveRun) return free(asked)
      return fate.isCut ? doubt(asked) : keep(asked, toKept(reply, facts, call.headers))
    })
    return reply
  } catch (error) {
    void write(() => (fate.mayHaveRun ? doubt(asked) : free(asked)))
    throw error
  }
}

function toKept(
  { status, headers, body }: GatewayReply,
  { modelId, address }: CallIdentity,
  asked: GatewayCall['headers'],
): string | null {
  const bytes = body instanceof Uint8Array ? toBuffer(body) : Buffer.alloc(0)
  if (isNoStore(asked) || bytes.length > keptBytesMax) return null
  const entries = Object.entries(headers).filter(([name]) => isKept(name))
  const kept: Kept = { status, headers: Object.fromEntries(entries), body: bytes.toString('latin1'), modelId, address }
  return JSON.stringify(kept)
}

/** A call of its own that costs nothing. */
function replay(
  ports: EnginePorts,
  { requestId, onSettled }: CallContext,
  facts: CallIdentity,
  kept: Kept,
  first: string,
) {
  const { status, headers, body, modelId, address } = kept
  ports.meter.replay({ ...facts, requestId, modelId, address }, status)
  onSettled()
  const told: Record<string, string> = { ...headers, 'x-patchbay-replay-of': first, 'x-patchbay-cost-usd': '0' }
  // It would get the same again.
  if (status >= 400) told['x-should-retry'] = 'false'
  return { status, headers: told, body: Buffer.from(body, 'latin1') }
}
