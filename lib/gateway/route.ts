import { type ModelEntry, orderWeighted } from '#lib/models/schema.ts'
import type { Endpoint } from './endpoints.ts'
import { type GatewayError, gatewayError, planErrors } from './errors.ts'
import type { EnginePorts } from './index.ts'
import { mayCall } from './models-endpoint.ts'
import type { ReadRequest } from './read-request.ts'
import type { GatewayIdentity, Plan } from './schema.ts'
import { refersToState } from './upstream-state.ts'

/** The models that may answer a call, in the order of their turn. */
export interface CallRoute {
  entries: readonly ModelEntry[]
  /** So many of the first share the traffic: what one cannot do another of them does. */
  peers: number
  /** Named by the caller and out of the question at the moment. */
  skipped: readonly { address: string; code: string }[]
}

type RouteResult = { ok: true; route: CallRoute } | { ok: false; error: GatewayError }
type Named = { ok: true; entries: readonly ModelEntry[] } | { ok: false; error: GatewayError | null; code: string }

/** Where calls of one kind went last; in memory, each process turns by itself. */
export class Turns {
  readonly #next = new Map<string, number>()

  /** 0, 1, 2 and so on below `count`, in turn. */
  take(key: string, count: number): number {
    const turn = (this.#next.get(key) ?? 0) % count
    if (this.#next.size >= 10_000 && !this.#next.has(key)) this.#next.clear()
    this.#next.set(key, turn + 1)
    return turn
  }
}

/**
 * The caller's `load_balancer` in place of the plan's targets, the caller's `fallbacks` in place of the model's own. Every
 * address is resolved as `model` is: in this workspace, for this endpoint, with this key's permissions.
 */
export async function routeCall(
  ports: EnginePorts,
  identity: GatewayIdentity,
  request: ReadRequest,
  endpoint: Endpoint,
  plan: Plan,
): Promise<RouteResult> {
  const { load_balancer: balancer, fallbacks } = request.extensions
  const skipped = [...(plan.skipped ?? [])]
  const entries = new Set<ModelEntry>()
  const take = async (address: string, param: string): Promise<readonly ModelEntry[] | GatewayError> => {
    const named = await resolve(ports, identity, address, param, endpoint)
    if (named.ok) return named.entries
    if (named.error) return named.error
    skipped.push({ address, code: named.code })
    return []
  }
  if (balancer) {
    const members: { entry: ModelEntry; weight: number }[] = []
    for (const [index, { model, weight = 1 }] of balancer.models.entries()) {
      const found = await take(model, `load_balancer.models[${index}].model`)
      if (!Array.isArray(found)) return { ok: false, error: found as GatewayError }
      const [entry] = found
      if (entry) members.push({ entry, weight })
    }
    if (members.length === 0)
      return { ok: false, error: gatewayError('model_disabled', { param: 'load_balancer.models' }) }
    for (const { entry } of inOrder(ports, identity, balancer.type, members)) entries.add(entry)
  } else for (const { entry } of plan.targets) entries.add(entry)
  const peers = entries.size
  if (fallbacks) {
    for (const [index, { model }] of fallbacks.entries()) {
      const found = await take(model, `fallbacks[${index}].model`)
      if (!Array.isArray(found)) return { ok: false, error: found as GatewayError }
      for (const entry of found) entries.add(entry)
    }
  } else for (const { entry } of plan.fallbacks ?? []) if (mayCall(identity, entry)) entries.add(entry)
  const route = { entries: [...entries], peers, skipped }
  return refersToState(request) ? atOneServer(route) : { ok: true, route }
}

/** A call that builds on what a server keeps: nobody else has it. */
function atOneServer({ entries, peers, skipped }: CallRoute): RouteResult {
  const group = entries[0]?.credential.group
  const hasState = (entry: ModelEntry) => entry.credential.group === group
  if (!entries.slice(0, peers).every(hasState)) {
    const message =
      'This call builds on what a server keeps, and this address leads to several servers. Name the model that answered before (x-patchbay-model).'
    return { ok: false, error: gatewayError('invalid_request', { message, param: 'model' }) }
  }
  const elsewhere = entries.filter((entry) => !hasState(entry))
  const passed = elsewhere.map(({ slug }) => ({ address: slug, code: 'state_elsewhere' }))
  return { ok: true, route: { entries: entries.filter(hasState), peers, skipped: [...skipped, ...passed] } }
}

function inOrder<Member extends { entry: ModelEntry; weight: number }>(
  ports: EnginePorts,
  identity: GatewayIdentity,
  type: 'weighted' | 'round_robin',
  members: readonly Member[],
): readonly Member[] {
  if (type === 'weighted') return orderWeighted(members, ports.random)
  const first = ports.turns.take(
    [identity.workspaceId, ...members.map(({ entry }) => entry.id)].join(' '),
    members.length,
  )
  return [...members.slice(first), ...members.slice(0, first)]
}

/** An address that leads nowhere is the caller's mistake; a model that is switched off is passed over. */
async function resolve(
  ports: EnginePorts,
  identity: GatewayIdentity,
  address: string,
  param: string,
  endpoint: Endpoint,
): Promise<Named> {
  const load = () => ports.loadPlan(identity.workspaceId, address, endpoint.type, identity.modelIds)
  let loaded = load()
  if (!loaded.ok && loaded.code === 'model_not_found' && (await ports.catchUp())) loaded = load()
  if (!loaded.ok) {
    if (loaded.code === 'model_disabled') return { ok: false, error: null, code: loaded.code }
    const error = gatewayError(planErrors[loaded.code], { message: loaded.message, param })
    return { ok: false, error, code: loaded.code }
  }
  const entries = loaded.plan.targets.map(({ entry }) => entry).filter((entry) => mayCall(identity, entry))
  if (entries.length > 0) return { ok: true, entries }
  const message = `This API key may not call the model in ${param}.`
  return { ok: false, error: gatewayError('permission_denied', { message, param }), code: 'permission_denied' }
}
