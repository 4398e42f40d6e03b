import { z } from 'zod'
import { AppError } from '#lib/core/errors.ts'
import { findModelFacts } from '#lib/models/index.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type { DraftCheckView, DraftView } from './answers.ts'
import { changeDeployment, ref, version } from './change.ts'
import { checkConfig } from './check.ts'
import { claimModels } from './claims.ts'
import { DeploymentConfig } from './config.ts'
import type { House } from './house.ts'
import { isSameConfig, modelsOf, readConfig, requireDeployment } from './rows.ts'
import { toDraftView } from './views.ts'

export const SaveDraftInput = z.strictObject({ id: ref, version, config: DeploymentConfig })
export type SaveDraftInput = z.input<typeof SaveDraftInput>

export const CheckDraftInput = z.strictObject({ id: ref, config: DeploymentConfig.optional() })
export type CheckDraftInput = z.input<typeof CheckDraftInput>

/** What is being worked on. Every member may read. */
export async function getDraft(scope: Scope, input: { id: string }): Promise<DraftView> {
  requireRead(scope)
  return scope.tx(async (tx) => toDraftView(tx, scope, await requireDeployment(tx, scope, input.id)))
}

/**
 * Saves a draft as it stands, finished or not; models may be given by any address. Developers. Somebody else was
 * quicker: `stale_version` (409) with `current`, the draft as it stands, and `yours`; nothing is overwritten.
 */
export async function saveDraft(scope: Scope, input: SaveDraftInput): Promise<DraftView> {
  requireRole(scope, 'developer')
  const { id, version: read, config: given } = parseInput(SaveDraftInput, input)
  const saved = await changeDeployment(scope, id, async (tx, row) => {
    if (read !== row.draft!.version) return { stale: await toDraftView(tx, scope, row) }
    const config = await withModelIds(tx, scope, given)
    if (!isSameConfig(config, readConfig(row.draft!.config))) {
      await storeDraft(tx, scope, row.id, config)
      await claimModels(tx, scope, await requireDeployment(tx, scope, row.id))
    }
    return { view: await toDraftView(tx, scope, await requireDeployment(tx, scope, row.id)) }
  })
  if (saved.view) return saved.view
  throw new AppError({
    kind: 'conflict',
    code: 'stale_version',
    message: `${saved.stale!.savedBy || 'Somebody else'} saved this draft since you opened it.`,
    details: { current: saved.stale, yours: given },
  })
}

export async function storeDraft(tx: Tx, scope: Scope, deploymentId: string, config: DeploymentConfig): Promise<void> {
  await tx.deploymentDraft.updateMany({
    where: { workspaceId: scope.workspaceId, deploymentId },
    data: {
      config: config as unknown as Prisma.InputJsonObject,
      version: { increment: 1 },
      savedBy: scope.actor.id,
      savedAt: scope.now(),
    },
  })
}

/** What is stored names models by their ids; a name that leads nowhere stays, so that it can be mended. */
export async function withModelIds(tx: Tx, scope: Scope, config: DeploymentConfig): Promise<DeploymentConfig> {
  const found = await findModelFacts(tx, scope, modelsOf(config))
  const idOf = (name: string) => found.get(name)?.id ?? name
  return {
    ...config,
    variants: config.variants.map((variant) => ({
      ...variant,
      model: idOf(variant.model),
      fallbacks: variant.fallbacks.map((fallback) => ({ ...fallback, model: idOf(fallback.model) })),
    })),
  }
}

/**
 * Whether a draft can be published: what is wrong with it, and what each model makes of what its variant needs.
 * `config`: one that is not saved yet. Every member may ask.
 */
export async function checkDraft(house: House, scope: Scope, input: CheckDraftInput): Promise<DraftCheckView> {
  requireRead(scope)
  const { id, config } = parseInput(CheckDraftInput, input)
  return scope.tx(async (tx) => {
    const row = await requireDeployment(tx, scope, id)
    const wanted = config ? await withModelIds(tx, scope, config) : readConfig(row.draft!.config)
    return checkConfig(house, tx, scope, wanted, row.type as ModelType)
  })
}
