import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { ChatOpenAI, DallEAPIWrapper, OpenAIEmbeddings } from '@langchain/openai'
import {
  APICallError,
  type EmbeddingModel,
  embedMany,
  generateImage,
  generateText,
  type ImageModel,
  isStepCount,
  jsonSchema,
  type LanguageModel,
  Output,
  streamText,
  tool,
} from 'ai'
import OpenAI, { APIError } from 'openai'
import { user, weather } from './practice-client.ts'

/** What people do with a client, whichever they have. Models are addresses. */
export interface Client {
  /** The text of a whole answer. */
  say(model: string, prompt: string, signal?: AbortSignal): Promise<string>
  /** The text of a stream, piece by piece. */
  stream(model: string, prompt: string, signal?: AbortSignal): AsyncIterable<string>
  /** Asks for the weather in Paris with a tool, answers the tool's call, and returns what was asked and what was said. */
  callTool(model: string): Promise<{ city: unknown; text: string }>
  /** An object with a `city`. */
  fill(model: string): Promise<unknown>
  /** What is to be seen in a picture, a data URI. */
  see(model: string, picture: string): Promise<string>
  embed?(model: string, texts: string[]): Promise<number[][]>
  /** Base64. */
  draw?(model: string, prompt: string): Promise<string>
}

export interface Place {
  baseURL: string
  apiKey: string
}

