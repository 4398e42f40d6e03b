import { z } from 'zod'
import { AppError } from '#lib/core/errors.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type { PublishedView } from './answers.ts'
import { changeDeployment, Description, EnvironmentName, ref, version } from './change.ts'
import { checkConfig, requirePublishable } from './check.ts'
import { claimModels } from './claims.ts'
import type { DeploymentConfig } from './config.ts'
import type { House } from './house.ts'
import { point } from './point.ts'
import {
  type DeploymentRow,
  isSameConfig,
  latestVersion,
  nameOf,
  readConfig,
  targetOf,
  type VersionNumber,
} from './rows.ts'
import { toDraftView } from './views.ts'
import { defaultEnvironment } from './vocabulary.ts'

const versionsMax = 2_000

export const PublishInput = z.strictObject({
  id: ref,
  /** Of the draft, as it was read: nobody publishes what they have not seen. */
  draftVersion: version,
  environment: EnvironmentName.default(defaultEnvironment),
  bump: z.enum(['major', 'minor']).default('minor'),
  /** What is new. */
  description: Description.default(''),
})
export type PublishInput = z.input<typeof PublishInput>

/**
 * Makes a version of the draft and lets an environment serve it: calls get it within seconds, everywhere. Developers.
 * Errors: `not_publishable` (400) with every reason, `stale_version` (409) with the draft as it stands, `nothing_new`
 * (409) where the newest version is the same.
 */
export async function publish(house: House, scope: Scope, input: PublishInput): Promise<PublishedView> {
  requireRole(scope, 'developer')
  const { id, draftVersion, environment, bump, description } = parseInput(PublishInput, input)
  const done = await changeDeployment(scope, id, async (tx, row) => {
    if (draftVersion !== row.draft!.version) return { stale: await toDraftView(tx, scope, row) }
    const config = readConfig(row.draft!.config)
    const check = await checkConfig(house, tx, scope, config, row.type as ModelType)
    requirePublishable(check, config)
    const latest = await latestVersion(tx, row)
    if (latest && isSameConfig(config, readConfig(latest.config)))
      throw new AppError({
        kind: 'conflict',
        code: 'nothing_new',
        message: `The draft is the same as version ${nameOf(latest)}. Promote that one instead.`,
      })
    const made = await addVersion(tx, scope, row, { config, bump, description })
    await point(tx, scope, row, { environment, to: made, kind: 'publish' })
    await claimModels(tx, scope, row)
    await recordAudit(tx, scope, {
      action: 'deployment.publish',
      target: targetOf(row),
      after: { version: nameOf(made), environment, description },
    })
    const adapted = check.findings
    return { published: { version: nameOf(made), environment, adapted } }
  })
  if (done.published) return done.published
  throw new AppError({
    kind: 'conflict',
    code: 'stale_version',
    message: `${done.stale!.savedBy || 'Somebody else'} changed the draft since you opened it. Look at it before you publish.`,
    details: { current: done.stale },
  })
}

/** The next version after the newest one; 1.0 is the first. */
export async function addVersion(
  tx: Tx,
  scope: Scope,
  row: DeploymentRow,
  made: { config: DeploymentConfig; bump: 'major' | 'minor'; description: string },
): Promise<VersionNumber> {
  const { workspaceId } = scope
  const latest = await latestVersion(tx, row)
  const number = !latest
    ? { major: 1, minor: 0 }
    : made.bump === 'major'
      ? { major: latest.major + 1, minor: 0 }
      : { major: latest.major, minor: latest.minor + 1 }
  const count = await tx.deploymentVersion.count({ where: { workspaceId, deploymentId: row.id } })
  if (count >= versionsMax) {
    const message = `At most ${versionsMax.toLocaleString('en')} versions. Duplicate the deployment to go on.`
    throw new AppError({ kind: 'conflict', code: 'too_many_versions', message })
  }
  await tx.deploymentVersion.create({
    data: {
      workspaceId,
      deploymentId: row.id,
      ...number,
      config: made.config as unknown as Prisma.InputJsonObject,
      description: made.description,
      createdBy: scope.actor.id,
      createdAt: scope.now(),
    },
    select: { major: true },
  })
  return number
}
