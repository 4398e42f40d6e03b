import { z } from 'zod'
import { Region } from '#lib/models/schema.ts'
import { Routing } from './routing-schema.ts'
import { configCharsMax, fallbacksMax, messageRoles, variablesMax, variableTypes, variantsMax } from './vocabulary.ts'

/*
 * What a version holds. The schemas bound and shape; what is still missing or does not fit together is said by
 * `problemsOf`, so that a draft can be saved in the middle of a thought.
 */

const text = (max: number) => z.string().max(max, `At most ${max.toLocaleString('en-US')} characters.`)
const count = (most: number) => z.int().min(1).max(most)
const milliseconds = z.int().min(1, 'From 1 ms.').max(3_600_000, 'At most an hour.')

const JsonObject = z.record(z.string().max(256), z.unknown())
/** A JSON object, or the text of one that does not parse yet: what a person types is not lost. */
const JsonText = z.union([JsonObject, text(100_000)]).transform((value) => {
  if (typeof value !== 'string') return value
  try {
    const parsed: unknown = JSON.parse(value)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : value
  } catch {
    return value
  }
})

/** Letters, digits, `_`, `-` and dots. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/

export const Variable = z.strictObject({
  name: text(64),
  type: z.enum(variableTypes).default('string'),
  /** Taken where a call gives none. */
  default: z.unknown().optional(),
  required: z.boolean().default(true),
  /** Personal: its name stands for its value in a prompt that is kept. An answer may repeat it. */
  pii: z.boolean().default(false),
  description: text(500).default(''),
})
export type Variable = z.output<typeof Variable>

const ContentPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: text(200_000) }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: text(100_000), detail: z.enum(['auto', 'low', 'high']).optional() }),
  }),
])

export const Message = z.strictObject({
  role: z.enum(messageRoles),
  /** Text or parts; `{{name}}` stands for a variable in both. */
  content: z.union([text(200_000), z.array(ContentPart).max(50)]),
  name: text(64).optional(),
  tool_call_id: text(128).optional(),
  tool_calls: z
    .array(
      z.strictObject({
        id: text(128),
        type: z.literal('function').default('function'),
        function: z.strictObject({ name: text(64), arguments: text(100_000) }),
      }),
    )
    .max(32)
    .optional(),
})
export type Message = z.output<typeof Message>

export const Tool = z.strictObject({
  type: z.literal('function').default('function'),
  function: z.strictObject({
    name: text(64),
    description: text(4_000).optional(),
    parameters: JsonText.optional(),
    strict: z.boolean().optional(),
  }),
})
export type Tool = z.output<typeof Tool>

const ResponseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: text(64),
      description: text(4_000).optional(),
      strict: z.boolean().optional(),
      schema: JsonText,
    }),
  }),
])

const ToolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: text(64) }) }),
])

/** OpenAI's own names; what is left out is not sent. */
export const Parameters = z.strictObject({
  temperature: z.number().min(0, 'From 0 to 2.').max(2, 'From 0 to 2.').optional(),
  top_p: z.number().min(0, 'From 0 to 1.').max(1, 'From 0 to 1.').optional(),
  max_tokens: count(10_000_000).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  seed: z.int().optional(),
  stop: z.array(text(256).min(1)).max(16).optional(),
  n: count(128).optional(),
  logprobs: z.boolean().optional(),
  top_logprobs: z.int().min(0).max(20).optional(),
  reasoning_effort: text(32).min(1).optional(),
  verbosity: text(32).min(1).optional(),
  response_format: ResponseFormat.optional(),
  tool_choice: ToolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  suffix: text(20_000).optional(),
  dimensions: count(100_000).optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
  size: text(32).min(1).optional(),
  quality: text(32).min(1).optional(),
  style: text(32).min(1).optional(),
  background: text(32).min(1).optional(),
  /** Of an image: OpenAI's `response_format`. */
  image_format: z.enum(['b64_json', 'url']).optional(),
  /** What a server takes beyond OpenAI's: sent as it stands. */
  extra: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/), z.unknown())
    .refine((record) => Object.keys(record).length <= 50, 'At most 50 of them.')
    .optional(),
})
export type Parameters = z.output<typeof Parameters>

export const Fallback = z.strictObject({
  /** The id of a model of the same Type. */
  model: text(64),
  /** Null: as the variant's own. */
  parameters: Parameters.nullable().default(null),
})

export const Guardrail = z.strictObject({
  /** The id of an evaluator. */
  evaluator: text(64),
  on: z.enum(['input', 'output']),
  /** What it does not let pass is refused; or it looks at calls that were answered, and what it says is feedback. */
  act: z.enum(['refuse', 'rate']).default('refuse'),
  /** Percent of the calls that it looks at. */
  sample: z.number().gt(0, 'More than 0.').max(100, 'At most 100.').default(100),
  /** Of an output, where the answer is a stream: hold it back until it is whole, or look at it afterwards. */
  stream: z.enum(['hold', 'after']).default('hold'),
})
export type Guardrail = z.output<typeof Guardrail>

export const Variant = z.strictObject({
  name: text(64),
  /** The id of a model. */
  model: text(64),
  /** Of chat: they stand before the caller's own. */
  messages: z.array(Message).max(100).default([]),
  /** Of completions, images and embeddings: in place of the caller's own, where it is not empty. */
  prompt: text(200_000).default(''),
  parameters: Parameters.prefault({}),
  tools: z.array(Tool).max(128).default([]),
  retry: z
    .strictObject({
      count: z.int().min(0, 'From 0 to 5.').max(5, 'From 0 to 5.'),
      /** Statuses; null: every failure that may be retried. */
      onCodes: z
        .array(
          z.int().refine((code) => code === 408 || code === 409 || code === 429 || (code >= 500 && code < 600), {
            error: 'Only 408, 409, 429 and 500 to 599 can be tried again.',
          }),
        )
        .min(1)
        .max(20)
        .nullable()
        .default(null),
    })
    .nullable()
    .default(null),
  fallbacks: z.array(Fallback).max(fallbacksMax, `At most ${fallbacksMax} fallbacks.`).default([]),
  timeouts: z
    .strictObject({
      callMs: milliseconds.optional(),
      firstByteMs: milliseconds.optional(),
      idleMs: milliseconds.optional(),
    })
    .prefault({}),
  /** Equal calls are answered from the cache for so long; null: never. */
  cacheSeconds: z.int().min(1).max(259_200).nullable().default(null),
  guardrails: z.array(Guardrail).max(20).default([]),
  /** No model elsewhere may answer. */
  region: Region.nullable().default(null),
})
export type Variant = z.output<typeof Variant>

export const DeploymentConfig = z
  .strictObject({
    /** What callers give. Of all variants, because a caller does not know which one answers. */
    variables: z.array(Variable).max(variablesMax).default([]),
    /** Missing and unknown inputs are told in a header, not refused. */
    lenient: z.boolean().default(false),
    variants: z.array(Variant).min(1, 'A deployment has at least one variant.').max(variantsMax),
    routing: Routing.prefault({}),
  })
  .refine((config) => JSON.stringify(config).length <= configCharsMax, 'All of it together is too large.')
export type DeploymentConfig = z.output<typeof DeploymentConfig>
export type DeploymentConfigInput = z.input<typeof DeploymentConfig>
