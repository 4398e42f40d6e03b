import type { Ticket } from '#lib/metering/index.ts'
import type { Aimed } from './aim.ts'
import type { CachedAnswer } from './answer-cache.ts'
import type { CallContext } from './call.ts'
import { callHeaders } from './call-headers.ts'
import type { Candidates } from './candidates.ts'
import { runChecks } from './checks.ts'
import { errorReply, type GatewayError, gatewayError } from './errors.ts'
import type { EnginePorts } from './index.ts'
import type { ReadRequest } from './read-request.ts'
import type { GatewayReply, Plan } from './schema.ts'

interface Parts {
  kept: CachedAnswer
  aimed: Aimed
  plan: Plan
  candidates: Candidates | null
  request: ReadRequest
  startedMs: number
}

/** A kept answer: no server is asked and nothing is charged. Guardrails look at it as at any other. */
export async function replyFromCache(
  { clock }: EnginePorts,
  { call, onSettled, fate }: CallContext,
  { kept, aimed, plan, candidates, request, startedMs }: Parts,
  ticket: Ticket,
): Promise<GatewayReply> {
  let refused: GatewayError | null = null
  let thrown: unknown
  try {
    if (plan.checks)
      refused = await runChecks(plan.checks.output, { request: request.object.bytes, answer: kept.body }, call.signal)
  } catch (error) {
    thrown = error
    refused = gatewayError('internal_error')
  }
  const adapted = [...aimed.prepared.adapted, ...kept.adapted]
  const latencyMs = clock.monotonicMs() - startedMs
  ticket.settle({
    outcome: refused ? 'error' : 'ok',
    status: refused?.status ?? kept.status,
    errorCode: refused?.code,
    errorMessage: refused?.message,
    usageSource: 'none',
    attempts: candidates?.records ?? [],
    latencyMs,
    gatewayUs: latencyMs * 1000,
    adapted: adapted.join(', '),
    cache: 'hit',
  })
  if (thrown !== undefined) throw thrown
  // An answer like any other to who repeats the call.
  if (fate) fate.mayHaveRun = true
  onSettled()
  const contentType = refused || !request.stream ? 'application/json' : 'text/event-stream; charset=utf-8'
  const headers = callHeaders(contentType, {
    aimed: { ...aimed, prepared: { ...aimed.prepared, adapted } },
    attempts: 0,
    skipped: candidates?.skipped ?? '',
    rates: ticket.rates(),
    cache: 'hit',
    ownMs: latencyMs,
    upstreamMs: 0,
  })
  headers['x-patchbay-cost-usd'] = '0'
  if (refused) {
    const reply = errorReply(refused)
    return { ...reply, headers: { ...headers, ...reply.headers } }
  }
  if (request.stream) headers['x-accel-buffering'] = 'no'
  return { status: kept.status, headers, body: kept.body }
}
