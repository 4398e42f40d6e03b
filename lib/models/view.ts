import type { Model, ModelAddress, ModelPrice } from '#lib/platform/generated/prisma/client.ts'
import type { Tx } from '#lib/tenancy/index.ts'
import { toDraftPrices } from './prices.ts'
import { cardOf, profileOf } from './stored.ts'
import type { AddressView, ModelView } from './views.ts'
import type { ModelType, Region } from './vocabulary.ts'

export type ModelRow = Model & { addresses: ModelAddress[] }

/** A row as it may leave the room: every field is named here, so that nothing sealed can slip out. */
export function toModelView(
  row: ModelRow,
  price: ModelPrice | undefined,
  makers: ReadonlyMap<string, string>,
): ModelView {
  const addresses = row.addresses.map(({ address, kind }) => ({ address, kind: kind as AddressView['kind'] }))
  const prices = toDraftPrices(price)
  return {
    id: row.id,
    version: row.version,
    type: row.type as ModelType,
    name: row.name,
    slug: row.slug,
    aliases: addresses.filter(({ kind }) => kind === 'alias').map(({ address }) => address),
    addresses,
    modelId: row.modelId,
    region: row.region as Region,
    description: row.description,
    baseUrl: row.baseUrl,
    host: row.host,
    key:
      row.sealedKey === null
        ? null
        : {
            header: row.keyHeader,
            lastFour: row.keyLastFour ?? '',
            fingerprint: row.keyFingerprint ?? '',
            setAt: row.keySetAt?.toISOString() ?? '',
          },
    keyRefusedAt: row.keyRefusedAt?.toISOString() ?? null,
    headerNames: row.headerNames,
    queryNames: row.queryNames,
    ca: row.ca ?? '',
    paths: row.paths as ModelView['paths'],
    timeouts: row.timeouts as ModelView['timeouts'],
    maxTokens: row.maxTokens,
    temperature: row.temperature,
    contextTokens: row.contextTokens,
    ...prices,
    priced: isPriced(row.type as ModelType, prices),
    state: row.state as ModelView['state'],
    capabilities: cardOf(row),
    profile: profileOf(row),
    practice: row.practice,
    validationId: row.validationId,
    validatedAt: row.validatedAt?.toISOString() ?? null,
    addedBy: makers.get(row.addedBy ?? '') ?? '',
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

function isPriced(type: ModelType, prices: Pick<ModelView, 'inputPrice' | 'outputPrice' | 'imagePrice'>): boolean {
  if (type === 'image') return prices.imagePrice !== null
  return prices.inputPrice !== null && (type === 'embedding' || prices.outputPrice !== null)
}

/** Names of the people and keys behind these ids. */
export async function makerNames(
  tx: Tx,
  workspaceId: string,
  ids: readonly (string | null)[],
): Promise<Map<string, string>> {
  const wanted = [...new Set(ids.filter((id): id is string => id !== null && id !== ''))]
  if (wanted.length === 0) return new Map()
  const [users, keys] = await Promise.all([
    tx.user.findMany({ where: { id: { in: wanted } }, select: { id: true, name: true, email: true } }),
    tx.apiKey.findMany({ where: { workspaceId, id: { in: wanted } }, select: { id: true, name: true } }),
  ])
  return new Map([
    ...users.map((user) => [user.id, user.name || user.email] as const),
    ...keys.map((key) => [key.id, `the key “${key.name}”`] as const),
  ])
}
