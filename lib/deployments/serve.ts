import { z } from 'zod'
import { AppError, invalidInput, notFound } from '#lib/core/errors.ts'
import { findModelFacts } from '#lib/models/index.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { DeploymentEnvironment, DeploymentVersion } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type { DeploymentView } from './answers.ts'
import { changeDeployment, EnvironmentName, ref } from './change.ts'
import { checkConfig, requirePublishable } from './check.ts'
import { claimModels } from './claims.ts'
import { toParts } from './hash.ts'
import type { House } from './house.ts'
import { point, pointCanary } from './point.ts'
import { addVersion } from './publish.ts'
import { servings } from './releases.ts'
import {
  canaryOf,
  type DeploymentRow,
  isSame,
  nameOf,
  readConfig,
  requireDeployment,
  requireVersion,
  servedBy,
  targetOf,
  type VersionNumber,
} from './rows.ts'
import { toDeploymentViews } from './views.ts'

const VersionName = z.string().regex(/^\d{1,6}\.\d{1,6}$/, 'Name a version such as 1.0.')

export const PromoteInput = z.strictObject({
  id: ref,
  /** A version, or an environment whose version it is. */
  from: z.union([VersionName, EnvironmentName]),
  to: EnvironmentName,
})
export type PromoteInput = z.input<typeof PromoteInput>

export const RollbackInput = z.strictObject({
  id: ref,
  environment: EnvironmentName,
  /** Without it: what the environment served before. */
  version: VersionName.optional(),
})
export type RollbackInput = z.input<typeof RollbackInput>

const inEnvironment = { id: ref, environment: EnvironmentName }
const CanaryFields = z.strictObject({
  ...inEnvironment,
  version: VersionName.optional(),
  /** In place of a version: what is served, with this model in its first variant. A version is made of it. */
  model: z.string().min(1, 'Choose a model.').max(256).optional(),
  percent: z
    .number()
    .gt(0, 'More than 0 and below 100.')
    .lt(100, 'More than 0 and below 100.')
    .refine((value) => toParts(value) >= 1 && Math.abs(value * 100 - toParts(value)) < 1e-6, 'At most two decimals.'),
})
/** Of the body; the address names the rest. */
export const SetCanaryBody = namesOne(CanaryFields.omit({ id: true, environment: true }))
export const SetCanaryInput = namesOne(CanaryFields)
export type SetCanaryInput = z.input<typeof SetCanaryInput>
export const EnvironmentInput = z.strictObject(inEnvironment)
export type EnvironmentInput = z.input<typeof EnvironmentInput>

/** Lets an environment serve a version that exists. Developers. Refused as `not_publishable` where a model cannot do it by now. */
export async function promote(house: House, scope: Scope, input: PromoteInput): Promise<DeploymentView> {
  requireRole(scope, 'developer')
  const { id, from, to } = parseInput(PromoteInput, input)
  return change(scope, id, async (tx, row) => {
    const version = await versionAt(tx, row, from)
    await requireStillFits(house, tx, scope, row, version)
    await serve(tx, scope, row, { environment: to, version, kind: 'promote' })
  })
}

/** Lets an environment serve what it served before, or another version. Developers. */
export async function rollback(house: House, scope: Scope, input: RollbackInput): Promise<DeploymentView> {
  requireRole(scope, 'developer')
  const { id, environment, version: wanted } = parseInput(RollbackInput, input)
  return change(scope, id, async (tx, row) => {
    requireEnvironment(row, environment)
    const name = wanted ?? (await servings(tx, scope, [row.id])).get(`${row.id} ${environment}`)?.before
    if (!name)
      throw new AppError({
        kind: 'conflict',
        code: 'nothing_before',
        message: `${environment} has served no other version before.`,
      })
    const version = await requireVersion(tx, row, name)
    await requireStillFits(house, tx, scope, row, version)
    await serve(tx, scope, row, { environment, version, kind: 'rollback' })
  })
}

function namesOne<Schema extends z.ZodType<{ version?: string | undefined; model?: string | undefined }>>(
  schema: Schema,
) {
  return schema.refine(({ version, model }) => (version === undefined) !== (model === undefined), {
    error: 'Name a version or a model, one of both.',
    path: ['version'],
  })
}

/**
 * Sends a part of an environment's calls to a second version; the same identities and threads stay there as it grows.
 * With a model in place of a version: to what is served with that model in its first variant, made a version first; the
 * draft stays as it is. Developers.
 */
export async function setCanary(house: House, scope: Scope, input: SetCanaryInput): Promise<DeploymentView> {
  requireRole(scope, 'developer')
  const { id, environment: name, version: wanted, model, percent } = parseInput(SetCanaryInput, input)
  return change(scope, id, async (tx, row) => {
    const environment = requireEnvironment(row, name)
    const serves = servedBy(environment)
    const refuse = refuser(model === undefined ? 'version' : 'model')
    if (!serves) throw refuse(`${name} serves nothing yet: publish to it instead.`)
    const to = await (model === undefined ? existing(wanted!) : withModel(serves, model))
    await pointCanary(tx, scope, row, { environment, to, share: toParts(percent) })
    await audit(tx, scope, row, 'canary', { environment: name, version: nameOf(to), percent })

    async function existing(wanted: string): Promise<VersionNumber> {
      const version = await requireVersion(tx, row, wanted)
      if (isSame(serves, version)) throw refuse(`${name} serves ${wanted} already.`)
      await requireStillFits(house, tx, scope, row, version)
      return { major: version.major, minor: version.minor }
    }

    async function withModel(served: VersionNumber, address: string): Promise<VersionNumber> {
      const before = readConfig((await requireVersion(tx, row, nameOf(served))).config)
      const [first, ...others] = before.variants
      const facts = (await findModelFacts(tx, scope, [address])).get(address)
      if (!first || !facts) throw refuse('There is no such model.')
      if (first.model === facts.id) throw refuse(`This model answers in ${name} already.`)
      const fallbacks = first.fallbacks.filter((each) => each.model !== facts.id)
      const config = { ...before, variants: [{ ...first, model: facts.id, fallbacks }, ...others] }
      requirePublishable(await checkConfig(house, tx, scope, config, row.type as ModelType), config)
      const description = `${nameOf(served)} with another model in “${first.name}”`
      return addVersion(tx, scope, row, { config, bump: 'minor', description })
    }
  })
}

