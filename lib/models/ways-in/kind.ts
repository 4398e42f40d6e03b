import type { ModelType } from '../vocabulary.ts'

/** What a listed model is: a Type, something that no form is for (speech, ranking ...), or not told. */
export type ListedKind = ModelType | 'other' | null

const words: Readonly<Record<string, ModelType | 'other'>> = {
  chat: 'chat',
  language: 'completion',
  code: 'completion',
  completion: 'completion',
  text_completion: 'completion',
  embedding: 'embedding',
  embeddings: 'embedding',
  'text-embedding': 'embedding',
  image: 'image',
  image_generation: 'image',
  'text-to-image': 'image',
  llm: 'chat',
  vlm: 'chat',
  audio: 'other',
  rerank: 'other',
  reranker: 'other',
  moderation: 'other',
  transcribe: 'other',
  transcription: 'other',
  tts: 'other',
  stt: 'other',
  video: 'other',
}

/**
 * The Type of one entry of `GET /models`, from what the server tells of it, else from its name. Hints only: validation
 * finds out what is true.
 */
export function kindOfListed(fields: Readonly<Record<string, unknown>>, id: string): ListedKind {
  const told = [fields.type, fields.task, fields.model_type, fields.mode].find(
    (value): value is string => typeof value === 'string' && words[value.toLowerCase()] !== undefined,
  )
  if (told !== undefined) return words[told.toLowerCase()] ?? null
  const outputs = listOf((fields.architecture as { output_modalities?: unknown } | null | undefined)?.output_modalities)
  if (outputs.some((output) => output.startsWith('embedding'))) return 'embedding'
  if (outputs.length > 0 && !outputs.includes('text')) return outputs.includes('image') ? 'image' : 'other'
  const can = fields.capabilities as Record<string, unknown> | null | undefined
  if (typeof can === 'object' && can !== null && !Array.isArray(can)) {
    if (can.completion_chat === true) return 'chat'
    if (can.embeddings === true || can.embedding === true) return 'embedding'
  }
  return kindOfName(id)
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

const names: readonly [RegExp, ModelType | 'other'][] = [
  [
    /whisper|transcri|(^|[-_/])(tts|stt|asr|orpheus|playai)([-_.]|$)|speech|voxtral-mini-tts|realtime|audio-preview/,
    'other',
  ],
  [/moderation|guard(rail)?([-_.]|$)|rerank|reward|(^|[-_/])ocr([-_.]|$)|video|sora|veo-/, 'other'],
  [/embed|(^|[-_/])(bge|e5|gte|minilm|nomic|jina-clip|voyage)([-_.]|$)/, 'embedding'],
  [
    /dall-e|gpt-image|chatgpt-image|(^|[-_/])(flux|sdxl|imagen|stable-diffusion|playground-v|kandinsky|recraft)|image-gen|-image(-|$)|aurora/,
    'image',
  ],
  [/^(openai\/)?(gpt-3\.5-turbo-instruct|davinci-002|babbage-002)|codestral.*fim|text-davinci/, 'completion'],
]

/** From a Model ID alone; chat is what most models are for. */
export function kindOfName(id: string): ModelType | 'other' {
  const name = id.toLowerCase()
  return names.find(([pattern]) => pattern.test(name))?.[1] ?? 'chat'
}
