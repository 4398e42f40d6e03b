import { formatMicroAmount, formatNanoUsd } from '#lib/core/money.ts'
import type { GroupEntry, ModelEntry } from '#lib/models/schema.ts'
import { mayCallDeployment } from './deployment-call.ts'
import type { GatewayError } from './errors.ts'
import { gatewayError, planErrors } from './errors.ts'
import type {
  DeploymentDirectory,
  DeploymentEntry,
  GatewayIdentity,
  ListGroups,
  ListModels,
  LoadPlan,
} from './schema.ts'

type Answer = { ok: true; body: Uint8Array } | { ok: false; error: GatewayError }

interface Ports {
  loadPlan: LoadPlan
  listModels: ListModels
  listGroups: ListGroups
  deployments?: DeploymentDirectory
}

/** `GET /v1/models`: what this key may call, in OpenAI's shape, with what Patchbay knows in one extra object. */
export function listModels(identity: GatewayIdentity, ports: Omit<Ports, 'loadPlan'>): Uint8Array {
  const models = ports
    .listModels(identity.workspaceId)
    .filter((entry) => entry.state === 'active' && mayCall(identity, entry))
    .map(toModelObject)
  return Buffer.from(
    JSON.stringify({
      object: 'list',
      data: [...models, ...groupsOf(identity, ports), ...deploymentsOf(identity, ports)],
    }),
  )
}

/** `GET /v1/models/{id}`: by any address of the model, a group's, or `deployment/<key>`. */
export function getModel(identity: GatewayIdentity, address: string, ports: Ports): Answer {
  const other = [...groupsOf(identity, ports), ...deploymentsOf(identity, ports)].find(({ id }) => id === address)
  if (other) return { ok: true, body: Buffer.from(JSON.stringify(other)) }
  const loaded = ports.loadPlan(identity.workspaceId, address, null, identity.modelIds)
  if (!loaded.ok)
    return { ok: false, error: gatewayError(planErrors[loaded.code], { message: loaded.message, param: 'model' }) }
  const { entry } = loaded.plan.targets[0]
  if (!mayCall(identity, entry))
    return { ok: false, error: gatewayError('permission_denied', { message: 'This API key may not call this model.' }) }
  return { ok: true, body: Buffer.from(JSON.stringify(toModelObject(entry))) }
}

/** Groups of which this key may call at least one model. */
function groupsOf(identity: GatewayIdentity, { listGroups }: Pick<Ports, 'listGroups'>) {
  return listGroups(identity.workspaceId)
    .map((group) => ({ ...group, members: group.members.filter(({ entry }) => mayCall(identity, entry)) }))
    .filter(({ members }) => members.length > 0)
    .map(toGroupObject)
}

function deploymentsOf(identity: GatewayIdentity, { deployments }: Pick<Ports, 'deployments'>) {
  const all = deployments?.list(identity.workspaceId) ?? []
  return all.filter(({ id }) => mayCallDeployment(identity, id)).map(toDeploymentObject)
}

function toDeploymentObject({ key, type, description, createdAt, environments }: DeploymentEntry) {
  return {
    id: `deployment/${key}`,
    object: 'model',
    created: Math.floor(createdAt / 1000),
    owned_by: 'patchbay',
    patchbay: { name: key, type, description, environments },
  }
}

function toGroupObject({ address, createdAt, members }: GroupEntry) {
  return {
    id: address,
    object: 'model',
    created: Math.floor(createdAt / 1000),
    owned_by: 'patchbay',
    patchbay: {
      name: address,
      type: members[0]?.entry.type,
      /** A call goes to one of them, as often as its weight says. */
      group: members.map(({ entry, weight }) => ({ model: entry.slug, type: entry.type, weight })),
    },
  }
}

export function mayCall(identity: GatewayIdentity, entry: ModelEntry): boolean {
  const { modelIds, deploymentIds = [] } = identity
  // A key for deployments alone calls models through them.
  return modelIds.length === 0 ? deploymentIds.length === 0 : modelIds.includes(entry.id)
}

function toModelObject(entry: ModelEntry): Record<string, unknown> {
  const { price } = entry
  const perMillion = (pico: bigint | null | undefined) =>
    pico === null || pico === undefined ? null : formatMicroAmount(pico)
  const verdicts = Object.entries(entry.capabilities.checks).map(([key, check]) => [key, check?.verdict])
  return {
    id: entry.slug,
    object: 'model',
    created: Math.floor(entry.createdAt / 1000),
    owned_by: 'patchbay',
    patchbay: {
      name: entry.name,
      type: entry.type,
      region: entry.region,
      model_id: entry.modelId,
      context_tokens: entry.contextTokens ?? entry.capabilities.contextTokens,
      max_tokens: entry.maxTokens,
      dimensions: entry.capabilities.dimensions,
      capabilities: Object.fromEntries(verdicts),
      /** USD as decimal strings, per 1M tokens or per image; null is unpriced. */
      prices: {
        input: perMillion(price?.inputPicoUsdPerToken),
        cached_input: perMillion(price?.cachedInputPicoUsdPerToken),
        output: perMillion(price?.outputPicoUsdPerToken),
        image:
          price?.imageNanoUsd === null || price?.imageNanoUsd === undefined ? null : formatNanoUsd(price.imageNanoUsd),
      },
    },
  }
}
