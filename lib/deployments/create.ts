import { z } from 'zod'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { findModelFacts } from '#lib/models/index.ts'
import { ModelType } from '#lib/models/schema.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type { DeploymentView } from './answers.ts'
import { DeploymentKey, Description, ref } from './change.ts'
import { claimModels } from './claims.ts'
import { DeploymentConfig } from './config.ts'
import { withModelIds } from './draft.ts'
import { modelsOf, readConfig, requireDeployment, targetOf } from './rows.ts'
import { toDeploymentViews } from './views.ts'
import { presetEnvironments } from './vocabulary.ts'

const deploymentsMax = 1_000

export const CreateDeploymentInput = z
  .strictObject({
    key: DeploymentKey,
    description: Description.default(''),
    /** The first model, by id or address: its Type is that of the deployment. */
    model: ref.optional(),
    /** In place of `model`: a whole draft. */
    config: DeploymentConfig.optional(),
  })
  .refine(({ model, config }) => model !== undefined || config !== undefined, {
    path: ['model'],
    message: 'Choose a model.',
  })
export type CreateDeploymentInput = z.input<typeof CreateDeploymentInput>

export const DuplicateDeploymentInput = z.strictObject({ id: ref, key: DeploymentKey })
export type DuplicateDeploymentInput = z.input<typeof DuplicateDeploymentInput>

/**
 * A new deployment with a draft and nothing published. Developers. Errors: `key_taken` (409), `invalid_request` for a
 * model that is not here.
 */
export async function createDeployment(scope: Scope, input: CreateDeploymentInput): Promise<DeploymentView> {
  requireRole(scope, 'developer')
  const { key, description, model, config: given } = parseInput(CreateDeploymentInput, input)
  return unlessTaken(key, () =>
    scope.tx(async (tx) => {
      const config = given ? await withModelIds(tx, scope, given) : await firstConfig(tx, scope, model!)
      const first = config.variants[0]!.model
      const facts = (await findModelFacts(tx, scope, [first])).get(first)
      if (!facts) {
        const field = given ? 'config.variants.0.model' : 'model'
        throw invalidInput('This model does not exist.', { [field]: 'This model does not exist.' })
      }
      return insert(tx, scope, { key, description, type: facts.type, config })
    }),
  )
}

/** A copy of a draft under another key, with nothing published. Developers. */
export async function duplicateDeployment(scope: Scope, input: DuplicateDeploymentInput): Promise<DeploymentView> {
  requireRole(scope, 'developer')
  const { id, key } = parseInput(DuplicateDeploymentInput, input)
  return unlessTaken(key, () =>
    scope.tx(async (tx) => {
      const row = await requireDeployment(tx, scope, id)
      const config = readConfig(row.draft!.config)
      return insert(tx, scope, { key, description: row.description, type: ModelType.parse(row.type), config })
    }),
  )
}

async function firstConfig(tx: Tx, scope: Scope, name: string): Promise<DeploymentConfig> {
  const facts = (await findModelFacts(tx, scope, [name])).get(name)
  if (!facts) throw invalidInput('This model does not exist.', { model: 'This model does not exist.' })
  return DeploymentConfig.parse({ variants: [{ name: 'main', model: facts.id }] })
}

async function insert(
  tx: Tx,
  scope: Scope,
  made: { key: string; description: string; type: ModelType; config: DeploymentConfig },
): Promise<DeploymentView> {
  const { workspaceId } = scope
  const { key, description, type, config } = made
  await requireFreeKey(tx, scope, key)
  if ((await tx.deployment.count({ where: { workspaceId, deletedAt: null } })) >= deploymentsMax) {
    const message = `At most ${deploymentsMax.toLocaleString('en')} deployments. Delete some first.`
    throw new AppError({ kind: 'conflict', code: 'too_many_deployments', message })
  }
  const now = scope.now()
  const row = await tx.deployment.create({
    data: {
      id: newId('dep', now.getTime()),
      workspaceId,
      key,
      type,
      description,
      createdBy: scope.actor.id,
      createdAt: now,
      updatedAt: now,
    },
    select: { id: true, key: true },
  })
  await tx.deploymentDraft.create({
    data: {
      workspaceId,
      deploymentId: row.id,
      config: config as unknown as Prisma.InputJsonObject,
      savedBy: scope.actor.id,
      savedAt: now,
    },
    select: { version: true },
  })
  await tx.deploymentEnvironment.createMany({
    data: presetEnvironments.map((name) => ({ workspaceId, deploymentId: row.id, name, updatedAt: now })),
  })
  const created = await requireDeployment(tx, scope, row.id)
  await claimModels(tx, scope, created)
  await recordAudit(tx, scope, {
    action: 'deployment.create',
    target: targetOf(row),
    after: { type, models: modelsOf(config) },
  })
  return (await toDeploymentViews(tx, scope, [created]))[0]!
}

/** Refuses a key that a living deployment has; one that only a former key is goes over to the new owner. */
export async function requireFreeKey(tx: Tx, scope: Scope, key: string, exceptId?: string): Promise<void> {
  const { workspaceId } = scope
  const holder = await tx.deployment.findFirst({ where: { workspaceId, deletedAt: null, key }, select: { id: true } })
  if (holder && holder.id !== exceptId) throw keyTaken(key)
  await tx.$executeRaw`
    UPDATE deployments SET former_keys = array_remove(former_keys, ${key})
     WHERE workspace_id = ${workspaceId} AND ${key} = ANY(former_keys)`
}

function keyTaken(key: string): AppError {
  const message = `Another deployment has the key “${key}”.`
  return new AppError({ kind: 'conflict', code: 'key_taken', message, fields: { key: message } })
}

/** Two at once: the unique key lets one through. */
export async function unlessTaken<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'P2002') throw keyTaken(key)
    throw error
  }
}
