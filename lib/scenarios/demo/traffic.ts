import type { PoolClient } from 'pg'
import type { Scope } from '#lib/tenancy/index.ts'
import { endpoints, noVersions } from '../add-cast.ts'
import type { PreparedCast } from '../traffic.ts'
import type { DemoDeployments } from './deployments.ts'
import { type DemoHouse, daysAgo } from './house.ts'
import { type DemoModelIds, type DemoModelName, demoModelNames, demoModels } from './models.ts'

interface Caller {
  name: string
  weight: number
  /** The usual one first, then the one that is called for less, then what steps in. */
  models: readonly [DemoModelName, DemoModelName, DemoModelName]
  team: string
  feature: string
  deployment?: keyof DemoDeployments
}

const callers: readonly Caller[] = [
  caller('Website chat', 250, ['support', 'thinker', 'quick'], ['support', 'chat'], 'support-answer'),
  caller('Mail sorter', 150, ['quick', 'support', 'quick'], ['support', 'triage'], 'triage-mail'),
  caller('Search indexer', 170, ['vectors', 'vectors', 'vectors'], ['search', 'indexing']),
  caller('Mobile app', 110, ['quick', 'support', 'own'], ['mobile', 'assistant']),
  caller('Nightly reports', 40, ['thinker', 'support', 'quick'], ['operations', 'reports']),
  caller('Contracts', 24, ['thinker', 'thinker', 'support'], ['legal', 'contracts']),
  caller('Catalogue', 9, ['pictures', 'pictures', 'pictures'], ['commerce', 'pictures'], 'catalogue-picture'),
  caller('Help centre', 90, ['support', 'own', 'quick'], ['support', 'help-centre']),
  caller('Forms', 22, ['forms', 'forms', 'forms'], ['operations', 'forms']),
  caller('Lab', 26, ['trial', 'own', 'trial'], ['research', 'trials']),
]

function caller(
  name: string,
  weight: number,
  models: Caller['models'],
  [team, feature]: readonly [string, string],
  deployment?: keyof DemoDeployments,
): Caller {
  return { name, weight, models, team, feature, ...(deployment && { deployment }) }
}

/** A key for each program that calls. Nobody knows their secrets: people make their own to try things. Ids by name. */
export async function addDemoKeys(house: DemoHouse, scope: Scope, days: number): Promise<Map<string, string>> {
  const then = daysAgo(scope, house.nowMs(), days)
  const ids = new Map<string, string>()
  for (const { name } of callers) {
    const { key } = await house.tenancy.createKey(then, { name, scopes: ['inference'] })
    ids.set(name, key.id)
  }
  return ids
}

/** Who plays in the traffic of the demo: its own models, keys and deployments. */
export function demoCast(
  given: { models: DemoModelIds; keys: ReadonlyMap<string, string>; deployments: DemoDeployments },
  prices: ReadonlyMap<string, PriceRow>,
): PreparedCast {
  return {
    weights: callers.map(({ weight }) => weight),
    models: demoModelNames.map((name, ordinal) => {
      const { traffic } = demoModels[name]
      const { id, slug } = given.models[name]
      const price = prices.get(id)
      const none = { price_id: '', input: null, output: null, cached: null, image: null }
      const { price_id, input, output, cached, image } = price ?? none
      return {
        ...{ ordinal, id, slug, endpoint: endpoints[traffic.type], first_byte: traffic.firstByteMs },
        ...{ per_token: traffic.perTokenMs, input_tokens: traffic.inputTokens, output_tokens: traffic.outputTokens },
        ...{
          error_share: traffic.errorShare,
          tells_no_usage: 'tellsNoUsage' in traffic,
          reasons: 'reasons' in traffic,
        },
        ...{ price_id, input, output, cached, image, later_from: Number.MAX_SAFE_INTEGER, later_price_id: price_id },
        ...{ later_input: input, later_output: output, later_cached: cached, later_image: image },
      }
    }),
    callers: callers.map(({ name, models, team, feature, deployment }, ordinal) => {
      const [model_1, model_2, model_3] = models.map((each) => demoModelNames.indexOf(each))
      const served = deployment && given.deployments[deployment]
      return {
        ...{ ordinal, kind: 'key', id: given.keys.get(name), source: served ? 'deployment' : 'gateway', team, feature },
        ...{ model_1, model_2, model_3, deployment_id: served?.id ?? '' },
        ...(served ? served.traffic : noVersions),
      }
    }),
  }
}

interface PriceRow {
  price_id: string
  input: string | null
  output: string | null
  cached: string | null
  image: string | null
}

/** What the models of a workspace cost, by model. */
export async function readPrices(
  client: Pick<PoolClient, 'query'>,
  workspaceId: string,
): Promise<Map<string, PriceRow>> {
  const { rows } = await client.query<PriceRow & { model_id: string }>(
    `select model_id, id as price_id, input_pico_usd_per_token as input, output_pico_usd_per_token as output, cached_input_pico_usd_per_token as cached, image_nano_usd as image
     from model_prices where workspace_id = $1`,
    [workspaceId],
  )
  return new Map(rows.map(({ model_id, ...price }) => [model_id, price]))
}
