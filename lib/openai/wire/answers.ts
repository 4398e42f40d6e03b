import { z } from 'zod'

/*
 * The answers of OpenAI's API as far as Patchbay reads them. Tolerant: unknown members stay, what servers were seen to
 * leave out may be missing. A value that passes is usable as what its name says.
 */

const count = z.number().int().nonnegative()
const text = z.string().nullish()

/** A call of a function that a model asks for; in streams in pieces, and with some servers without `index`. */
export const ToolCall = z.looseObject({
  index: count.optional(),
  id: text,
  type: text,
  function: z.looseObject({ name: text, arguments: text }).optional(),
})
export type ToolCall = z.infer<typeof ToolCall>

/** `reasoning_content` became `reasoning` with some servers: both are read. */
const messageFields = {
  role: text,
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish(),
  refusal: text,
  reasoning: text,
  reasoning_content: text,
  tool_calls: z.array(ToolCall).max(1024).nullish(),
}

export const ChatCompletion = z.looseObject({
  id: text,
  model: text,
  choices: z
    .array(
      z.looseObject({ message: z.looseObject(messageFields), finish_reason: text, logprobs: z.unknown().optional() }),
    )
    .min(1)
    .max(1024),
  usage: z.unknown().optional(),
})
export type ChatCompletion = z.infer<typeof ChatCompletion>

/** `choices` is empty in the chunk that carries the usage. */
export const ChatCompletionChunk = z.looseObject({
  id: text,
  model: text,
  choices: z
    .array(
      z.looseObject({ index: count.optional(), delta: z.looseObject(messageFields).nullish(), finish_reason: text }),
    )
    .max(1024),
  usage: z.unknown().optional(),
})
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>

/** An answer of the Responses API. `error` is null where it went well. */
export const ResponseObject = z.looseObject({
  id: text,
  object: text,
  model: text,
  status: text,
  output: z.array(z.looseObject({ type: z.string() })).max(1024),
  usage: z.unknown().optional(),
})

/** Legacy completions; the chunks of their streams have the same shape. */
export const Completion = z.looseObject({
  id: text,
  model: text,
  choices: z.array(z.looseObject({ text: z.string(), finish_reason: text })).max(1024),
  usage: z.unknown().optional(),
})
export type Completion = z.infer<typeof Completion>

/** An embedding is a list of numbers, or base64 of little-endian 32-bit floats. */
export const EmbeddingList = z.looseObject({
  data: z
    .array(z.looseObject({ index: count.optional(), embedding: z.union([z.array(z.number()), z.string()]) }))
    .min(1)
    .max(100_000),
  model: text,
  usage: z.unknown().optional(),
})
export type EmbeddingList = z.infer<typeof EmbeddingList>

export const ImageList = z.looseObject({
  data: z
    .array(z.looseObject({ b64_json: text, url: text }).refine((image) => Boolean(image.b64_json ?? image.url)))
    .min(1)
    .max(1024),
  usage: z.unknown().optional(),
})
export type ImageList = z.infer<typeof ImageList>
