import type { Model } from '#lib/platform/generated/prisma/client.ts'
import type { SealedPlace, SecretBox } from '#lib/platform/secret-box.ts'
import type { ModelDraft } from './form/draft.ts'
import type { Connection } from './target.ts'
import { CapabilityCard, type ModelType, type Region, WireProfile } from './vocabulary.ts'

/** A model's secrets, sealed into its row and opened from it. */

export const sealedFields = ['sealed_key', 'sealed_headers', 'sealed_query'] as const
export type SealedField = (typeof sealedFields)[number]

const purposes: Readonly<Record<SealedField, string>> = {
  sealed_key: 'provider-key',
  sealed_headers: 'provider-headers',
  sealed_query: 'provider-query',
}

/** What a sealed field is bound to. */
export function placeOf(workspaceId: string, modelId: string, field: SealedField): SealedPlace {
  return { purpose: purposes[field], workspaceId, table: 'models', row: modelId, field }
}

/** The columns that hold a connection, secrets sealed for this row. */
export function sealConnection(
  secrets: SecretBox,
  workspaceId: string,
  modelId: string,
  connection: Connection,
  now: Date,
) {
  const { apiKey, headers, query } = connection
  const seal = (field: SealedField, plain: string) => secrets.seal(plain, placeOf(workspaceId, modelId, field))
  return {
    baseUrl: connection.baseUrl,
    host: new URL(connection.baseUrl).host,
    keyHeader: apiKey === null ? '' : connection.keyHeader,
    sealedKey: apiKey === null ? null : seal('sealed_key', apiKey),
    keyFingerprint: apiKey === null ? null : fingerprintOf(secrets, workspaceId, apiKey),
    // Four characters of a short key would be most of it.
    keyLastFour: apiKey === null ? null : apiKey.length >= 12 ? apiKey.slice(-4) : '',
    keySetAt: apiKey === null ? null : now,
    // Whoever seals has proven it.
    keyRefusedAt: null,
    sealedHeaders: Object.keys(headers).length > 0 ? seal('sealed_headers', JSON.stringify(headers)) : null,
    headerNames: Object.keys(headers),
    sealedQuery: Object.keys(query).length > 0 ? seal('sealed_query', JSON.stringify(query)) : null,
    queryNames: Object.keys(query),
    ca: connection.ca || null,
  }
}

/** Twelve characters of a keyed hash: equal keys of one workspace are told apart from others, nothing else. */
export function fingerprintOf(secrets: Pick<SecretBox, 'keyedHash'>, workspaceId: string, apiKey: string): string {
  return secrets.keyedHash('key-fingerprint', `${workspaceId} ${apiKey}`).slice(0, 12)
}

/** Models of one workspace with the same host and key share a fate; without a key each stands for itself. */
export function keyGroupOf(host: string, keyFingerprint: string | null, id: string): string {
  return `${host} ${keyFingerprint ?? id}`
}

type SealedRow = Pick<
  Model,
  'id' | 'workspaceId' | 'baseUrl' | 'keyHeader' | 'sealedKey' | 'sealedHeaders' | 'sealedQuery' | 'ca'
>

/** Opens what a row holds. Throws `sealed_value_unreadable` where the master key does not fit. */
export function openConnection(secrets: Pick<SecretBox, 'open'>, row: SealedRow): Connection {
  const open = (field: SealedField, envelope: string) => secrets.open(envelope, placeOf(row.workspaceId, row.id, field))
  return {
    baseUrl: row.baseUrl,
    apiKey: row.sealedKey === null ? null : open('sealed_key', row.sealedKey),
    keyHeader: row.keyHeader || 'authorization',
    headers: row.sealedHeaders === null ? {} : JSON.parse(open('sealed_headers', row.sealedHeaders)),
    query: row.sealedQuery === null ? {} : JSON.parse(open('sealed_query', row.sealedQuery)),
    ca: row.ca ?? '',
  }
}

/** Decimal prices of the row in force; all null where there is none. */
export interface DraftPrices {
  inputPrice: string | null
  outputPrice: string | null
  cachedInputPrice: string | null
  imagePrice: string | null
}

/** A stored model as the draft that would make it again. It holds secrets. */
export function toDraft(row: Model, connection: Connection, prices: DraftPrices, aliases: string[]): ModelDraft {
  return {
    type: row.type as ModelType,
    baseUrl: row.baseUrl,
    apiKey: connection.apiKey,
    name: row.name,
    modelId: row.modelId,
    region: row.region as Region,
    description: row.description,
    maxTokens: row.maxTokens,
    temperature: row.temperature,
    ...prices,
    slug: row.slug,
    aliases,
    contextTokens: row.contextTokens,
    keyHeader: connection.keyHeader,
    headers: { ...connection.headers },
    query: { ...connection.query },
    ca: connection.ca,
    timeouts: row.timeouts as ModelDraft['timeouts'],
    paths: row.paths as ModelDraft['paths'],
    imageConsent: false,
  }
}

export function cardOf(row: Pick<Model, 'capabilities'>): CapabilityCard {
  return CapabilityCard.parse(row.capabilities)
}

export function profileOf(row: Pick<Model, 'profile'>): WireProfile {
  return WireProfile.parse(row.profile)
}
