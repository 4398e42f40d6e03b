import { findModelFacts, makerNames } from '#lib/models/index.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { DeploymentEnvironment } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { DeploymentView, DraftView, EnvironmentView } from './answers.ts'
import { type Serving, servings } from './releases.ts'
import {
  canaryOf,
  type DeploymentRow,
  isSameConfig,
  latestVersion,
  modelsOf,
  nameOf,
  readConfig,
  servedBy,
  servedVersions,
  type VersionNumber,
} from './rows.ts'
import { presetEnvironments } from './vocabulary.ts'

export async function toDeploymentViews(
  tx: Tx,
  scope: Scope,
  rows: readonly DeploymentRow[],
): Promise<DeploymentView[]> {
  const views: DeploymentView[] = []
  const makers = await makerNames(
    tx,
    scope.workspaceId,
    rows.flatMap(({ createdBy, draft }) => [createdBy, draft?.savedBy ?? null]),
  )
  const ways = await servings(
    tx,
    scope,
    rows.map(({ id }) => id),
  )
  const versions = await versionsInUse(tx, scope, rows)
  const drafts = new Map(rows.map((row) => [row.id, row.draft ? readConfig(row.draft.config) : null]))
  const idsOf = (row: DeploymentRow) => {
    const draft = drafts.get(row.id)
    return [...(draft ? [draft] : []), ...versions.served(row)].flatMap(modelsOf)
  }
  const models = await findModelFacts(tx, scope, rows.flatMap(idsOf))
  for (const row of rows) {
    const latest = versions.latest(row)
    const draft = drafts.get(row.id) ?? null
    views.push({
      id: row.id,
      key: row.key,
      formerKeys: row.formerKeys,
      type: row.type as ModelType,
      description: row.description,
      version: row.version,
      environments: inOrder(row.environments).map((environment) => toEnvironmentView(environment, ways)),
      latest: latest && nameOf(latest),
      models: [...new Set(idsOf(row))].flatMap((id) => {
        const model = models.get(id)
        return model ? [{ id, slug: model.slug, name: model.name, state: model.state }] : []
      }),
      changed: !latest || (draft !== null && !isSameConfig(draft, readConfig(latest.config))),
      draftSavedBy: makers.get(row.draft?.savedBy ?? '') ?? '',
      draftSavedAt: (row.draft?.savedAt ?? row.createdAt).toISOString(),
      createdBy: makers.get(row.createdBy ?? '') ?? '',
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
    })
  }
  return views
}

/** The newest version of each deployment and those that its environments serve, read at once. */
async function versionsInUse(tx: Tx, scope: Scope, rows: readonly DeploymentRow[]) {
  const { workspaceId } = scope
  const newest = await tx.$queryRaw<({ deployment_id: string } & VersionNumber)[]>`
    SELECT DISTINCT ON (deployment_id) deployment_id, major, minor FROM deployment_versions
     WHERE workspace_id = ${workspaceId} AND deployment_id = ANY(${rows.map(({ id }) => id)})
     ORDER BY deployment_id, major DESC, minor DESC`
  const wanted = [
    ...newest.map(({ deployment_id: deploymentId, major, minor }) => ({ deploymentId, major, minor })),
    ...rows.flatMap(({ id, environments }) =>
      servedVersions(environments).map((each) => ({ deploymentId: id, ...each })),
    ),
  ]
  const found = wanted.length === 0 ? [] : await tx.deploymentVersion.findMany({ where: { workspaceId, OR: wanted } })
  const configs = new Map(found.map((each) => [`${each.deploymentId} ${nameOf(each)}`, each]))
  const latestOf = new Map(newest.map((each) => [each.deployment_id, each]))
  return {
    latest(row: DeploymentRow) {
      const number = latestOf.get(row.id)
      return number ? (configs.get(`${row.id} ${nameOf(number)}`) ?? null) : null
    },
    served: (row: DeploymentRow) =>
      servedVersions(row.environments).flatMap((number) => {
        const version = configs.get(`${row.id} ${nameOf(number)}`)
        return version ? [readConfig(version.config)] : []
      }),
  }
}

export function toEnvironmentView(row: DeploymentEnvironment, ways: ReadonlyMap<string, Serving>): EnvironmentView {
  const serves = servedBy(row)
  const canary = canaryOf(row)
  const way = ways.get(`${row.deploymentId} ${row.name}`)
  return {
    name: row.name,
    serves: serves && nameOf(serves),
    canary: canary && { version: nameOf(canary), percent: row.canaryShare / 100 },
    since: serves && (way?.since ?? row.updatedAt).toISOString(),
    rollsBackTo: way?.before ?? null,
    version: row.version,
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** Production last but one's own first: as they are promoted, own ones by name. */
function inOrder(rows: readonly DeploymentEnvironment[]): DeploymentEnvironment[] {
  const preset: readonly string[] = presetEnvironments
  const place = (name: string) => (preset.includes(name) ? preset.indexOf(name) + 1 : 0)
  return [...rows].sort((a, b) => place(a.name) - place(b.name) || (a.name < b.name ? -1 : 1))
}

export async function toDraftView(tx: Tx, scope: Scope, row: DeploymentRow): Promise<DraftView> {
  const draft = row.draft!
  const latest = await latestVersion(tx, row)
  const makers = await makerNames(tx, scope.workspaceId, [draft.savedBy])
  const config = readConfig(draft.config)
  return {
    config,
    version: draft.version,
    savedBy: makers.get(draft.savedBy ?? '') ?? '',
    savedAt: draft.savedAt.toISOString(),
    changed: !latest || !isSameConfig(config, readConfig(latest.config)),
  }
}