const refuser = (field: string) => (message: string) => invalidInput(message, { [field]: message })

/** The environment serves its canary alone from now on. Developers. */
export async function promoteCanary(house: House, scope: Scope, input: EnvironmentInput): Promise<DeploymentView> {
  requireRole(scope, 'developer')
  const { id, environment } = parseInput(EnvironmentInput, input)
  return change(scope, id, async (tx, row) => {
    const canary = requireCanary(requireEnvironment(row, environment))
    const version = await requireVersion(tx, row, nameOf(canary))
    await requireStillFits(house, tx, scope, row, version)
    await serve(tx, scope, row, { environment, version, kind: 'canary_promote' })
  })
}

/** All calls go to the environment's own version again. Developers. */
export async function stopCanary(scope: Scope, input: EnvironmentInput): Promise<DeploymentView> {
  requireRole(scope, 'developer')
  const { id, environment: name } = parseInput(EnvironmentInput, input)
  return change(scope, id, async (tx, row) => {
    const environment = requireEnvironment(row, name)
    const version = nameOf(requireCanary(environment))
    await pointCanary(tx, scope, row, { environment, to: null, share: 0 })
    await audit(tx, scope, row, 'canary_stop', { environment: name, version })
  })
}

/** Takes an environment of one's own away; calls that name it are refused. Developers. */
export async function deleteEnvironment(scope: Scope, input: EnvironmentInput): Promise<void> {
  requireRole(scope, 'developer')
  const { id, environment: name } = parseInput(EnvironmentInput, input)
  await changeDeployment(scope, id, async (tx, row) => {
    const environment = requireEnvironment(row, name)
    if (name === 'production' || name === 'staging')
      throw invalidInput(`${name} is always there.`, { environment: `${name} is always there.` })
    await tx.deploymentEnvironment.deleteMany({ where: { workspaceId: scope.workspaceId, deploymentId: row.id, name } })
    await claimModels(tx, scope, row)
    const serves = servedBy(environment)
    await audit(tx, scope, row, 'environment_delete', { environment: name, version: serves && nameOf(serves) })
  })
}

async function change(
  scope: Scope,
  id: string,
  work: (tx: Tx, row: DeploymentRow) => Promise<void>,
): Promise<DeploymentView> {
  return changeDeployment(scope, id, async (tx, row) => {
    await work(tx, row)
    await claimModels(tx, scope, row)
    return (await toDeploymentViews(tx, scope, [await requireDeployment(tx, scope, row.id)]))[0]!
  })
}

async function serve(
  tx: Tx,
  scope: Scope,
  row: DeploymentRow,
  {
    environment,
    version,
    kind,
  }: { environment: string; version: DeploymentVersion; kind: 'promote' | 'rollback' | 'canary_promote' },
): Promise<void> {
  const to = { major: version.major, minor: version.minor }
  const standing = row.environments.find(({ name }) => name === environment)
  const serves = standing ? servedBy(standing) : null
  if (isSame(serves, to)) {
    const message = `${environment} serves ${nameOf(to)} already.`
    throw new AppError({ kind: 'conflict', code: 'nothing_new', message })
  }
  await point(tx, scope, row, { environment, to, kind })
  await audit(tx, scope, row, kind, { environment, version: nameOf(to), before: serves && nameOf(serves) })
}

async function versionAt(tx: Tx, row: DeploymentRow, from: string): Promise<DeploymentVersion> {
  if (/^\d/.test(from)) return requireVersion(tx, row, from)
  const serves = servedBy(requireEnvironment(row, from))
  if (!serves) throw invalidInput(`${from} serves nothing yet.`, { from: `${from} serves nothing yet.` })
  return requireVersion(tx, row, nameOf(serves))
}

/** What could be published once may not be able to serve by now: a model is gone, disabled, or has lost something. */
async function requireStillFits(
  house: House,
  tx: Tx,
  scope: Scope,
  row: DeploymentRow,
  version: DeploymentVersion,
): Promise<void> {
  const config = readConfig(version.config)
  requirePublishable(await checkConfig(house, tx, scope, config, row.type as ModelType), config)
}

function requireEnvironment(row: DeploymentRow, name: string): DeploymentEnvironment {
  const found = row.environments.find((each) => each.name === name)
  if (!found) throw notFound('Environment')
  return found
}

function requireCanary(environment: DeploymentEnvironment) {
  const canary = canaryOf(environment)
  if (!canary) {
    const message = `${environment.name} has no canary.`
    throw new AppError({ kind: 'conflict', code: 'no_canary', message })
  }
  return canary
}

function audit(tx: Tx, scope: Scope, row: DeploymentRow, what: string, after: Record<string, unknown>): Promise<void> {
  return recordAudit(tx, scope, { action: `deployment.${what}`, target: targetOf(row), after })
}
