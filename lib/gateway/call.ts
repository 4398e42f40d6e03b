import type { CallIdentity } from '#lib/metering/schema.ts'
import { aimAt } from './aim.ts'
import { Candidates } from './candidates.ts'
import { runChecks } from './checks.ts'
import type { Endpoint } from './endpoints.ts'
import { errorReply, foreignError, type GatewayError, gatewayError, planErrors } from './errors.ts'
import type { EnginePorts } from './index.ts'
import { mayCall } from './models-endpoint.ts'
import { readRequest } from './read-request.ts'
import { routeCall } from './route.ts'
import { Run } from './run.ts'
import type { GatewayCall, GatewayIdentity, GatewayReply } from './schema.ts'

export interface CallContext {
  identity: GatewayIdentity
  call: GatewayCall
  endpoint: Endpoint
  requestId: string
  /** Called once the call is on the record, or will never be. */
  onSettled(): void
  /** For who has to know whether a server may have done what was asked. */
  fate?: { mayHaveRun: boolean }
}

/** What is known of a call before its body is read. */
export function factsOf({ identity, endpoint }: CallContext): CallIdentity {
  return {
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
}

/** Turns a call away before it is admitted: an answer and a record. */
export function refuseCall(
  ports: EnginePorts,
  { requestId, onSettled }: CallContext,
  facts: CallIdentity,
  error: GatewayError,
): GatewayReply {
  ports.meter.refuse({ ...facts, requestId }, { status: error.status, code: error.code, message: error.message })
  onSettled()
  return errorReply(error)
}

/** One call of one model, from its bytes to its record. `facts` is filled with what the body says. */
export async function serveCall(
  ports: EnginePorts,
  context: CallContext,
  facts = factsOf(context),
): Promise<GatewayReply> {
  const startedMs = ports.clock.monotonicMs()
  const { identity, call, endpoint, requestId, onSettled } = context
  const refuse = (error: GatewayError) => refuseCall(ports, context, facts, error)

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

  let loaded = ports.loadPlan(identity.workspaceId, request.address, endpoint.type, identity.modelIds)
  if (!loaded.ok && loaded.code === 'model_not_found' && (await ports.catchUp()))
    loaded = ports.loadPlan(identity.workspaceId, request.address, endpoint.type, identity.modelIds)
  if (!loaded.ok) return refuse(gatewayError(planErrors[loaded.code], { message: loaded.message, param: 'model' }))
  const { plan } = loaded
  const { entry } = plan.targets[0]
  facts.modelId = entry.id
  if (!mayCall(identity, entry))
    return refuse(gatewayError('permission_denied', { message: 'This API key may not call this model.' }))
  let candidates: Candidates | null = null
  if (extensions.fallbacks || extensions.load_balancer || plan.fallbacks || plan.targets.length > 1) {
    const routed = await routeCall(ports, identity, request, endpoint, plan)
    if (!routed.ok) return refuse(routed.error)
    candidates = new Candidates(ports, context, request, routed.route)
  }
  const first = candidates ? candidates.first() : aimAt(ports, identity, request, entry, requestId)
  if (!first.ok) return refuse(first.error)
  const { aimed } = first
  facts.modelId = aimed.entry.id
  if (plan.checks) {
    const error = await runChecks(plan.checks.input, call.body!, call.signal)
    if (error) return refuse(error)
  }

  const asked = ports.meter.admit({ ...facts, requestId, ...aimed.cost })
  const admission = asked instanceof Promise ? await asked : asked
  const refusal = admission.ok ? admission.ticket.begin() : admission.refusal
  if (!admission.ok || refusal) {
    onSettled()
    return errorReply(foreignError(refusal!))
  }
  const run = new Run(ports, context, { request, plan, aimed, candidates, ticket: admission.ticket, startedMs })
  try {
    return await run.run()
  } catch (error) {
    run.breakOff()
    throw error
  }
}
