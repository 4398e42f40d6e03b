import type { CapabilityKey, CheckProblem, ModelType, RawModelInput, Verdict, WireProfile } from '#lib/models/schema.ts'

/** A server that the practice provider plays, and what a validation of it must find. */
export interface SimulatedServer {
  name: string
  /** Below the practice provider's origin: `/like-groq/openai/v1`. */
  base: string
  /** What is typed beside the Base URL. */
  form: Partial<RawModelInput> & { modelId: string }
  /** What is known about such servers, in the words of their documentation or of those who met them. */
  source: string
  verdicts: Verdicts
  /** Only what deviates from OpenAI's wire format. */
  profile?: Partial<WireProfile>
  /** False: any key is accepted. Null: it could not be decided. */
  checksKeys?: boolean | null
  contextTokens?: number | null
  dimensions?: number | null
  /** The Base URL that is found by trying, where another one was typed. */
  foundBase?: string
}

/** A server, a key or a model that must fail, with the field to mark and what the button does. */
export interface FailingServer {
  name: string
  base: string
  form?: Partial<RawModelInput>
  source: string
  problem: Pick<CheckProblem, 'code' | 'field'>
  /** What the first button sets; absent where nothing can be set. */
  fix?: { field: string; value: string | boolean | RegExp }
}

export type Verdicts = Partial<Record<CapabilityKey, Verdict>>

/** A chat model that does all that OpenAI documents. Without a sign of thoughts reasoning stays undecided. */
const chatAll: Verdicts = {
  streaming: 'yes',
  stream_usage: 'yes',
  tools: 'yes',
  tools_required: 'yes',
  tools_named: 'yes',
  tools_parallel: 'yes',
  tools_streamed: 'yes',
  json_schema: 'yes',
  json_object: 'yes',
  vision: 'yes',
  reasoning: 'unknown',
  system_role: 'yes',
  developer_role: 'yes',
  temperature: 'yes',
  stop: 'yes',
  seed: 'yes',
  logprobs: 'yes',
  n: 'yes',
  responses: 'yes',
}

export const chat = (changes: Verdicts = {}): Verdicts => ({ ...chatAll, ...changes })

/** The same without the Responses API. */
export const chatOnly = (changes: Verdicts = {}): Verdicts => chat({ responses: 'no', ...changes })

export const completion = (changes: Verdicts = {}): Verdicts => ({ streaming: 'yes', stream_usage: 'yes', ...changes })

export const embedding = (changes: Verdicts = {}): Verdicts => ({
  embedding_base64: 'yes',
  embedding_dimensions: 'yes',
  embedding_batch: 'yes',
  ...changes,
})

export const image = (changes: Verdicts = {}): Verdicts => ({ image_b64: 'yes', image_url: 'yes', ...changes })

/** As the practice provider charges, so that both bills can be compared. */
export const formPrices: Readonly<Record<ModelType, Partial<RawModelInput>>> = {
  chat: { inputPrice: '0.15', outputPrice: '0.6', cachedInputPrice: '0.075' },
  completion: { inputPrice: '0.5', outputPrice: '1.5', cachedInputPrice: '0.5' },
  embedding: { inputPrice: '0.02', outputPrice: '0', cachedInputPrice: '0.02' },
  image: { inputPrice: '', outputPrice: '', cachedInputPrice: '', imagePrice: '0.04' },
}
