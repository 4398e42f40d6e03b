import type { Price } from '#lib/metering/schema.ts'
import { keyGroupOf } from './stored.ts'
import { fullTimeouts } from './target.ts'
import { CapabilityCard, type ModelEntry, ModelType, Region, WireProfile } from './vocabulary.ts'

/** What the directory reads from Postgres, as `patchbay_system`: every workspace's living models. */

export interface Row {
  id: string
  workspace_id: string
  workspace_slug: string
  version: number
  type: string
  name: string
  slug: string
  model_id: string
  region: string
  base_url: string
  host: string
  key_fingerprint: string | null
  key_refused_at: Date | null
  key_header: string
  sealed_key: string | null
  sealed_headers: string | null
  sealed_query: string | null
  ca: string | null
  paths: ModelEntry['paths']
  timeouts: Partial<ModelEntry['timeouts']>
  max_tokens: number | null
  temperature: number | null
  context_tokens: number | null
  state: string
  capabilities: unknown
  profile: unknown
  routing: unknown
  created_at: Date
}

export const modelsSql = `
  SELECT m.id, m.workspace_id, w.slug AS workspace_slug, m.version, m.type, m.name, m.slug, m.model_id, m.region, m.base_url,
         m.host, m.key_fingerprint, m.key_refused_at,
         m.key_header, m.sealed_key, m.sealed_headers, m.sealed_query, m.ca, m.paths, m.timeouts, m.max_tokens, m.temperature,
         m.context_tokens, m.state, m.capabilities, m.profile, m.routing, m.created_at
    FROM models m JOIN workspaces w ON w.id = m.workspace_id WHERE m.deleted_at IS NULL`
export const addressesSql = `
  SELECT a.workspace_id, a.address, a.model_id FROM model_addresses a
    JOIN models m ON m.workspace_id = a.workspace_id AND m.id = a.model_id WHERE m.deleted_at IS NULL`
export const groupsSql = `
  SELECT g.workspace_id, g.address, g.model_id, g.weight, a.created_at FROM model_group_members g
    JOIN model_addresses a ON a.workspace_id = g.workspace_id AND a.address = g.address
    JOIN models m ON m.workspace_id = g.workspace_id AND m.id = g.model_id
   WHERE m.deleted_at IS NULL ORDER BY g.workspace_id, g.address, g.model_id`

export interface GroupRow {
  workspace_id: string
  address: string
  model_id: string
  weight: number
  created_at: Date
}

// The price in force and those to come; older ones are history.
export const pricesSql = `
  SELECT p.id, p.workspace_id, p.model_id, p.effective_from, p.input_pico_usd_per_token::text AS input, p.output_pico_usd_per_token::text AS output,
         p.cached_input_pico_usd_per_token::text AS cached, p.image_nano_usd::text AS image
    FROM model_prices p JOIN models m ON m.workspace_id = p.workspace_id AND m.id = p.model_id
   WHERE m.deleted_at IS NULL AND p.effective_from >= COALESCE(
     (SELECT max(q.effective_from) FROM model_prices q WHERE q.workspace_id = p.workspace_id AND q.model_id = p.model_id AND q.effective_from <= $1), '-infinity')
   ORDER BY p.effective_from, p.id`

export interface PriceRow {
  id: string
  model_id: string
  effective_from: Date
  input: string | null
  output: string | null
  cached: string | null
  image: string | null
}

export function toPrice(row: PriceRow): Price {
  const whole = (text: string | null) => (text === null ? null : BigInt(text))
  return {
    id: row.id,
    inputPicoUsdPerToken: whole(row.input),
    outputPicoUsdPerToken: whole(row.output),
    cachedInputPicoUsdPerToken: whole(row.cached),
    imageNanoUsd: whole(row.image),
  }
}

export function toEntry(row: Row): ModelEntry {
  const capabilities = CapabilityCard.parse(row.capabilities)
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    version: row.version,
    type: ModelType.parse(row.type),
    name: row.name,
    slug: row.slug,
    modelId: row.model_id,
    region: Region.parse(row.region),
    baseUrl: row.base_url,
    credential: { group: keyGroupOf(row.host, row.key_fingerprint, row.id), refused: row.key_refused_at !== null },
    state: row.state === 'active' ? 'active' : 'disabled',
    maxTokens: row.max_tokens,
    temperature: row.temperature,
    contextTokens: row.context_tokens,
    paths: row.paths,
    timeouts: fullTimeouts(row.timeouts, capabilities.checks.reasoning?.verdict === 'yes'),
    capabilities,
    profile: WireProfile.parse(row.profile),
    price: null,
    createdAt: row.created_at.getTime(),
  }
}
