import { notFound } from '#lib/core/errors.ts'
import { isId } from '#lib/core/ids.ts'
import type {
  Deployment,
  DeploymentDraft,
  DeploymentEnvironment,
  DeploymentVersion,
} from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { DeploymentConfig } from './config.ts'

/** A deployment with everything but its versions' contents. */
export type DeploymentRow = Deployment & { draft: DeploymentDraft | null; environments: DeploymentEnvironment[] }

export interface VersionNumber {
  major: number
  minor: number
}

const included = { draft: true, environments: true }

/** A living deployment by its id or key, also a former one. The same error for what is absent and what is foreign. */
export async function requireDeployment(tx: Tx, scope: Scope, name: unknown): Promise<DeploymentRow> {
  const { workspaceId } = scope
  if (typeof name !== 'string' || name.length === 0 || name.length > 256) throw notFound('Deployment')
  const living = { workspaceId, deletedAt: null }
  const found = isId('dep', name)
    ? await tx.deployment.findFirst({ where: { ...living, id: name }, include: included })
    : ((await tx.deployment.findFirst({ where: { ...living, key: name }, include: included })) ??
      (await tx.deployment.findFirst({ where: { ...living, formerKeys: { has: name } }, include: included })))
  if (!found) throw notFound('Deployment')
  return found
}

/** The same, its row locked until the end of the transaction: changes of one deployment follow each other. */
export async function lockDeployment(tx: Tx, scope: Scope, name: unknown): Promise<DeploymentRow> {
  const { id } = await requireDeployment(tx, scope, name)
  await tx.$queryRaw`SELECT 1 FROM deployments WHERE workspace_id = ${scope.workspaceId} AND id = ${id} FOR UPDATE`
  return requireDeployment(tx, scope, id)
}

/** What is stored went through the schema; what an older release stored gets today's defaults. */
export function readConfig(stored: unknown): DeploymentConfig {
  return DeploymentConfig.parse(stored)
}

export function nameOf({ major, minor }: VersionNumber): string {
  return `${major}.${minor}`
}

/** Null where it is no name of a version. */
export function parseVersion(name: string): VersionNumber | null {
  const match = /^(\d{1,6})\.(\d{1,6})$/.exec(name)
  return match && { major: Number(match[1]), minor: Number(match[2]) }
}

export function servedBy(row: DeploymentEnvironment): VersionNumber | null {
  return row.major === null ? null : { major: row.major, minor: row.minor! }
}

export function canaryOf(row: DeploymentEnvironment): VersionNumber | null {
  return row.canaryMajor === null ? null : { major: row.canaryMajor, minor: row.canaryMinor! }
}

export function isSame(one: VersionNumber | null, other: VersionNumber | null): boolean {
  return one?.major === other?.major && one?.minor === other?.minor
}

/** The versions that callers of any environment may meet. */
export function servedVersions(environments: readonly DeploymentEnvironment[]): VersionNumber[] {
  const names = new Map<string, VersionNumber>()
  for (const row of environments)
    for (const each of [servedBy(row), canaryOf(row)]) if (each) names.set(nameOf(each), each)
  return [...names.values()]
}

export function findVersion(
  tx: Tx,
  row: Pick<DeploymentRow, 'workspaceId' | 'id'>,
  number: VersionNumber,
): Promise<DeploymentVersion | null> {
  return tx.deploymentVersion.findUnique({
    where: {
      workspaceId_deploymentId_major_minor: { workspaceId: row.workspaceId, deploymentId: row.id, ...number },
    },
  })
}

export async function requireVersion(
  tx: Tx,
  row: Pick<DeploymentRow, 'workspaceId' | 'id'>,
  name: string,
): Promise<DeploymentVersion> {
  const number = parseVersion(name)
  const found = number && (await findVersion(tx, row, number))
  if (!found) throw notFound(`Version ${name.slice(0, 20)}`)
  return found
}

export function latestVersion(
  tx: Tx,
  row: Pick<DeploymentRow, 'workspaceId' | 'id'>,
): Promise<DeploymentVersion | null> {
  return tx.deploymentVersion.findFirst({
    where: { workspaceId: row.workspaceId, deploymentId: row.id },
    orderBy: [{ major: 'desc' }, { minor: 'desc' }],
  })
}

/** The ids of every model that a configuration may call, each once. */
export function modelsOf(config: DeploymentConfig): string[] {
  return [
    ...new Set(
      config.variants
        .flatMap(({ model, fallbacks }) => [model, ...fallbacks.map((fallback) => fallback.model)])
        .filter((id) => id !== ''),
    ),
  ]
}

/** Equal where nothing that a call could notice differs. */
export function isSameConfig(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}

// jsonb keeps no order of names.
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}

export function targetOf(row: Pick<DeploymentRow, 'id' | 'key'>) {
  return { kind: 'deployment', id: row.id, label: row.key }
}
