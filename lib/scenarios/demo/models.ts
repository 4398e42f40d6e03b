import type { RawModelInput } from '#lib/models/schema.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { CastModel } from '../cast.ts'
import { type DemoHouse, daysAgo } from './house.ts'

/** A model of the practice provider, and what it looks like in thirty days of traffic. */
interface DemoModel {
  name: string
  modelId: string
  region: RawModelInput['region']
  description: string
  aliases?: string[]
  contextTokens?: number
  prices: Partial<Record<'inputPrice' | 'outputPrice' | 'cachedInputPrice' | 'imagePrice', string>>
  traffic: Pick<CastModel, 'type' | 'firstByteMs' | 'perTokenMs' | 'inputTokens' | 'outputTokens' | 'errorShare'> & {
    tellsNoUsage?: boolean
    reasons?: boolean
  }
}

type Traffic = readonly [
  firstByteMs: number,
  perTokenMs: number,
  inputTokens: number,
  outputTokens: number,
  error: number,
]
const traffic = (
  type: CastModel['type'],
  [firstByteMs, perTokenMs, inputTokens, outputTokens, errorShare]: Traffic,
) => ({
  ...{ type, firstByteMs, perTokenMs, inputTokens, outputTokens, errorShare },
})

export const demoModels = {
  support: {
    ...{ name: 'Support chat', modelId: 'practice-chat', region: 'eu', aliases: ['support'] },
    description: 'Answers customers. What the support deployment calls first.',
    prices: { inputPrice: '0.4', outputPrice: '1.6', cachedInputPrice: '0.1' },
    traffic: traffic('chat', [340, 7, 1_450, 240, 0.011]),
  },
  thinker: {
    ...{ name: 'Careful thinker', modelId: 'practice-reasoner', region: 'us', aliases: ['thinker'] },
    description: 'Thinks before it answers: for what may not go wrong.',
    prices: { inputPrice: '1.1', outputPrice: '4.4', cachedInputPrice: '0.55' },
    traffic: { ...traffic('chat', [1_650, 9, 1_900, 980, 0.019]), reasons: true },
  },
  quick: {
    ...{ name: 'Small and quick', modelId: 'practice-small', region: 'eu' },
    description: 'Sorts, tags and shortens. The fallback of nearly everything.',
    prices: { inputPrice: '0.05', outputPrice: '0.08' },
    traffic: traffic('chat', [120, 3, 640, 90, 0.006]),
  },
  own: {
    ...{ name: 'Own server', modelId: 'practice-chat:no-usage', region: 'own' },
    description: 'Runs in the basement. It tells no usage, so its tokens are estimated.',
    prices: { inputPrice: '0.02', outputPrice: '0.02' },
    traffic: { ...traffic('chat', [210, 16, 780, 170, 0.034]), tellsNoUsage: true },
  },
  trial: {
    ...{ name: 'On trial', modelId: 'practice-chat:no-tools', region: 'us' },
    description: 'Nobody has said yet what it costs: unpriced, which is not free.',
    prices: {},
    traffic: traffic('chat', [430, 8, 900, 210, 0.014]),
  },
  forms: {
    ...{ name: 'Old forms', modelId: 'practice-completion', region: 'us' },
    description: 'A legacy completion model that a form still calls.',
    prices: { inputPrice: '0.5', outputPrice: '1.5' },
    traffic: traffic('completion', [190, 6, 260, 110, 0.012]),
  },
  vectors: {
    ...{ name: 'Search vectors', modelId: 'practice-embed', region: 'eu' },
    description: 'Embeddings of the help centre, 512 dimensions.',
    prices: { inputPrice: '0.02' },
    traffic: traffic('embedding', [48, 0, 420, 0, 0.003]),
  },
  pictures: {
    ...{ name: 'Catalogue pictures', modelId: 'practice-image', region: 'us' },
    description: 'Draws what has no photograph yet.',
    prices: { imagePrice: '0.04' },
    traffic: traffic('image', [4_600, 0, 60, 0, 0.022]),
  },
} satisfies Record<string, DemoModel>

export type DemoModelName = keyof typeof demoModels
export const demoModelNames = Object.keys(demoModels) as DemoModelName[]

export type DemoModelIds = Record<DemoModelName, { id: string; slug: string }>

/** Adds them all, each with a whole card by a validation of its own, as if they had been added `days` days ago. */
export async function addDemoModels(house: DemoHouse, scope: Scope, days: number): Promise<DemoModelIds> {
  const made = {} as DemoModelIds
  const left = [...demoModelNames]
  // As many at a time as one person may validate.
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let name = left.shift(); name; name = left.shift()) made[name] = await addOne(house, scope, name, days)
    }),
  )
  return made
}

async function addOne(house: DemoHouse, scope: Scope, name: DemoModelName, days: number) {
  const { models, pool, practice, nowMs } = house
  const { traffic: shape, prices, ...told }: DemoModel = demoModels[name]
  const draft: RawModelInput = {
    ...{ ...told, ...prices, type: shape.type, baseUrl: practice.url, apiKey: practice.key },
    ...(shape.type === 'image' && { imageConsent: true }),
  }
  const { id: validationId, events } = await models.startValidation(scope, { draft })
  for await (const _ of events);
  const { id, slug } = await models.addModel(scope, { draft, validationId })
  const since = daysAgo(scope, nowMs(), days).now()
  // In this workspace they stand for models that are paid for: they are in every total.
  await pool.query('update models set practice = false, created_at = $3 where workspace_id = $1 and id = $2', [
    ...[scope.workspaceId, id],
    since,
  ])
  await pool.query('update model_prices set effective_from = $3 where workspace_id = $1 and model_id = $2', [
    ...[scope.workspaceId, id],
    since,
  ])
  return { id, slug }
}
