import type { CallIdentity } from '#lib/metering/schema.ts'
import type { ModelEntry } from '#lib/models/schema.ts'
import type { Target } from '#lib/openai/upstream.ts'
import { Attempt } from './attempt.ts'
import { boundOf } from './bound.ts'
import { missingCapability } from './capabilities.ts'
import type { Endpoint } from './endpoints.ts'
import { errorReply, foreignError, type GatewayError, gatewayError, planErrors } from './errors.ts'
import type { GatewayPorts } from './index.ts'
import { mayCall } from './models-endpoint.ts'
import { type ReadRequest, readRequest } from './read-request.ts'
import { prepareRequest } from './request-edit.ts'
import type { GatewayCall, GatewayIdentity, GatewayReply } from './schema.ts'

export interface CallContext {
  identity: GatewayIdentity
  call: GatewayCall
  endpoint: Endpoint
  requestId: string
  /** Called once the call is on the record, or will never be. */
  onSettled(): void
}

/** One call of one model, from its bytes to its record. */
export async function serveCall(ports: GatewayPorts, context: CallContext): Promise<GatewayReply> {
  const startedMs = ports.clock.monotonicMs()
  const { identity, call, endpoint, requestId, onSettled } = context
  const facts: CallIdentity = {
    workspaceId: identity.workspaceId,
    source: identity.source,
    actorKind: identity.actor.kind,
    actorId: identity.actor.id,
    keyId: identity.keyId,
    modelId: '',
    address: '',
    endpoint: endpoint.name,
    stream: false,
  }
  const refuse = (error: GatewayError): GatewayReply => {
    ports.meter.refuse({ ...facts, requestId }, { status: error.status, code: error.code, message: error.message })
    onSettled()
    return errorReply(error)
  }

  const read = readRequest(call, endpoint)
  if (!read.ok) return refuse(read.error)
  const { request } = read
  const { extensions } = request
  facts.address = request.address
  facts.stream = request.stream
  facts.identity = extensions.identity?.id
  facts.thread = extensions.thread?.id
  facts.name = extensions.name
  facts.metadata = request.metadata

  let loaded = ports.loadPlan(identity.workspaceId, request.address, endpoint.type)
  if (!loaded.ok && loaded.code === 'model_not_found' && (await ports.catchUp()))
    loaded = ports.loadPlan(identity.workspaceId, request.address, endpoint.type)
  if (!loaded.ok) return refuse(gatewayError(planErrors[loaded.code], { message: loaded.message, param: 'model' }))
  const { entry } = loaded.plan.targets[0]
  facts.modelId = entry.id
  if (!mayCall(identity, entry))
    return refuse(gatewayError('permission_denied', { message: 'This API key may not call this model.' }))
  const missing = missingCapability(request, entry)
  if (missing) return refuse(missing)
  const result = prepareRequest(request, entry)
  if (!result.ok) return refuse(result.error)
  const { prepared } = result
  const target = openTarget(ports, entry, request, requestId)
  if (!target)
    return refuse(
      gatewayError('upstream_auth_failed', {
        message: 'The key stored for this model cannot be opened. An admin has to enter it again.',
      }),
    )

  const bound = boundOf(request, entry, prepared.outputTokensMax)
  const admission = ports.meter.admit({
    ...facts,
    requestId,
    price: entry.price,
    inputEstimateTokens: Math.round(bound.inputBytes / 4),
    boundNanoUsd: bound.nanoUsd,
  })
  const refusal = admission.ok ? admission.ticket.begin() : admission.refusal
  if (!admission.ok || refusal) {
    onSettled()
    return errorReply(foreignError(refusal!))
  }
  const attempt = new Attempt(ports, context, { request, prepared, entry, target, ticket: admission.ticket, startedMs })
  try {
    return await attempt.run()
  } catch (error) {
    attempt.breakOff()
    throw error
  }
}

function openTarget(ports: GatewayPorts, entry: ModelEntry, request: ReadRequest, requestId: string): Target | null {
  let target: Target
  try {
    target = ports.openTarget(entry)
  } catch (error) {
    ports.logger.error({ err: error, requestId, modelId: entry.id }, 'The credential of a model cannot be opened.')
    return null
  }
  const asked = request.extensions.timeout
  if (!asked) return target
  const { timeouts } = target
  return {
    ...target,
    timeouts: {
      connectMs: timeouts.connectMs,
      firstByteMs: Math.min(asked.first_byte ?? Number.POSITIVE_INFINITY, timeouts.firstByteMs),
      idleMs: Math.min(asked.idle ?? Number.POSITIVE_INFINITY, timeouts.idleMs),
      totalMs: Math.min(asked.call_timeout ?? Number.POSITIVE_INFINITY, timeouts.totalMs),
    },
  }
}
