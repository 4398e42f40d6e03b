import { formatNanoUsd } from '#lib/core/money.ts'
import { catalog, type ModelCard, type ModelKind } from './catalog.ts'
import { findModel, type KnownModel, listFaultModels } from './faults.ts'
import type { Manners } from './manners.ts'
import { Refusal } from './refusal.ts'

const createdAt = 1_790_000_000
const manyModels = 10_000

const listedTypes: Record<ModelKind, string> = {
  chat: 'chat',
  completion: 'language',
  embedding: 'embedding',
  image: 'image',
}

function toListed(card: ModelCard, id: string, description = card.description): object {
  const usd = (nanoUsd: number) => formatNanoUsd(BigInt(nanoUsd))
  const { prices, can } = card
  const parameters = [
    'max_tokens',
    'temperature',
    'stop',
    'seed',
    ...(can.tools ? ['tools', 'tool_choice'] : []),
    ...(can.jsonSchema ? ['response_format', 'structured_outputs'] : []),
  ]
  return {
    id,
    object: 'model',
    created: createdAt,
    owned_by: 'practice',
    type: listedTypes[card.kind],
    description,
    context_length: card.contextTokens,
    architecture: {
      input_modalities: can.vision ? ['text', 'image'] : ['text'],
      output_modalities: [card.kind === 'image' ? 'image' : card.kind === 'embedding' ? 'embeddings' : 'text'],
    },
    // USD per token and per picture, as decimal strings.
    pricing: {
      prompt: usd(prices.inputNanoUsdPerToken),
      completion: usd(prices.outputNanoUsdPerToken),
      input_cache_read: usd(prices.cachedInputNanoUsdPerToken),
      image: usd(prices.nanoUsdPerImage),
    },
    ...(card.kind === 'chat' ? { supported_parameters: parameters } : {}),
  }
}

/** The body of `GET /models`. */
export function listModels(manners: Manners): unknown {
  const normal = () => own(manners) ?? catalog.map((card) => toListed(card, card.id))
  switch (manners.listing) {
    case 'none':
      throw new Refusal(404, 'Not Found', { code: 'unknown_url' })
    case 'bare':
      return normal()
    case 'empty':
      return { object: 'list', data: [] }
    case 'prefixed':
      return {
        object: 'list',
        data: (normal() as { id: string }[]).map((model) => ({ ...model, id: `models/${model.id}` })),
      }
    case 'faults':
      return {
        object: 'list',
        data: [
          ...normal(),
          ...listFaultModels().map(({ id, description }) => toListed(findModel(id)!.card, id, description)),
        ],
      }
    case 'ten-thousand': {
      const others = Array.from({ length: manyModels - catalog.length }, (_, index) => ({
        id: `organisation-${index % 97}/model-${index + 1}`,
        object: 'model',
        created: createdAt,
        owned_by: 'practice',
      }))
      return { object: 'list', data: [...normal(), ...others] }
    }
    default:
      return { object: 'list', data: normal() }
  }
}

function own({ models, listed = {} }: Manners): object[] | undefined {
  if (!models) return undefined
  return Object.entries(models)
    .filter(([, { isUnlisted }]) => !isUnlisted)
    .map(([id, { card }]) => {
      const entry = { ...toListed(findModel(card)!.card, id), ...listed }
      return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null))
    })
}

/** The body of `GET /models/{id}`. */
export function getModel(id: string, manners: Manners): object {
  const model = findServed(id, undefined, manners)
  if (!model) throw unknownModel(id)
  return toListed(model.card, id)
}

/** The model behind an ID on this server; `kind` is what a server that ignores names goes by. */
export function findServed(
  id: string,
  kind: ModelKind | undefined,
  { models, anyModel }: Manners,
): KnownModel | undefined {
  const name = id.replace(/^models\//, '')
  if (!models) return findModel(name)
  const served =
    (Object.hasOwn(models, name) ? models[name] : undefined) ??
    (anyModel ? Object.values(models).find(({ card }) => findModel(card)?.card.kind === kind) : undefined)
  const known = served && findModel(served.card)
  return known && { id, card: known.card, behaviour: { ...known.behaviour, ...served.behaviour } }
}

export function unknownModel(id: string): Refusal {
  return new Refusal(404, `The model '${id.slice(0, 200)}' does not exist or you do not have access to it.`, {
    code: 'model_not_found',
    param: 'model',
  })
}
