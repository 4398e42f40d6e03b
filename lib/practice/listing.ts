import { formatNanoUsd } from '#lib/core/money.ts'
import { catalog, type ModelCard, type ModelKind } from './catalog.ts'
import { findModel, listFaultModels } from './faults.ts'
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
export function listModels({ listing }: Manners): unknown {
  const normal = () => catalog.map((card) => toListed(card, card.id))
  switch (listing) {
    case 'none':
      throw new Refusal(404, 'Not Found', { code: 'unknown_url' })
    case 'bare':
      return normal()
    case 'empty':
      return { object: 'list', data: [] }
    case 'prefixed':
      return { object: 'list', data: catalog.map((card) => toListed(card, `models/${card.id}`)) }
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

/** The body of `GET /models/{id}`. */
export function getModel(id: string): object {
  const model = findModel(id)
  if (!model) throw unknownModel(id)
  return toListed(model.card, id)
}

export function unknownModel(id: string): Refusal {
  return new Refusal(404, `The model '${id.slice(0, 200)}' does not exist or you do not have access to it.`, {
    code: 'model_not_found',
    param: 'model',
  })
}
