import { z } from 'zod'
import type { Price } from '#lib/metering/schema.ts'

/** What a model is called for. Labels are those of the form. */
export const modelTypes = ['chat', 'completion', 'embedding', 'image'] as const
export const ModelType = z.enum(modelTypes)
export type ModelType = z.infer<typeof ModelType>

/** The pictures that a validation with consent makes: the required one and one for each format. */
export const imagesMade = 3

export const regions = ['us', 'eu', 'uk', 'apac', 'global', 'own'] as const
export const Region = z.enum(regions)
export type Region = z.infer<typeof Region>

/** yes: shown to work. no: rejected by the server, twice. ignored: accepted, not honoured. unknown: not decided, or not run. */
export const verdicts = ['yes', 'no', 'ignored', 'unknown'] as const
export const Verdict = z.enum(verdicts)
export type Verdict = z.infer<typeof Verdict>

/** What a model can be shown to do; the keys of a capability card. */
export const capabilityKeys = [
  'streaming',
  'stream_usage',
  'tools',
  'tools_required',
  'tools_named',
  'tools_parallel',
  'tools_streamed',
  'json_schema',
  'json_object',
  'vision',
  'reasoning',
  'system_role',
  'developer_role',
  'temperature',
  'stop',
  'seed',
  'logprobs',
  'n',
  'embedding_base64',
  'embedding_dimensions',
  'embedding_batch',
  'image_b64',
  'image_url',
] as const
export const CapabilityKey = z.enum(capabilityKeys)
export type CapabilityKey = z.infer<typeof CapabilityKey>

export const Capability = z.object({
  verdict: Verdict,
  /** A few words for the card: `first token 96 ms, 284 tokens/s`, or the server's own refusal. */
  detail: z.string().max(300).default(''),
  /** Set by an admin; validation does not overwrite it. */
  pinned: z.boolean().default(false),
})
export type Capability = z.infer<typeof Capability>

export const CapabilityCard = z.object({
  checks: z.partialRecord(CapabilityKey, Capability).default({}),
  /** Length of an embedding. */
  dimensions: z.number().int().positive().nullable().default(null),
  contextTokens: z.number().int().positive().nullable().default(null),
  /** False where the server takes any key. Null: not decided. */
  checksKeys: z.boolean().nullable().default(null),
})
export type CapabilityCard = z.infer<typeof CapabilityCard>

/**
 * How this server deviates from OpenAI's wire format. It only adds, renames or drops what the server rejects.
 * Defaults are OpenAI's own behaviour.
 */
export const WireProfile = z.object({
  maxTokensParameter: z.enum(['max_tokens', 'max_completion_tokens', 'both']).default('both'),
  /** Top-level parameters the server refuses. */
  drop: z.array(z.string().max(64)).max(50).default([]),
  systemRole: z.enum(['system', 'developer', 'user']).default('system'),
  developerRole: z.enum(['developer', 'system', 'user']).default('developer'),
  /** Where usage appears in streams: asked for by stream_options, always there, or never. */
  streamUsage: z.enum(['ask', 'always', 'never']).default('ask'),
  reasoningField: z.enum(['', 'reasoning_content', 'reasoning']).default(''),
  toolIndexMissing: z.boolean().default(false),
  embeddingEncodings: z.enum(['both', 'float', 'base64']).default('both'),
  jsonSchemaDowngrade: z.enum(['none', 'json_object']).default('none'),
})
export type WireProfile = z.infer<typeof WireProfile>

/** A model as the gateway's snapshot holds it. Its credential is sealed; it is opened on first use. */
export interface ModelEntry {
  id: string
  workspaceId: string
  /** Raised by every change: pools and opened credentials of an older version are dropped. */
  version: number
  type: ModelType
  name: string
  slug: string
  modelId: string
  region: Region
  baseUrl: string
  state: 'active' | 'disabled'
  maxTokens: number | null
  temperature: number | null
  contextTokens: number | null
  /** `/chat/completions` and so on, where they differ from OpenAI's. */
  paths: Partial<Record<ModelType, string>>
  timeouts: { connectMs: number; firstByteMs: number; idleMs: number; totalMs: number }
  capabilities: CapabilityCard
  profile: WireProfile
  price: Price | null
  createdAt: number
}
