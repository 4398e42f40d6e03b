import type { ModelType } from '#lib/models/schema.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { checkConfig, requirePublishable } from './check.ts'
import type { DeploymentConfig } from './config.ts'
import { storeDraft } from './draft.ts'
import type { House } from './house.ts'
import { point } from './point.ts'
import { addVersion } from './publish.ts'
import {
  canaryOf,
  findVersion,
  lockDeployment,
  modelsOf,
  nameOf,
  readConfig,
  servedBy,
  type VersionNumber,
} from './rows.ts'

/**
 * Another model takes the place of one that goes. A version never changes: each one that is served and calls the model
 * gets a successor, which its environments serve. Refused where the other model cannot do what is needed.
 */
export async function repointDeployment(
  house: House,
  tx: Tx,
  scope: Scope,
  refId: string,
  from: string,
  to: string,
): Promise<void> {
  const row = await lockDeployment(tx, scope, refId)
  const draft = readConfig(row.draft!.config)
  if (modelsOf(draft).includes(from)) await storeDraft(tx, scope, row.id, replaceModel(draft, from, to))
  const successors = new Map<string, VersionNumber>()
  const successorOf = async (number: VersionNumber | null): Promise<VersionNumber | null> => {
    if (!number) return null
    const name = nameOf(number)
    const known = successors.get(name)
    if (known) return known
    const version = await findVersion(tx, row, number)
    const config = version && readConfig(version.config)
    if (!config || !modelsOf(config).includes(from)) return number
    const changed = replaceModel(config, from, to)
    requirePublishable(await checkConfig(house, tx, scope, changed, row.type as ModelType), changed)
    const description = `${name} with another model, because one was deleted or replaced`
    const made = await addVersion(tx, scope, row, { config: changed, bump: 'minor', description })
    successors.set(name, made)
    return made
  }
  for (const environment of row.environments) {
    const before = [servedBy(environment), canaryOf(environment)] as const
    const [serves, canary] = [await successorOf(before[0]), await successorOf(before[1])]
    if (!serves || (serves === before[0] && canary === before[1])) continue
    await point(tx, scope, row, { environment: environment.name, to: serves, kind: 'repoint', canary })
  }
}

/** Where the other model stands in a variant already, the one that goes is left out. */
function replaceModel(config: DeploymentConfig, from: string, to: string): DeploymentConfig {
  return {
    ...config,
    variants: config.variants.map((variant) => {
      const model = variant.model === from ? to : variant.model
      const seen = new Set([model])
      const fallbacks = variant.fallbacks
        .map((fallback) => ({ ...fallback, model: fallback.model === from ? to : fallback.model }))
        .filter((fallback) => !seen.has(fallback.model) && seen.add(fallback.model))
      return { ...variant, model, fallbacks }
    }),
  }
}
