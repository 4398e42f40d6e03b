export type ModelKind = 'chat' | 'completion' | 'embedding' | 'image'

/** Integer nano-dollars, so that no sum of this server is ever rounded. 150 a token = $0.15 per 1M tokens. */
export interface PriceList {
  inputNanoUsdPerToken: number
  cachedInputNanoUsdPerToken: number
  outputNanoUsdPerToken: number
  nanoUsdPerImage: number
}

export interface ModelCard {
  id: string
  kind: ModelKind
  description: string
  contextTokens: number
  can: { tools: boolean; jsonSchema: boolean; vision: boolean; reasoning: boolean }
  prices: PriceList
}

const everything = { tools: true, jsonSchema: true, vision: true, reasoning: false }
const nothing = { tools: false, jsonSchema: false, vision: false, reasoning: false }

function perToken(input: number, cached: number, output: number): PriceList {
  return {
    inputNanoUsdPerToken: input,
    cachedInputNanoUsdPerToken: cached,
    outputNanoUsdPerToken: output,
    nanoUsdPerImage: 0,
  }
}

/** What the practice provider lists. Every fault is one of these with a suffix, see `faults.ts`. */
export const catalog: readonly ModelCard[] = [
  {
    id: 'practice-chat',
    kind: 'chat',
    description: 'Chat with tools, structured output and vision',
    contextTokens: 128_000,
    can: everything,
    prices: perToken(150, 75, 600),
  },
  {
    id: 'practice-small',
    kind: 'chat',
    description: 'Chat without tools, json_schema and vision',
    contextTokens: 8_192,
    can: nothing,
    prices: perToken(50, 25, 80),
  },
  {
    id: 'practice-reasoner',
    kind: 'chat',
    description: 'Chat that thinks first, in reasoning_content',
    contextTokens: 128_000,
    can: { ...everything, reasoning: true },
    prices: perToken(1_100, 550, 4_400),
  },
  {
    id: 'practice-instant',
    kind: 'chat',
    description: 'One canned answer without delay, for benchmarks',
    contextTokens: 1_000_000,
    can: nothing,
    prices: perToken(10, 5, 20),
  },
  {
    id: 'practice-completion',
    kind: 'completion',
    description: 'Legacy completions',
    contextTokens: 4_096,
    can: nothing,
    prices: perToken(500, 500, 1_500),
  },
  {
    id: 'practice-embed',
    kind: 'embedding',
    description: 'Embeddings with 512 dimensions',
    contextTokens: 8_192,
    can: nothing,
    prices: perToken(20, 20, 0),
  },
  {
    id: 'practice-image',
    kind: 'image',
    description: 'Draws a picture from the prompt',
    contextTokens: 4_096,
    can: nothing,
    prices: {
      inputNanoUsdPerToken: 0,
      cachedInputNanoUsdPerToken: 0,
      outputNanoUsdPerToken: 0,
      nanoUsdPerImage: 40_000_000,
    },
  },
]
