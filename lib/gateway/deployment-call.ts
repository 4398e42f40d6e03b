import type { CallIdentity } from '#lib/metering/schema.ts'
import type { ModelEntry } from '#lib/models/schema.ts'
import type { CallContext } from './call.ts'
import { composeBody, toReadRequest } from './compose.ts'
import { type DeploymentCall, isOwnRoute } from './deployment-request.ts'
import { endpointOf } from './endpoints.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import type { Extensions } from './extensions.ts'
import type { EnginePorts } from './index.ts'
import type { ReadRequest } from './read-request.ts'
import type { DeploymentPlan, FilledPrompt, GatewayIdentity, LoadedDeployment } from './schema.ts'

/** A deployment's part of a call, ready to be served like the call of a model. */
export interface OpenedDeployment {
  context: CallContext
  request: ReadRequest
  deployment: DeploymentPlan
}

type Opened = ({ ok: true } & OpenedDeployment) | { ok: false; error: GatewayError }

/**
 * Finds version and variant, fills the prompt and makes the body for each model. `facts` and `headers` learn what is found,
 * so that refusals and answers tell it too.
 */
export async function openDeployment(
  ports: EnginePorts,
  context: CallContext,
  call: DeploymentCall,
  request: ReadRequest,
  facts: CallIdentity,
  headers: Record<string, string>,
): Promise<Opened> {
  const { identity, requestId } = context
  const { extensions } = request
  if (facts.source === 'gateway') facts.source = 'deployment'
  for (const name of Object.keys(extensions))
    if (isOwnRoute(name))
      return refuse('invalid_request', `A deployment brings its own fallbacks; leave ${name} out.`, name)
  const ask = {
    name: call.name,
    context: call.context,
    unit: extensions.identity?.id ?? extensions.thread?.id ?? requestId,
    variant: call.variant,
    mayCallDraft: identity.actor.kind === 'user',
  }
  const load = () => ports.deployments?.load(identity.workspaceId, ask) ?? none
  const found = load()
  let loaded = found instanceof Promise ? await found : found
  if (!loaded.ok && loaded.code === 'model_not_found' && (await ports.catchUp())) loaded = await load()
  if (!mayCallDeployment(identity, idOf(loaded)))
    return refuse('permission_denied', 'This API key may not call this deployment.', 'model')
  if (!loaded.ok) {
    facts.deploymentId = loaded.deploymentId
    return refuse(loaded.code, loaded.message, 'model')
  }
  const { deployment } = loaded
  Object.assign(facts, {
    deploymentId: deployment.id,
    version: deployment.version,
    variant: deployment.variant,
    environment: deployment.environment,
  })
  headers['x-patchbay-deployment'] = deployment.key
  headers['x-patchbay-version'] = deployment.version
  headers['x-patchbay-variant'] = deployment.variant
  if (deployment.environment) headers['x-patchbay-environment'] = deployment.environment

  const endpoint = context.endpoint.deployment ? endpointOf(deployment.type, context.endpoint.name) : context.endpoint
  // A prompt is made of messages: the Responses API has none.
  if (endpoint.form !== deployment.type)
    return refuse(
      'unsupported_for_model',
      `The deployment “${deployment.key}” is for ${words[deployment.type]}.`,
      'model',
    )
  const needed = deployment.type === 'embedding' ? 'input' : deployment.type === 'chat' ? 'messages' : 'prompt'
  const foreign = context.endpoint.deployment && call.passed.find(({ key }) => isText(key) && key !== needed)
  if (foreign)
    return refuse(
      'invalid_request',
      `A deployment for ${words[deployment.type]} takes ${needed}, not ${foreign.key}.`,
      foreign.key,
    )
  if (request.stream && !endpoint.streams)
    return refuse('invalid_request', `${endpoint.name} does not stream.`, 'stream')
  const filled = deployment.prompt.fill(call.values)
  if (!filled.ok) {
    const param = filled.name === '' ? call.valuesName : `${call.valuesName}.${filled.name}`
    return refuse('invalid_request', filled.message, param)
  }
  if (filled.told.length > 0) headers['x-patchbay-warnings'] = printable(filled.told.join('; '))
  return compose(context, { call, request, deployment, filled, endpoint, headers, needed })
}

