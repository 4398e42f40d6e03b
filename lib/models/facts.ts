import { isId } from '#lib/core/ids.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { cardOf, profileOf } from './stored.ts'
import type { ModelFacts, ModelType, Region } from './vocabulary.ts'

/** Living models by the names they were asked for: ids, slugs, aliases or former addresses. What is not there is left out. */
export async function findModelFacts(tx: Tx, scope: Scope, names: readonly string[]): Promise<Map<string, ModelFacts>> {
  const { workspaceId } = scope
  const wanted = [...new Set(names)]
  const addresses = wanted.filter((name) => !isId('mdl', name))
  const known =
    addresses.length === 0
      ? []
      : await tx.modelAddress.findMany({ where: { workspaceId, address: { in: addresses }, modelId: { not: null } } })
  const idOf = new Map(known.map(({ address, modelId }) => [address, modelId!]))
  const ids = wanted.map((name) => idOf.get(name) ?? name)
  if (ids.length === 0) return new Map()
  const rows = await tx.model.findMany({ where: { workspaceId, id: { in: ids }, deletedAt: null } })
  const byId = new Map(
    rows.map((row): [string, ModelFacts] => [
      row.id,
      {
        id: row.id,
        slug: row.slug,
        name: row.name,
        type: row.type as ModelType,
        region: row.region as Region,
        state: row.state as ModelFacts['state'],
        keyRefused: row.keyRefusedAt !== null,
        maxTokens: row.maxTokens,
        contextTokens: row.contextTokens,
        capabilities: cardOf(row),
        profile: profileOf(row),
      },
    ]),
  )
  return new Map(
    wanted.flatMap((name): [string, ModelFacts][] => {
      const facts = byId.get(idOf.get(name) ?? name)
      return facts ? [[name, facts]] : []
    }),
  )
}
