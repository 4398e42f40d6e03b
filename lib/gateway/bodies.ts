import { z } from 'zod'
import { capabilityKeys, ModelType, Region, Verdict } from '#lib/models/schema.ts'
import { shapes } from './extensions.ts'

/*
 * The bodies of /v1 as far as Patchbay reads them: for the API's document. Everything else of OpenAI's API is passed on.
 */

const own = {
  retry: shapes.retry.optional(),
  fallbacks: shapes.fallbacks.optional(),
  load_balancer: shapes.load_balancer.optional(),
  timeout: shapes.timeout.optional(),
  cache: shapes.cache.optional(),
  identity: shapes.identity.optional(),
  thread: shapes.thread.optional(),
  name: shapes.name.optional(),
  variables: z.record(z.string(), z.unknown()).optional(),
  context: z.record(z.string(), z.unknown()).optional(),
}
const model = z.string().min(1).max(1_024)
const metadata = z.record(z.string().max(64), z.string().max(512)).optional()
const tokens = z.int().min(1).optional()

const Message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish(),
})

export const ChatBody = z.looseObject({
  model,
  messages: z.array(Message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  temperature: z.number().min(0).max(2).nullish(),
  tools: z.array(z.looseObject({ type: z.string() })).optional(),
  tool_choice: z.union([z.string(), z.looseObject({})]).optional(),
  response_format: z.looseObject({ type: z.enum(['text', 'json_object', 'json_schema']) }).optional(),
  metadata,
  ...own,
})

export const ResponsesBody = z.looseObject({
  model,
  input: z.union([z.string(), z.array(z.looseObject({ type: z.string().optional() }))]).optional(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: tokens.nullable(),
  temperature: z.number().min(0).max(2).nullish(),
  tools: z.array(z.looseObject({ type: z.string() })).optional(),
  tool_choice: z.union([z.string(), z.looseObject({})]).optional(),
  text: z.looseObject({}).optional(),
  metadata,
  ...own,
})

export const CompletionBody = z.looseObject({
  model,
  prompt: z.union([z.string(), z.array(z.unknown())]),
  stream: z.boolean().nullish(),
  max_tokens: tokens,
  temperature: z.number().min(0).max(2).nullish(),
  metadata,
  ...own,
})

export const EmbeddingBody = z.looseObject({
  model,
  input: z.union([z.string(), z.array(z.unknown())]),
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().min(1).optional(),
  ...own,
})

export const ImageBody = z.looseObject({
  model,
  prompt: z.string(),
  n: z.int().min(1).nullish(),
  size: z.string().nullish(),
  response_format: z.enum(['url', 'b64_json']).nullish(),
  ...own,
})

const price = z.string().nullable()
const shared = { object: z.literal('model'), created: z.int(), owned_by: z.string() }
const id = z.string().describe('What to put in `model`.')

/** A model, a group of models, or a deployment: told apart by `patchbay.group` and `patchbay.environments`. */
export const ModelObject = z.union([
  z.object({
    id,
    ...shared,
    patchbay: z.object({
      name: z.string(),
      type: ModelType,
      region: Region,
      model_id: z.string(),
      context_tokens: z.int().nullable(),
      max_tokens: z.int().nullable(),
      dimensions: z.int().nullable(),
      capabilities: z.partialRecord(z.enum(capabilityKeys), Verdict),
      prices: z
        .object({ input: price, cached_input: price, output: price, image: price })
        .describe('USD as decimals, per 1M tokens or per image; null is unpriced.'),
    }),
  }),
  z.object({
    id,
    ...shared,
    patchbay: z.object({
      name: z.string(),
      type: ModelType,
      group: z
        .array(z.object({ model: z.string(), type: ModelType, weight: z.int() }))
        .describe('A call goes to one of them, as often as its weight says.'),
    }),
  }),
  z.object({
    id,
    ...shared,
    patchbay: z.object({
      name: z.string(),
      type: ModelType,
      description: z.string(),
      environments: z.record(z.string(), z.string()).describe('The version that each of them serves.'),
    }),
  }),
])

const record = z.record(z.string(), z.unknown())

/** `POST /v1/deployments/{key}/invoke`. */
export const InvokeBody = z.strictObject({
  inputs: record.optional(),
  context: record.optional(),
  prefix_messages: z.array(Message).optional(),
  messages: z.array(Message).optional(),
  prompt: z.union([z.string(), z.array(z.unknown())]).optional(),
  input: z.union([z.string(), z.array(z.unknown())]).optional(),
  identity: shapes.identity.optional(),
  thread: shapes.thread.optional(),
  metadata,
  name: shapes.name.optional(),
  retry: shapes.retry.optional(),
  timeout: shapes.timeout.optional(),
  extra_params: record.optional(),
  stream: z.boolean().optional(),
  invoke_options: z
    .strictObject({
      include_usage: z.boolean().optional(),
      mock_response: z.string().nullish(),
      variant: z.string().nullish(),
    })
    .optional(),
})

/** What a deployment resolves to. */
export const DeploymentConfigAnswer = z
  .object({
    object: z.literal('deployment.config'),
    deployment: z.string(),
    version: z.string(),
    environment: z.string().nullable(),
    variant: z.string(),
    type: ModelType,
    model: z.string().describe("The slug of the model that would be called; also `request`'s."),
    fallbacks: z.array(z.object({ model: z.string(), request: record })),
    request: record.describe('The body as the model would get it, before what its wire profile changes.'),
    overridden: z.array(z.string()).describe('What this call sets and the variant sets otherwise.'),
    warnings: z.array(z.string()),
  })
  .describe('Prompt and parameters of a deployment, filled in.')
