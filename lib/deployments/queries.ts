import { z } from 'zod'
import { invalidInput, notFound } from '#lib/core/errors.ts'
import { type Page, PageInput } from '#lib/core/page.ts'
import { makerNames } from '#lib/models/index.ts'
import { ModelType } from '#lib/models/schema.ts'
import type { DeploymentEnvironment, DeploymentVersion, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, requireRead, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type {
  DeploymentView,
  DiffView,
  ReleaseView,
  TriedContextView,
  VersionDetailView,
  VersionView,
} from './answers.ts'
import { ref } from './change.ts'
import { DeploymentConfig as ConfigSchema, type DeploymentConfig } from './config.ts'
import { diffConfigs } from './diff.ts'
import { toReleaseView } from './releases.ts'
import {
  canaryOf,
  type DeploymentRow,
  isSame,
  nameOf,
  parseVersion,
  readConfig,
  requireDeployment,
  requireVersion,
  servedBy,
} from './rows.ts'
import { tryRouting } from './try-context.ts'
import { toDeploymentViews } from './views.ts'

export const ListDeploymentsInput = PageInput.extend({
  /** In key, former keys or description. */
  search: z.string().max(256).optional(),
  type: ModelType.optional(),
  /** Those that use this model. */
  model: z.string().max(64).optional(),
  sort: z.enum(['key', '-key', 'createdAt', '-createdAt', 'updatedAt', '-updatedAt']).default('-updatedAt'),
})
export type ListDeploymentsInput = z.input<typeof ListDeploymentsInput>

const included = { draft: true, environments: true }

/** The workspace's deployments: searched, sorted, by pages. Every member may read. */
export async function listDeployments(
  scope: Scope,
  input: ListDeploymentsInput = {},
): Promise<Page<DeploymentView> & { total: number }> {
  requireRead(scope)
  const { search, type, model, sort, cursor, limit } = parseInput(ListDeploymentsInput, input)
  const { workspaceId } = scope
  const where: Prisma.DeploymentWhereInput[] = [{ workspaceId, deletedAt: null }]
  if (type) where.push({ type })
  const text = search?.trim()
  if (text) {
    const contains = { contains: text, mode: 'insensitive' as const }
    where.push({ OR: [{ key: contains }, { description: contains }, { formerKeys: { has: text } }] })
  }
  const field = sort.replace('-', '') as 'key' | 'createdAt' | 'updatedAt'
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const after = cursor === undefined ? [] : [afterCursor(cursor, field, direction)]
  return scope.tx(async (tx) => {
    if (model !== undefined) {
      const uses = await tx.modelUse.findMany({ where: { workspaceId, kind: 'deployment', modelId: model } })
      where.push({ id: { in: uses.map(({ refId }) => refId) } })
    }
    const total = await tx.deployment.count({ where: { AND: where } })
    const rows = await tx.deployment.findMany({
      where: { AND: [...where, ...after] },
      orderBy: [{ [field]: direction }, { id: direction }],
      take: limit + 1,
      include: included,
    })
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return {
      items: await toDeploymentViews(tx, scope, page),
      total,
      ...(rows.length > limit && last && { nextCursor: cursorOf(last, field) }),
    }
  })
}

function cursorOf(row: DeploymentRow, field: 'key' | 'createdAt' | 'updatedAt'): string {
  const value = field === 'key' ? row.key : row[field].toISOString()
  return Buffer.from(JSON.stringify([value, row.id])).toString('base64url')
}

function afterCursor(
  cursor: string,
  field: 'key' | 'createdAt' | 'updatedAt',
  direction: 'asc' | 'desc',
): Prisma.DeploymentWhereInput {
  const read = z.tuple([z.string().max(256), z.string().max(64)]).safeParse(parseJson(cursor))
  if (!read.success || (field !== 'key' && Number.isNaN(Date.parse(read.data[0]))))
    throw invalidInput('This page does not exist. Start from the first one.', { cursor: 'Unknown cursor.' })
  const [text, id] = read.data
  const value = field === 'key' ? text : new Date(text)
  const beyond = direction === 'asc' ? 'gt' : 'lt'
  return { OR: [{ [field]: { [beyond]: value } }, { [field]: value, id: { [beyond]: id } }] }
}

function parseJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/** One deployment by id or key, also a former one. */
export async function getDeployment(scope: Scope, input: { id: string }): Promise<DeploymentView> {
  requireRead(scope)
  return scope.tx(async (tx) => {
    const row = await requireDeployment(tx, scope, input.id)
    return (await toDeploymentViews(tx, scope, [row]))[0]!
  })
}

export const ListVersionsInput = PageInput.extend({ id: ref })
export type ListVersionsInput = z.input<typeof ListVersionsInput>

/** The versions of a deployment, newest first. */
export async function listVersions(scope: Scope, input: ListVersionsInput): Promise<Page<VersionView>> {
  requireRead(scope)
  const { id, cursor, limit } = parseInput(ListVersionsInput, input)
  const before = cursor === undefined ? null : parseVersion(cursor)
  if (cursor !== undefined && !before)
    throw invalidInput('This page does not exist. Start from the first one.', { cursor: 'Unknown cursor.' })
  return scope.tx(async (tx) => {
    const row = await requireDeployment(tx, scope, id)
    const rows = await tx.deploymentVersion.findMany({
      where: {
        workspaceId: scope.workspaceId,
        deploymentId: row.id,
        ...(before && { OR: [{ major: { lt: before.major } }, { major: before.major, minor: { lt: before.minor } }] }),
      },
      orderBy: [{ major: 'desc' }, { minor: 'desc' }],
      take: limit + 1,
    })
    const page = rows.slice(0, limit)
    const items = await toVersionViews(tx, scope, row.environments, page)
    return { items, ...(rows.length > limit && { nextCursor: nameOf(page.at(-1)!) }) }
  })
}

/** One version with everything in it. */
export async function getVersion(scope: Scope, input: { id: string; version: string }): Promise<VersionDetailView> {
  requireRead(scope)
  const { id, version: name } = parseInput(z.object({ id: ref, version: z.string().max(20) }), input)
  return scope.tx(async (tx) => {
    const row = await requireDeployment(tx, scope, id)
    const version = await requireVersion(tx, row, name)
    const [view] = await toVersionViews(tx, scope, row.environments, [version])
    return { ...view!, config: readConfig(version.config) }
  })
}

async function toVersionViews(
  tx: Tx,
  scope: Scope,
  environments: readonly DeploymentEnvironment[],
  rows: readonly DeploymentVersion[],
): Promise<VersionView[]> {
  const makers = await makerNames(
    tx,
    scope.workspaceId,
    rows.map(({ createdBy }) => createdBy),
  )
  const names = (found: DeploymentEnvironment[]) => found.map(({ name }) => name).sort()
  return rows.map((row) => ({
    version: nameOf(row),
    description: row.description,
    createdBy: makers.get(row.createdBy ?? '') ?? '',
    createdAt: row.createdAt.toISOString(),
    environments: names(environments.filter((each) => isSame(servedBy(each), row))),
    canaryOf: names(environments.filter((each) => isSame(canaryOf(each), row))),
  }))
}

export const ListReleasesInput = PageInput.extend({ id: ref, environment: z.string().max(64).optional() })
export type ListReleasesInput = z.input<typeof ListReleasesInput>

/** Which environment came to serve what, newest first. */
export async function listReleases(scope: Scope, input: ListReleasesInput): Promise<Page<ReleaseView>> {
  requireRead(scope)
  const { id, environment, cursor, limit } = parseInput(ListReleasesInput, input)
  return scope.tx(async (tx) => {
    const row = await requireDeployment(tx, scope, id)
    const rows = await tx.deploymentRelease.findMany({
      where: {
        workspaceId: scope.workspaceId,
        deploymentId: row.id,
        ...(environment !== undefined && { environment }),
        ...(cursor !== undefined && { id: { lt: cursor } }),
      },
      // Ids of one deployment follow its lock, and so each other.
      orderBy: { id: 'desc' },
      take: limit + 1,
    })
    const items = rows.slice(0, limit).map(toReleaseView)
    return { items, ...(rows.length > limit && { nextCursor: items.at(-1)!.id }) }
  })
}

/** `draft`, a version, or an environment whose version it is. */
const Source = z.string().min(1).max(64)

export const DiffInput = z.strictObject({ id: ref, from: Source, to: Source })
export type DiffInput = z.input<typeof DiffInput>

/** What differs between two versions, or a version and the draft. */
export async function diffDeployment(scope: Scope, input: DiffInput): Promise<DiffView> {
  requireRead(scope)
  const { id, from, to } = parseInput(DiffInput, input)
  return scope.tx(async (tx) => {
    const row = await requireDeployment(tx, scope, id)
    const [before, after] = [await configAt(tx, row, from), await configAt(tx, row, to)]
    return { from: before.name, to: after.name, sections: diffConfigs(before.config, after.config) }
  })
}

const Context = z
  .record(z.string().max(128), z.unknown())
  .refine((context) => JSON.stringify(context).length <= 20_000, 'At most 20,000 characters.')

export const TryContextInput = z.strictObject({
  id: ref,
  /** Whose routing: `draft`, a version or an environment. */
  source: Source.default('draft'),
  /** One that is not saved yet, in place of `source`. */
  config: ConfigSchema.optional(),
  context: Context.default({}),
  identity: z.string().max(256).optional(),
  thread: z.string().max(256).optional(),
})
export type TryContextInput = z.input<typeof TryContextInput>

/** Which variant answers a call with this context, and why. */
export async function tryContext(scope: Scope, input: TryContextInput): Promise<TriedContextView> {
  requireRead(scope)
  const { id, source, config: given, context, identity, thread } = parseInput(TryContextInput, input)
  return scope.tx(async (tx) => {
    const row = await requireDeployment(tx, scope, id)
    const unit = identity ?? thread ?? ''
    const environment = row.environments.find(({ name }) => name === source) ?? null
    const { name, config } = given ? { name: 'draft', config: given } : await configAt(tx, row, source)
    const canary = environment && canaryOf(environment)
    const serving = async () => readConfig((await requireVersion(tx, row, nameOf(canary!))).config)
    return tryRouting(
      {
        name,
        config,
        canary: canary ? { name: nameOf(canary), share: environment.canaryShare, config: await serving() } : null,
      },
      { deploymentId: row.id, environment: environment?.name ?? null, context, unit },
    )
  })
}

async function configAt(
  tx: Tx,
  row: DeploymentRow,
  source: string,
): Promise<{ name: string; config: DeploymentConfig }> {
  if (source === 'draft') return { name: 'draft', config: readConfig(row.draft!.config) }
  const environment = row.environments.find(({ name }) => name === source)
  const serves = environment && servedBy(environment)
  if (environment && !serves) throw notFound(`A version in ${source}`)
  const name = serves ? nameOf(serves) : source
  return { name, config: readConfig((await requireVersion(tx, row, name)).config) }
}
