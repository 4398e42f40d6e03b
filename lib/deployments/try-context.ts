import type { TriedContextView } from './answers.ts'
import type { DeploymentConfig } from './config.ts'
import { placeOf } from './hash.ts'
import { type Context, explain, routeContext } from './routing.ts'

interface Asked {
  deploymentId: string
  /** Null where the call names a version. */
  environment: string | null
  context: Context
  /** Identity or thread. */
  unit: string
}

/** What a split of versions and variants is salted with: people who are first in one are not first everywhere. */
export const variantSalt = (deploymentId: string) => deploymentId
export const canarySalt = (deploymentId: string, environment: string) => `${deploymentId} ${environment} canary`

/** The environment is a field of the context like any other. */
export function contextOf({ context, environment }: Pick<Asked, 'context' | 'environment'>): Context {
  return environment === null ? context : { ...context, environment }
}

/** Says which variant answers, with every row and condition judged. */
export function tryRouting(
  version: {
    name: string
    config: DeploymentConfig
    canary: { name: string; share: number; config: DeploymentConfig } | null
  },
  asked: Asked,
): TriedContextView {
  const { canary } = version
  const place = canary && placeOf(`${canarySalt(asked.deploymentId, asked.environment ?? '')} ${asked.unit}`)
  const isCanary = canary !== null && place! < canary.share
  const { config, name } = isCanary ? canary : version
  const context = contextOf(asked)
  const routed = routeContext(config.routing, context, asked.unit, variantSalt(asked.deploymentId))
  return {
    version: name,
    variant: routed.variant || config.variants[0]!.name,
    row: routed.row,
    place: routed.place === null ? null : routed.place / 100,
    canary: canary && { version: canary.name, percent: canary.share / 100, place: place! / 100, taken: isCanary },
    rows: config.routing.rows.map(({ conditions }) => {
      const judged = conditions.map((condition) => explain(condition, context))
      return {
        matches: judged.every((why) => why === null),
        conditions: judged.map((why) => ({ holds: why === null, why: why ?? '' })),
      }
    }),
  }
}
