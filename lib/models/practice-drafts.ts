import { requireRead, type Scope } from '#lib/tenancy/index.ts'
import type { House } from './house.ts'
import type { ModelDraftView } from './views.ts'
import type { ModelType } from './vocabulary.ts'

type Offer = [
  type: ModelType,
  modelId: string,
  name: string,
  prices: Partial<Pick<ModelDraftView, 'inputPrice' | 'outputPrice' | 'cachedInputPrice' | 'imagePrice'>>,
]

const offers: readonly Offer[] = [
  ['chat', 'practice-chat', 'Practice chat', { inputPrice: '0.15', outputPrice: '0.6', cachedInputPrice: '0.075' }],
  [
    'chat',
    'practice-reasoner',
    'Practice reasoner',
    { inputPrice: '1.1', outputPrice: '4.4', cachedInputPrice: '0.55' },
  ],
  ['completion', 'practice-completion', 'Practice completion', { inputPrice: '0.5', outputPrice: '1.5' }],
  ['embedding', 'practice-embed', 'Practice embeddings', { inputPrice: '0.02' }],
  ['image', 'practice-image', 'Practice pictures', { imagePrice: '0.04' }],
]

/** Forms filled for the practice provider, key included: a first step that costs nothing. Empty where none runs. */
export function practiceDrafts(house: Pick<House, 'practice'>, scope: Scope): ModelDraftView[] {
  requireRead(scope, 'admin')
  const { practice } = house
  if (!practice) return []
  return offers.map(([type, modelId, name, prices]) => ({
    type,
    baseUrl: practice.url,
    apiKey: practice.key,
    noKey: false,
    name,
    modelId,
    region: 'own',
    description: '',
    maxTokens: null,
    temperature: null,
    inputPrice: null,
    outputPrice: null,
    cachedInputPrice: null,
    imagePrice: null,
    ...prices,
    contextTokens: null,
    keyHeader: 'authorization',
    ca: '',
    timeouts: {},
    paths: {},
  }))
}
