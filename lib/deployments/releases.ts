import { newId } from '#lib/core/ids.ts'
import type { DeploymentRelease } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { ReleaseView } from './answers.ts'
import { nameOf, type VersionNumber } from './rows.ts'
import type { releaseKinds } from './vocabulary.ts'

type Kind = (typeof releaseKinds)[number]

/** Puts one line to the history of an environment, in the transaction of the change itself. */
export async function recordRelease(
  tx: Tx,
  scope: Scope,
  release: {
    deploymentId: string
    environment: string
    kind: Kind
    to: VersionNumber
    from: VersionNumber | null
    share?: number
  },
): Promise<void> {
  const at = scope.now()
  const { deploymentId, environment, kind, to, from, share = 0 } = release
  await tx.deploymentRelease.create({
    data: {
      id: newId('rel', at.getTime()),
      workspaceId: scope.workspaceId,
      deploymentId,
      environment,
      kind,
      major: to.major,
      minor: to.minor,
      fromMajor: from?.major ?? null,
      fromMinor: from?.minor ?? null,
      share,
      actorId: scope.actor.id,
      actorLabel: scope.actor.label,
      at,
    },
    select: { id: true },
  })
}

const lookedBack = 100

export interface Serving {
  /** When the environment came to serve what it serves. */
  since: Date
  /** What a rollback leads to; undefined where there is nothing to go back to. */
  before: string | undefined
}

/**
 * How environments came to what they serve, by `<deployment> <environment>`. A rollback leads to the version served before
 * the present one: it is a step back, so a second one goes further back and not forth again. Canaries change nothing of it.
 */
export async function servings(tx: Tx, scope: Scope, ids: readonly string[]): Promise<Map<string, Serving>> {
  const rows = await tx.$queryRaw<{ place: string; kind: string; major: number; minor: number; at: Date }[]>`
    SELECT place, kind, major, minor, at FROM (
      SELECT deployment_id || ' ' || environment AS place, kind, major, minor, at, id,
             row_number() OVER (PARTITION BY deployment_id, environment ORDER BY at DESC, id DESC) AS back
        FROM deployment_releases
       WHERE workspace_id = ${scope.workspaceId} AND deployment_id = ANY(${[...ids]}) AND kind NOT IN ('canary_set', 'canary_stop')
    ) r WHERE back <= ${lookedBack} ORDER BY at, id`
  const places = new Map<string, { stack: string[]; since: Date }>()
  for (const row of rows) {
    const known = places.get(row.place)
    const stack = step(known?.stack ?? [], row)
    const isSame = known !== undefined && known.stack.at(-1) === stack.at(-1)
    places.set(row.place, { stack, since: isSame ? known.since : row.at })
  }
  return new Map([...places].map(([place, { stack, since }]) => [place, { since, before: stack.at(-2) }]))
}

function step(stack: string[], row: Pick<DeploymentRelease, 'kind' | 'major' | 'minor'>): string[] {
  const name = nameOf(row)
  if (row.kind === 'rollback') {
    const at = stack.lastIndexOf(name)
    if (at >= 0) return stack.slice(0, at + 1)
  }
  return stack.at(-1) === name ? stack : [...stack, name]
}

export function toReleaseView(row: DeploymentRelease): ReleaseView {
  return {
    id: row.id,
    environment: row.environment,
    kind: row.kind as Kind,
    version: nameOf(row),
    from: row.fromMajor === null ? null : `${row.fromMajor}.${row.fromMinor}`,
    percent: row.share > 0 ? row.share / 100 : null,
    by: row.actorLabel,
    at: row.at.toISOString(),
  }
}
