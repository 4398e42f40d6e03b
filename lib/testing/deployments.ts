import { newId } from '#lib/core/ids.ts'
import type { DeploymentConfigInput } from '#lib/deployments/schema.ts'
import type { CapabilityCard, ModelType, Region } from '#lib/models/schema.ts'
import type { Database } from '#lib/platform/database.ts'
import type { Scope } from '#lib/tenancy/index.ts'

export interface StoredModel {
  slug?: string
  type?: ModelType
  region?: Region
  checks?: Partial<Record<keyof CapabilityCard['checks'], 'yes' | 'no' | 'ignored'>>
  maxTokens?: number
  contextTokens?: number
  profile?: object
}

let count = 0

/** A model that stands in the tables without ever having been called, with the card that the test gives it. */
export async function storedModel(database: Database, scope: Scope, given: StoredModel = {}): Promise<string> {
  const id = newId('mdl')
  const slug = given.slug ?? `model-${++count}`
  const checks = Object.fromEntries(Object.entries(given.checks ?? {}).map(([key, verdict]) => [key, { verdict }]))
  await database.pool.query(
    `insert into models (id, workspace_id, type, name, slug, model_id, region, base_url, host, max_tokens, context_tokens, capabilities, profile)
     values ($1, $2, $3, $4, $4, 'x', $5, 'https://server.example/v1', 'server.example', $6, $7, $8, $9)`,
    [
      id,
      scope.workspaceId,
      given.type ?? 'chat',
      slug,
      given.region ?? 'eu',
      given.maxTokens ?? null,
      given.contextTokens ?? null,
      JSON.stringify({ checks }),
      JSON.stringify(given.profile ?? {}),
    ],
  )
  await database.pool.query(
    `insert into model_addresses (workspace_id, address, model_id, kind) values ($1, $2, $3, 'slug')`,
    [scope.workspaceId, slug, id],
  )
  return id
}

/** One variant that answers a question by one model. */
export function oneVariant(model: string, changes: Partial<DeploymentConfigInput['variants'][number]> = {}) {
  return {
    variables: [{ name: 'question' }],
    variants: [
      { name: 'main', model, messages: [{ role: 'user' as const, content: 'Answer: {{question}}' }], ...changes },
    ],
  } satisfies DeploymentConfigInput
}