interface Parts {
  call: DeploymentCall
  request: ReadRequest
  deployment: DeploymentPlan
  filled: Extract<FilledPrompt, { ok: true }>
  endpoint: CallContext['endpoint']
  headers: Record<string, string>
  /** The member of the body that asks. */
  needed: string
}

function compose(context: CallContext, parts: Parts): Opened {
  const { call, request, deployment, filled, endpoint, headers, needed } = parts
  const { prompt, plan } = deployment
  const [first] = plan.targets
  const make = (target: (typeof plan.targets)[number], texts = filled) =>
    composeBody(call, request.object, prompt, texts, target, request.stream)
  const own = make(first)
  if (!own) return refuse('too_large', 'The prompt is larger than 20 MB once its variables are filled in.', null)
  const { object, overridden } = own
  if (overridden.length > 0) headers['x-patchbay-overridden'] = overridden.join(', ')
  const member = object.members.find(({ key }) => key === needed)
  if (!member || object.bytes.toString('latin1', member.valueStart, member.valueStart + 2) === '[]')
    return refuse('invalid_request', `Neither the deployment nor this call holds ${needed}.`, needed)

  const base: ReadRequest = {
    ...request,
    form: endpoint.form,
    extensions: extensionsOf(request.extensions, deployment),
  }
  const made = new Map<ModelEntry, ReadRequest>([[first.entry, toReadRequest(base, object)]])
  const ready: ReadRequest = {
    ...made.get(first.entry)!,
    /** Each model gets its own parameters; made when its turn comes. */
    of(entry) {
      let one = made.get(entry)
      if (!one) {
        const target = plan.targets.find((each) => each.entry === entry) ?? first
        one = toReadRequest(base, make(target)?.object ?? object)
        made.set(entry, one)
      }
      return one
    },
  }
  return {
    ok: true,
    deployment,
    request: ready,
    context: { ...context, endpoint, call: { ...context.call, body: keptBody(parts, object.bytes, make) } },
  }
}

/** What is kept of a call is the prompt as the model saw it, without what is personal. */
function keptBody(
  { call, deployment }: Parts,
  bytes: Uint8Array,
  make: (
    target: DeploymentPlan['plan']['targets'][number],
    texts: Parts['filled'],
  ) => { object: { bytes: Uint8Array } } | null,
): Uint8Array {
  const { prompt, plan } = deployment
  if (!prompt.holdsPersonal(call.values)) return bytes
  const masked = prompt.fill(call.values, true)
  return (masked.ok && make(plan.targets[0], masked)?.object.bytes) || Buffer.from('{}')
}

/** The shorter of two times holds; the caller's own wish for the cache goes before the variant's. */
function extensionsOf(asked: Extensions, { timeouts, cacheSeconds }: DeploymentPlan): Extensions {
  const given: Extensions =
    asked.cache || cacheSeconds === null ? asked : { ...asked, cache: { type: 'exact_match', ttl: cacheSeconds } }
  if (!timeouts) return given
  const shorter = { ...timeouts }
  for (const [name, ms] of Object.entries(given.timeout ?? {}) as [keyof typeof shorter, number][])
    shorter[name] = Math.min(ms, shorter[name] ?? ms)
  return { ...given, timeout: shorter }
}

export function mayCallDeployment({ modelIds, deploymentIds = [] }: GatewayIdentity, id: string | undefined): boolean {
  if (modelIds.length === 0 && deploymentIds.length === 0) return true
  // One that is not there is told as such, also to a key that may call few.
  return id === undefined || deploymentIds.includes(id)
}

const none: LoadedDeployment = { ok: false, code: 'model_not_found', message: 'There are no deployments here.' }

function idOf(loaded: LoadedDeployment): string | undefined {
  return loaded.ok ? loaded.deployment.id : loaded.deploymentId
}

const isText = (key: string) => key === 'prompt' || key === 'input'

const words = {
  chat: 'chat completions',
  completion: 'completions',
  embedding: 'embeddings',
  image: 'images',
} as const

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 2_000)
}

function refuse(
  code: Parameters<typeof gatewayError>[0],
  message: string,
  param: string | null,
): { ok: false; error: GatewayError } {
  return { ok: false, error: gatewayError(code, { message, param }) }
}
