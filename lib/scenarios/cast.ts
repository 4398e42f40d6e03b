import type { RawModelInput } from '#lib/models/schema.ts'

/** Who plays in made-up traffic: models, callers and what they do. Names are of nobody. */

/** Dollars per 1M tokens or per image; null: unpriced. */
export interface CastPrice {
  input: string | null
  output: string | null
  cached: string | null
  image: string | null
}

export interface CastModel {
  name: string
  type: 'chat' | 'completion' | 'embedding' | 'image'
  region: RawModelInput['region']
  price: CastPrice
  /** In force for the last third of the traffic. */
  laterPrice?: CastPrice
  /** Medians: milliseconds to the first byte, milliseconds an output token, tokens in, tokens out. */
  firstByteMs: number
  perTokenMs: number
  inputTokens: number
  outputTokens: number
  /** Of calls. */
  errorShare: number
  /** Answers with nothing about tokens: they are estimated. */
  tellsNoUsage?: boolean
}

const perToken = (input: string, output: string, cached: string | null = null): CastPrice => ({
  ...{ input, output, cached },
  image: null,
})
const free: CastPrice = { input: '0', output: '0', cached: null, image: null }
const unpriced: CastPrice = { input: null, output: null, cached: null, image: null }

function chat(
  name: string,
  price: CastPrice,
  [firstByteMs, perTokenMs]: readonly [number, number],
  [inputTokens, outputTokens]: readonly [number, number],
  more: Partial<CastModel> = {},
): CastModel {
  return {
    ...{ name, type: 'chat', region: 'eu', price, firstByteMs, perTokenMs, inputTokens, outputTokens },
    ...{ errorShare: 0.012, ...more },
  }
}

/** The more often called come first. */
export const castModels: readonly CastModel[] = [
  chat('Maple 8B', perToken('0.05', '0.08'), [140, 3], [620, 160]),
  chat('Maple 70B', perToken('0.59', '0.79', '0.295'), [310, 6], [1_150, 260], {
    laterPrice: perToken('0.52', '0.71', '0.26'),
  }),
  chat('Cedar large', perToken('2.5', '10', '1.25'), [420, 11], [1_900, 340]),
  chat('Cedar mini', perToken('0.15', '0.6', '0.075'), [260, 7], [820, 190]),
  chat('Alder 24B', perToken('0.1', '0.3'), [230, 5], [700, 210]),
  chat('Hazel reasoning', perToken('1.1', '4.4', '0.55'), [1_900, 9], [1_400, 1_250], { errorShare: 0.021 }),
  chat('Own 8B on the rack', free, [95, 14], [560, 140], { region: 'own', errorShare: 0.03, tellsNoUsage: true }),
  {
    ...chat('Rowan embeddings', { ...perToken('0.02', '0'), output: '0' }, [45, 0], [310, 0]),
    ...{ type: 'embedding', errorShare: 0.004 },
  },
  chat('Birch vision', perToken('0.4', '1.6', '0.1'), [520, 8], [2_300, 240]),
  chat('Larch code', perToken('0.3', '0.9'), [280, 4], [2_600, 420]),
  chat('Willow long', perToken('1.25', '5', '0.3125'), [880, 10], [9_800, 380]),
  { ...chat('Aspen completion', perToken('0.2', '0.2'), [120, 5], [240, 90]), type: 'completion' },
  chat('Spruce judge', perToken('0.8', '3.2'), [340, 8], [1_600, 90]),
  {
    ...chat('Elm pictures', { input: '5', output: null, cached: null, image: '0.04' }, [5_200, 0], [70, 0]),
    ...{ type: 'image', errorShare: 0.028 },
  },
  chat('Poplar trial', unpriced, [390, 7], [780, 230]),
  chat('Yew 405B', perToken('3.5', '3.5'), [960, 17], [1_300, 310], { errorShare: 0.026 }),
  chat('Fir 3B', perToken('0.02', '0.03'), [80, 2], [430, 110]),
  {
    ...chat('Oak embeddings', { ...perToken('0.13', '0'), output: '0' }, [60, 0], [520, 0]),
    ...{ type: 'embedding', region: 'us' },
  },
  chat('Beech preview', perToken('0.075', '0.3', '0.01875'), [200, 4], [900, 240], { region: 'us' }),
  chat('Linden archive', perToken('1.5', '2'), [610, 12], [680, 220], { region: 'us' }),
]

export interface CastCaller {
  name: string
  kind: 'key' | 'user' | 'job'
  /** What its calls come from. */
  source: 'gateway' | 'deployment' | 'playground' | 'experiment' | 'judge' | 'drift'
  /** Its models, by their place in the list above, the usual one first. */
  models: readonly [number, number, number]
  /** How often it calls, next to the others. */
  weight: number
  team: string
  feature: string
  /** Of a deployment's caller: the deployment's key. */
  deployment?: string
}

const key = (
  name: string,
  weight: number,
  models: readonly [number, number, number],
  [team, feature]: readonly [string, string],
  deployment?: string,
): CastCaller => ({
  ...{ name, kind: 'key', source: deployment === undefined ? 'gateway' : 'deployment', models, weight, team, feature },
  ...(deployment !== undefined && { deployment }),
})

export const castCallers: readonly CastCaller[] = [
  key('support-chat', 230, [1, 3, 0], ['support', 'chat'], 'support-answer'),
  key('search-indexer', 190, [7, 17, 7], ['search', 'indexing']),
  key('help-centre', 120, [0, 4, 1], ['support', 'help-centre']),
  key('mail-triage', 90, [3, 0, 16], ['support', 'triage'], 'mail-triage'),
  key('code-review', 75, [9, 2, 5], ['engineering', 'review']),
  key('catalogue', 62, [4, 8, 0], ['commerce', 'catalogue']),
  key('catalogue-images', 18, [13, 8, 13], ['commerce', 'pictures']),
  key('contracts', 34, [10, 2, 19], ['legal', 'contracts']),
  key('translations', 48, [1, 4, 18], ['content', 'translation'], 'translate'),
  key('summaries', 40, [3, 1, 10], ['content', 'summary']),
  key('pricing-bot', 22, [5, 2, 15], ['commerce', 'pricing']),
  key('voice-notes', 26, [0, 16, 4], ['mobile', 'notes']),
  key('mobile-app', 58, [16, 0, 3], ['mobile', 'assistant'], 'assistant'),
  key('legacy-forms', 15, [11, 11, 0], ['operations', 'forms']),
  key('nightly-reports', 30, [2, 1, 15], ['operations', 'reports']),
  key('onboarding', 17, [4, 3, 0], ['growth', 'onboarding']),
  key('experiments-lab', 12, [14, 18, 6], ['research', 'trials']),
  key('rack-test', 14, [6, 6, 0], ['research', 'own-hardware']),
  key('ci', 9, [16, 9, 6], ['engineering', 'ci']),
  key('fraud-check', 21, [5, 3, 1], ['risk', 'fraud']),
  { ...key('In the studio', 6, [2, 1, 5], ['research', 'playground']), kind: 'user', source: 'playground' },
  { ...key('experiments', 11, [1, 3, 2], ['research', 'evaluation']), kind: 'job', source: 'experiment' },
  { ...key('judges', 8, [12, 2, 12], ['research', 'evaluation']), kind: 'job', source: 'judge' },
  { ...key('watch', 2, [0, 2, 5], ['', '']), kind: 'job', source: 'drift' },
]
