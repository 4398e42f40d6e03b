import { AppError } from '#lib/core/errors.ts'
import type { DeploymentEnvironment } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { recordRelease } from './releases.ts'
import { canaryOf, type DeploymentRow, isSame, servedBy, type VersionNumber } from './rows.ts'

const environmentsMax = 20

/**
 * Lets an environment serve a version, and records it. A canary of it ends: it was measured against what goes. An
 * environment that is not there yet is made.
 */
export async function point(
  tx: Tx,
  scope: Scope,
  row: DeploymentRow,
  change: {
    environment: string
    to: VersionNumber
    kind: 'publish' | 'promote' | 'rollback' | 'repoint' | 'canary_promote'
    /** The canary stays where another version takes the place of a model's sake alone. */
    canary?: VersionNumber | null
  },
): Promise<void> {
  const { workspaceId } = scope
  const { environment: name, to, kind } = change
  const standing = row.environments.find((each) => each.name === name) ?? (await addEnvironment(tx, scope, row, name))
  const from = servedBy(standing)
  const canary = change.canary ?? null
  await tx.deploymentEnvironment.updateMany({
    where: { workspaceId, deploymentId: row.id, name },
    data: {
      ...to,
      canaryMajor: canary?.major ?? null,
      canaryMinor: canary?.minor ?? null,
      canaryShare: canary ? standing.canaryShare : 0,
      version: { increment: 1 },
      updatedAt: scope.now(),
    },
  })
  await touch(tx, scope, row)
  await recordRelease(tx, scope, { deploymentId: row.id, environment: name, kind, to, from })
}

async function addEnvironment(tx: Tx, scope: Scope, row: DeploymentRow, name: string): Promise<DeploymentEnvironment> {
  if (row.environments.length >= environmentsMax) {
    const message = `At most ${environmentsMax} environments. Take one away first.`
    throw new AppError({ kind: 'conflict', code: 'too_many_environments', message })
  }
  return tx.deploymentEnvironment.create({
    data: { workspaceId: scope.workspaceId, deploymentId: row.id, name, updatedAt: scope.now() },
  })
}

/** Sets or ends the canary of an environment, and records it. */
export async function pointCanary(
  tx: Tx,
  scope: Scope,
  row: DeploymentRow,
  change: { environment: DeploymentEnvironment; to: VersionNumber | null; share: number },
): Promise<void> {
  const { environment, to, share } = change
  const before = canaryOf(environment)
  if (isSame(before, to) && environment.canaryShare === share) return
  await tx.deploymentEnvironment.updateMany({
    where: { workspaceId: scope.workspaceId, deploymentId: row.id, name: environment.name },
    data: {
      canaryMajor: to?.major ?? null,
      canaryMinor: to?.minor ?? null,
      canaryShare: to ? share : 0,
      version: { increment: 1 },
      updatedAt: scope.now(),
    },
  })
  await touch(tx, scope, row)
  await recordRelease(tx, scope, {
    deploymentId: row.id,
    environment: environment.name,
    kind: to ? 'canary_set' : 'canary_stop',
    to: to ?? before!,
    from: servedBy(environment),
    share: to ? share : 0,
  })
}

function touch(tx: Tx, scope: Scope, row: DeploymentRow) {
  const where = { workspaceId: scope.workspaceId, id: row.id }
  return tx.deployment.updateMany({ where, data: { updatedAt: scope.now() } })
}
