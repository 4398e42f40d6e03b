import { z } from 'zod'
import type { Price } from '#lib/metering/schema.ts'
import { capabilityKeys, modelTypes, profileFields, regions, verdicts } from './lists.ts'

export { capabilityKeys, imagesMade, modelTypes, profileFields, profileFieldsOf, regions } from './lists.ts'

export const ModelType = z.enum(modelTypes)
export type ModelType = z.infer<typeof ModelType>

export const Region = z.enum(regions)
export type Region = z.infer<typeof Region>

export const Verdict = z.enum(verdicts)
export type Verdict = z.infer<typeof Verdict>

export const CapabilityKey = z.enum(capabilityKeys)
export type CapabilityKey = z.infer<typeof CapabilityKey>

export const Capability = z.object({
  verdict: Verdict,
  /** A few words for the card: `first token 96 ms, 284 tokens/s`, or the server's own refusal. */
  detail: z.string().max(300).default(''),
  /** Set by an admin; validation does not overwrite it. */
  pinned: z.boolean().default(false),
  /** Who pinned it, when and why. */
  pin: z.object({ by: z.string().max(200), at: z.iso.datetime(), reason: z.string().max(300) }).optional(),
  /** What validation found last, kept beside a pin and in force again without it. */
  found: z.object({ verdict: Verdict, detail: z.string().max(300) }).optional(),
  /** When a validation first found *no* where the one before had found *yes*. */
  lostAt: z.iso.datetime().optional(),
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
  /** Top-level parameters that the server demands and OpenAI does not know, with the value where a caller sends none. */
  add: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), z.string().max(256))
    .refine((record) => Object.keys(record).length <= 10, 'At most 10 of them.')
    .default({}),
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

export const ProfileField = z.enum(profileFields satisfies readonly (keyof WireProfile)[])
export type ProfileField = z.infer<typeof ProfileField>

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
  /** `group`: the models of the workspace that share host and key. `refused`: their server refuses it. */
  credential: { group: string; refused: boolean }
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

/** What other rooms tell by whether a model can do what is asked of it. */
export interface ModelFacts {
  id: string
  slug: string
  name: string
  type: ModelType
  region: Region
  state: 'active' | 'disabled'
  keyRefused: boolean
  maxTokens: number | null
  contextTokens: number | null
  capabilities: CapabilityCard
  profile: WireProfile
}

/** A group as the gateway's snapshot holds it: an address that several models share by weight. */
export interface GroupEntry {
  address: string
  createdAt: number
  members: readonly { entry: ModelEntry; weight: number }[]
}
