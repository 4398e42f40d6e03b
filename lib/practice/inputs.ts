import { z } from 'zod'
import { badField, type Refusal } from './refusal.ts'

const messagesMax = 10_000
const choicesMax = 16

const TextPart = z.looseObject({ type: z.literal('text'), text: z.string() })
const ImagePart = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.looseObject({ url: z.string(), detail: z.enum(['auto', 'low', 'high']).nullish() }),
})
const RefusalPart = z.looseObject({ type: z.literal('refusal'), refusal: z.string() })
const Part = z.discriminatedUnion('type', [TextPart, ImagePart, RefusalPart])
const Content = z.union([z.string(), z.array(Part).min(1).max(1_000)])

const ToolCallInput = z.looseObject({
  id: z.string().max(256),
  type: z.literal('function').default('function'),
  function: z.looseObject({ name: z.string().max(256), arguments: z.string() }),
})

const Message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.enum(['system', 'developer', 'user']), content: Content }),
  z.looseObject({
    role: z.literal('assistant'),
    content: Content.nullish(),
    tool_calls: z.array(ToolCallInput).max(128).nullish(),
  }),
  z.looseObject({ role: z.literal('tool'), content: Content, tool_call_id: z.string().max(256) }),
])

const functionName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "expected 1 to 64 of a-z, A-Z, 0-9, '_' and '-'")

const ToolInput = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: functionName,
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
})

const ToolChoiceInput = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) }),
])

const ResponseFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({
      name: functionName,
      schema: z.record(z.string(), z.unknown()),
      strict: z.boolean().nullish(),
    }),
  }),
])

/** What chat and legacy completions share. */
const sampling = {
  model: z.string().min(1).max(256),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().min(1).max(10_000_000).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.int().nullish(),
  n: z.int().min(1).max(choicesMax).nullish(),
  stop: z.union([z.string().max(1_000), z.array(z.string().max(1_000)).max(4)]).nullish(),
  user: z.string().max(10_000).nullish(),
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
}

export const ChatInput = z.looseObject({
  ...sampling,
  messages: z.array(Message).min(1).max(messagesMax),
  max_completion_tokens: z.int().min(1).max(10_000_000).nullish(),
  tools: z.array(ToolInput).min(1).max(128).nullish(),
  tool_choice: ToolChoiceInput.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: ResponseFormat.nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high']).nullish(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
})
export type ChatInput = z.infer<typeof ChatInput>
export type ChatMessage = ChatInput['messages'][number]

export const CompletionInput = z.looseObject({
  ...sampling,
  prompt: z.union([
    z.string(),
    z.array(z.string()).min(1).max(100),
    z.array(z.int().min(0)).min(1),
    z
      .array(z.array(z.int().min(0)).min(1))
      .min(1)
      .max(100),
  ]),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  best_of: z.int().min(1).max(choicesMax).nullish(),
})
export type CompletionInput = z.infer<typeof CompletionInput>

export const EmbeddingInput = z.looseObject({
  model: sampling.model,
  input: z.union([
    z.string(),
    z.array(z.string()).min(1).max(2_048),
    z.array(z.int().min(0)).min(1).max(100_000),
    z
      .array(z.array(z.int().min(0)).min(1))
      .min(1)
      .max(2_048),
  ]),
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().min(1).optional(),
  user: sampling.user,
})
export type EmbeddingInput = z.infer<typeof EmbeddingInput>

export const ImageInput = z.looseObject({
  model: sampling.model,
  prompt: z.string().min(1).max(32_000),
  n: z.int().min(1).max(10).nullish(),
  size: z.string().max(20).nullish(),
  response_format: z.enum(['url', 'b64_json']).nullish(),
  quality: z.string().max(20).nullish(),
  style: z.string().max(20).nullish(),
  user: sampling.user,
})

const unknownFieldsAllowed = [
  'store',
  'service_tier',
  'prompt_cache_key',
  'safety_identifier',
  'verbosity',
  'modalities',
  'prediction',
]

/** The body as its schema says, or 400 in OpenAI's words with the field's path as `param`. */
export function readInput<Output>(schema: z.ZodType<Output>, body: unknown): Output {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  throw toRefusal(read.error, body)
}

/** 400 for a top-level field that the schema does not name. */
export function requireKnownFields(schema: z.ZodObject, body: object): void {
  const unknown = Object.keys(body).find(
    (name) => !Object.hasOwn(schema.shape, name) && !unknownFieldsAllowed.includes(name),
  )
  if (unknown !== undefined)
    throw badField(unknown, `Unrecognized request argument supplied: ${unknown}`, 'unknown_parameter')
}

function toRefusal(error: z.ZodError, body: unknown): Refusal {
  const issue = error.issues[0]!
  const param = issue.path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`))
    .join('')
  const value = issue.path.reduce<unknown>(
    (inside, part) =>
      typeof inside === 'object' && inside !== null ? (inside as Record<PropertyKey, unknown>)[part] : undefined,
    body,
  )
  if (value === undefined)
    return badField(param || null, `Missing required parameter: '${param}'.`, 'missing_required_parameter')
  return badField(
    param || null,
    `Invalid value for '${param}': ${issue.message}.`,
    issue.code === 'invalid_type' ? 'invalid_type' : 'invalid_value',
  )
}