/** The status of an answer as each client tells it in its error. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof APIError) return error.status
  if (APICallError.isInstance(error)) return error.statusCode
  // LangChain's own classes keep what the client below told.
  return (error as { status?: number } | null)?.status
}

export const clients: readonly (readonly [name: string, open: (place: Place) => Client])[] = [
  ['openai', openAiChat],
  ['openai, Responses', openAiResponses],
  ['AI SDK, openai-compatible', aiSdkCompatible],
  ['AI SDK, openai', aiSdkChat],
  ['AI SDK, openai Responses', aiSdkResponses],
  ['LangChain', (place) => langChain(place, false)],
  ['LangChain, Responses', (place) => langChain(place, true)],
]

const askWeather = 'What is the weather in Paris? Use the tool.'
const askCity = 'A city, please'
const askPicture = 'Which colour and which shape?'
const sky = '{"sky":"clear"}'
const { name, description, parameters } = weather.function
const citySchema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const

function openAiChat(place: Place): Client {
  const openai = new OpenAI({ ...place, maxRetries: 0 })
  const { completions } = openai.chat
  const textOf = ({ choices }: OpenAI.ChatCompletion) => choices[0]?.message.content ?? ''
  return {
    say: async (model, prompt, signal) =>
      textOf(await completions.create({ model, messages: user(prompt) }, { signal })),
    async *stream(model, prompt, signal) {
      for await (const { choices } of await completions.create(
        { model, messages: user(prompt), stream: true },
        { signal },
      ))
        if (choices[0]?.delta.content) yield choices[0].delta.content
    },
    async callTool(model) {
      const messages: OpenAI.ChatCompletionMessageParam[] = user(askWeather)
      const first = await completions.create({ model, messages, tools: [weather] })
      const message = first.choices[0]!.message
      const call = message.tool_calls![0] as OpenAI.ChatCompletionMessageFunctionToolCall
      messages.push(message, { role: 'tool', tool_call_id: call.id, content: sky })
      const text = textOf(await completions.create({ model, messages, tools: [weather] }))
      return { city: JSON.parse(call.function.arguments).city, text }
    },
    async fill(model) {
      const format = { name: 'city', schema: citySchema, strict: true }
      return JSON.parse(
        textOf(
          await completions.create({
            model,
            messages: user(askCity),
            response_format: { type: 'json_schema', json_schema: format },
          }),
        ),
      )
    },
    see: async (model, url) =>
      textOf(
        await completions.create({
          model,
          messages: [
            {
              role: 'user',
              content: [
                { type: 'text', text: askPicture },
                { type: 'image_url', image_url: { url } },
              ],
            },
          ],
        }),
      ),
    embed: async (model, input) =>
      (await openai.embeddings.create({ model, input })).data.map(({ embedding }) => embedding),
    draw: async (model, prompt) =>
      (await openai.images.generate({ model, prompt, response_format: 'b64_json' })).data?.[0]?.b64_json ?? '',
  }
}

function openAiResponses(place: Place): Client {
  const { responses } = new OpenAI({ ...place, maxRetries: 0 })
  const tools = [{ type: 'function' as const, name, description, strict: false, parameters }]
  return {
    say: async (model, input, signal) => (await responses.create({ model, input }, { signal })).output_text,
    async *stream(model, input, signal) {
      for await (const event of await responses.create({ model, input, stream: true }, { signal }))
        if (event.type === 'response.output_text.delta') yield event.delta
    },
    async callTool(model) {
      const first = await responses.create({ model, input: askWeather, tools })
      const call = first.output.find((item) => item.type === 'function_call')!
      const output = { type: 'function_call_output' as const, call_id: call.call_id, output: sky }
      const second = await responses.create({ model, previous_response_id: first.id, input: [output], tools })
      return { city: JSON.parse(call.arguments).city, text: second.output_text }
    },
    async fill(model) {
      const format = { type: 'json_schema' as const, name: 'city', schema: citySchema, strict: true }
      return JSON.parse((await responses.create({ model, input: askCity, text: { format } })).output_text)
    },
    see: async (model, image_url) =>
      (
        await responses.create({
          model,
          input: [
            {
              role: 'user',
              content: [
                { type: 'input_text', text: askPicture },
                { type: 'input_image', image_url, detail: 'auto' },
              ],
            },
          ],
        })
      ).output_text,
  }
}

interface AiSdkModels {
  language(model: string): LanguageModel
  embedding?(model: string): EmbeddingModel
  image?(model: string): ImageModel
}

function aiSdkCompatible({ baseURL, apiKey }: Place): Client {
  const provider = createOpenAICompatible({ name: 'patchbay', baseURL, apiKey, supportsStructuredOutputs: true })
  return aiSdk({ language: provider.chatModel, embedding: provider.embeddingModel, image: provider.imageModel })
}

function aiSdkChat(place: Place): Client {
  const { chat, embedding, image } = createOpenAI(place)
  return aiSdk({ language: chat, embedding, image })
}

function aiSdkResponses(place: Place): Client {
  return aiSdk({ language: createOpenAI(place).responses })
}

function aiSdk({ language, embedding, image }: AiSdkModels): Client {
  const once = (model: string, signal?: AbortSignal) => ({
    model: language(model),
    maxRetries: 0,
    ...(signal && { abortSignal: signal }),
  })
  return {
    say: async (model, prompt, signal) => (await generateText({ ...once(model, signal), prompt })).text,
    async *stream(model, prompt, signal) {
      // Its text alone hides what went wrong.
      for await (const part of streamText({ ...once(model, signal), prompt, onError: () => undefined }).fullStream) {
        if (part.type === 'text-delta') yield part.text
        if (part.type === 'error') throw part.error
        if (part.type === 'abort') throw signal?.reason
      }
    },
    async callTool(model) {
      let city: unknown
      const execute = async (input: { city: string }) => {
        city = input.city
        return JSON.parse(sky)
      }
      const tools = {
        [name]: tool({ description, inputSchema: jsonSchema<{ city: string }>(parameters as object), execute }),
      }
      const { text } = await generateText({ ...once(model), prompt: askWeather, tools, stopWhen: isStepCount(2) })
      return { city, text }
    },
    fill: async (model) =>
      (
        await generateText({
          ...once(model),
          prompt: askCity,
          output: Output.object({ schema: jsonSchema(citySchema) }),
        })
      ).output,
    see: async (model, picture) =>
      (
        await generateText({
          ...once(model),
          messages: [
            {
              role: 'user',
              content: [
                { type: 'text', text: askPicture },
                { type: 'file', mediaType: 'image', data: picture },
              ],
            },
          ],
        })
      ).text,
    ...(embedding && {
      embed: async (model, values) => (await embedMany({ model: embedding(model), values, maxRetries: 0 })).embeddings,
    }),
    ...(image && {
      draw: async (model, prompt) =>
        (
          await generateImage({
            model: image(model),
            prompt,
            maxRetries: 0,
            // Where it is not asked for base64 it is given a URL, and fetches none from loopback.
            providerOptions: { patchbay: { response_format: 'b64_json' } },
          })
        ).image.base64,
    }),
  }
}

function langChain({ baseURL, apiKey }: Place, useResponsesApi: boolean): Client {
  const open = (model: string) =>
    new ChatOpenAI({ model, apiKey, maxRetries: 0, useResponsesApi, configuration: { baseURL } })
  return {
    say: async (model, prompt, signal) => (await open(model).invoke(prompt, { signal })).text,
    async *stream(model, prompt, signal) {
      for await (const chunk of await open(model).stream(prompt, { signal })) if (chunk.text) yield chunk.text
    },
    async callTool(model) {
      const chat = open(model).bindTools([weather])
      const asked = new HumanMessage(askWeather)
      const first = await chat.invoke([asked])
      const call = first.tool_calls![0]!
      const answered = new ToolMessage({ tool_call_id: call.id!, content: sky })
      return { city: call.args.city, text: (await chat.invoke([asked, first, answered])).text }
    },
    fill: (model) =>
      open(model)
        .withStructuredOutput(citySchema, { name: 'city', method: 'jsonSchema', strict: true })
        .invoke(askCity),
    see: async (model, url) =>
      (
        await open(model).invoke([
          new HumanMessage({
            content: [
              { type: 'text', text: askPicture },
              { type: 'image_url', image_url: { url } },
            ],
          }),
        ])
      ).text,
    ...(!useResponsesApi && {
      embed: (model, texts) =>
        new OpenAIEmbeddings({ model, apiKey, maxRetries: 0, configuration: { baseURL } }).embedDocuments(texts),
      draw: async (model, prompt) =>
        String(
          await new DallEAPIWrapper({
            model,
            apiKey,
            baseUrl: baseURL,
            dallEResponseFormat: 'b64_json',
          }).invoke(prompt),
        ),
    }),
  }
}
