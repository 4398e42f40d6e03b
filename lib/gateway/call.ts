import type { CallIdentity } from '#lib/metering/schema.ts'
import { parseTraceparent, writeTrace } from '#lib/platform/trace-context.ts'
import { aimAt } from './aim.ts'
import { CachedCall } from './cached-call.ts'
import { replyFromCache } from './cached-reply.ts'
import { Candidates } from './candidates.ts'
import { runChecks } from './checks.ts'
import { openDeployment } from './deployment-call.ts'
import type { DeploymentCall } from './deployment-request.ts'
import type { Endpoint } from './endpoints.ts'
import { errorReply, foreignError, type GatewayError, gatewayError, planErrors } from './errors.ts'
import type { EnginePorts } from './index.ts'
import { keepReply, planPayload } from './keep.ts'
import { mayCall } from './models-endpoint.ts'
import { type ReadRequest, readRequest } from './read-request.ts'
import { routeCall } from './route.ts'
import { Run } from './run.ts'
import type { GatewayCall, GatewayIdentity, GatewayReply, Plan } from './schema.ts'
import { withoutCall } from './without-call.ts'

export interface CallContext {
  identity: GatewayIdentity
  call: GatewayCall
  endpoint: Endpoint
  requestId: string
  /** Called once the call is on the record, or will never be. */
  onSettled(): void
  /** For who has to know whether a server may have done what was asked, and whether it was cut. */
  fate?: { mayHaveRun: boolean; isCut: boolean }
}

/** What is known of a call before its body is read. */
export function factsOf({ identity, endpoint, call }: CallContext): CallIdentity {
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
    trace: writeTrace(parseTraceparent(call.headers.traceparent)),
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
  const { identity, call, endpoint } = context
  const refuse = (error: GatewayError) => refuseCall(ports, context, facts, error)
  facts.payload = planPayload(ports, context)

  const read = readRequest(call, endpoint)
  if (!read.ok) return refuse(read.error)
  const { request } = read
  const { extensions, deployment } = request
  facts.address = request.address
  facts.stream = request.stream
  facts.identity = extensions.identity?.id
  facts.thread = extensions.thread?.id
  facts.name = extensions.name
  facts.metadata = request.metadata
  if (deployment) return await serveDeployment(ports, context, facts, request, deployment, startedMs)

  let loaded = ports.loadPlan(identity.workspaceId, request.address, endpoint.type, identity.modelIds)
  if (!loaded.ok && loaded.code === 'model_not_found' && (await ports.catchUp()))
    loaded = ports.loadPlan(identity.workspaceId, request.address, endpoint.type, identity.modelIds)
  if (!loaded.ok) return refuse(gatewayError(planErrors[loaded.code], { message: loaded.message, param: 'model' }))
  const { plan } = loaded
  const { entry } = plan.targets[0]
  facts.modelId = entry.id
  if (!mayCall(identity, entry))
    return refuse(gatewayError('permission_denied', { message: 'This API key may not call this model.' }))
  // Awaited: a promise that is returned as it is takes two more turns of the queue.
  return await servePlan(ports, context, facts, { request, plan, startedMs })
}

/** A call of a deployment: its version's plan takes the place of a model's, and every answer tells which one it was. */
async function serveDeployment(
  ports: EnginePorts,
  context: CallContext,
  facts: CallIdentity,
  request: ReadRequest,
  call: DeploymentCall,
  startedMs: number,
): Promise<GatewayReply> {
  const told: Record<string, string> = {}
  const opened = await openDeployment(ports, context, call, request, facts, told)
  let reply: GatewayReply
  if (!opened.ok) reply = refuseCall(ports, context, facts, opened.error)
  else if (context.endpoint.deployment?.resolves || call.mockResponse !== null) {
    reply = withoutCall(opened, call, told)
    context.onSettled()
  } else {
    const { deployment, request: ready } = opened
    reply = await servePlan(ports, opened.context, facts, { request: ready, plan: deployment.plan, startedMs })
  }
  Object.assign(reply.headers, told)
  return reply
}

interface Planned {
  request: ReadRequest
  plan: Plan
  startedMs: number
}

async function servePlan(
  ports: EnginePorts,
  context: CallContext,
  facts: CallIdentity,
  { request, plan, startedMs }: Planned,
): Promise<GatewayReply> {
  const { identity, call, endpoint, requestId, onSettled } = context
  const { extensions } = request
  const { entry } = plan.targets[0]
  const refuse = (error: GatewayError) => refuseCall(ports, context, facts, error)
  facts.modelId = entry.id
  let candidates: Candidates | null = null
  if (extensions.fallbacks || extensions.load_balancer || plan.fallbacks || plan.skipped || plan.targets.length > 1) {
    const routed = await routeCall(ports, identity, request, endpoint, plan)
    if (!routed.ok) return refuse(routed.error)
    candidates = new Candidates(ports, context, request, routed.route)
  }
  const first = candidates ? candidates.first() : aimAt(ports, identity, request, entry, requestId)
  if (!first.ok) return refuse(first.error)
  const { aimed } = first
  facts.modelId = aimed.entry.id
  if (plan.checks) {
    const error = await runChecks(plan.checks.input, { request: request.object.bytes, answer: null }, call.signal)
    if (error) return refuse(error)
  }

  const isKept = facts.payload === 'kept'
  const later = plan.checks?.later ?? []
  const keep = (reply: GatewayReply) => {
    const kept = isKept ? keepReply(ports, context, reply) : reply
    return later.length > 0 ? ports.afterwards.see(context, kept, { checks: later, isKept }) : kept
  }
  const { cache } = extensions
  const cached = cache && !request.noStore ? new CachedCall(ports, context, request, cache.ttl) : null
  // A kept answer must not fail on an empty budget: limits, cache, budgets.
  const asked = ports.meter.admit({ ...facts, requestId, ...aimed.cost }, cached ? 'limits' : 'all')
  const admission = asked instanceof Promise ? await asked : asked
  let refusal = admission.ok ? null : admission.refusal
  if (admission.ok && cached) {
    const kept = await cached.find(aimed)
    if (kept) {
      const parts = { kept, aimed, plan, candidates, request, startedMs }
      return keep(await replyFromCache(ports, context, parts, admission.ticket))
    }
    refusal = await admission.ticket.budgets()
  }
  if (admission.ok && !refusal) refusal = admission.ticket.begin()
  if (!admission.ok || refusal) {
    onSettled()
    return errorReply(foreignError(refusal!))
  }
  const run = new Run(ports, context, { request, plan, aimed, candidates, cached, ticket: admission.ticket, startedMs })
  try {
    const reply = await run.run()
    return run.isRecorded ? keep(reply) : reply
  } catch (error) {
    run.breakOff()
    throw error
  }
}
