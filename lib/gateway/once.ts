import { createHash } from 'node:crypto'
import type { CallIdentity } from '#lib/metering/schema.ts'
import { toBuffer } from '#lib/openai/scan.ts'
import { type CallContext, factsOf, refuseCall, serveCall } from './call.ts'
import { type GatewayErrorCode, gatewayError } from './errors.ts'
import type { Asked } from './idempotency.ts'
import type { EnginePorts } from './index.ts'
import { isNoStore } from './read-request.ts'
import type { GatewayCall, GatewayReply } from './schema.ts'

/** Of the answer's body; a longer one is not kept. */
const keptBytesMax = 1024 * 1024
/** The caller waits no longer than this for the answer to be kept. */
const keepMs = 2_000
const writesAfterMs = [0, 500, 5_000]
/** At one time and in one process; each is a question to Postgres. */
const askingMax = 256
let asking = 0

const keyShape = /^[\x21-\x7e]{1,255}$/
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
 * A call with an `Idempotency-Key`: done once, whoever repeats it gets the same answer. It goes on when its caller leaves,
 * who will come back for the answer. A call that came to nothing (refused here, or by a server that said so) frees the key.
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
  if (!keyShape.test(key))
    return refuse('invalid_request', 'Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.', {
      param: 'Idempotency-Key',
    })
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

  const fate = { mayHaveRun: false }
  const own: CallContext = {
    ...context,
    call: { ...call, signal: new AbortController().signal },
    fate,
    // Not before the answer is kept: whoever waits for the last call stops the process.
    onSettled: () => undefined,
  }
  try {
    const reply = await serveCall(ports, own, facts)
    const written = write(ports, requestId, () =>
      fate.mayHaveRun
        ? ports.idempotency.keep(asked, toKept(reply, facts, call.headers))
        : ports.idempotency.free(asked),
    )
    void written.finally(onSettled)
    await Promise.race([written, new Promise((resolve) => setTimeout(resolve, keepMs).unref())])
    return reply
  } catch (error) {
    const { doubt, free } = ports.idempotency
    void write(ports, requestId, () => (fate.mayHaveRun ? doubt(asked) : free(asked))).finally(onSettled)
    throw error
  }
}

/** Never rejects. What cannot be written makes a repeat hear that nobody knows. */
async function write(ports: EnginePorts, requestId: string, work: () => Promise<void>): Promise<void> {
  for (const afterMs of writesAfterMs) {
    if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs).unref())
    try {
      return await work()
    } catch (error) {
      ports.logger.error({ err: error, requestId }, 'What came of a call with an Idempotency-Key could not be written.')
    }
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
