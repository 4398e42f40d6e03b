import type OpenAI from 'openai'
import type { CapabilityKey } from '#lib/models/schema.ts'
import { drawProbePicture, namesPicture } from '#lib/models/validation/picture.ts'
import { user, weather } from '#lib/testing/practice-client.ts'

/** A call of the official client that asks for one capability. True where the answer is what was asked for. */
export type Exercise = (client: OpenAI, model: string) => ExerciseCall
interface ExerciseCall {
  /** The parameter that the gateway names where it refuses or warns. */
  param: string
  /** Resolves with the headers of the answer, and whether it is what was asked for. */
  made: Promise<{ headers: Headers; honoured: boolean }>
}

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming
const time = { ...weather, function: { ...weather.function, name: 'get_time', description: 'The time in a city' } }

function whole(
  param: string,
  body: Partial<Params>,
  honoured: (answer: OpenAI.ChatCompletion) => boolean = () => true,
): Exercise {
  return (client, model) => ({
    param,
    made: client.chat.completions
      .create({ messages: user('Say hello'), ...body, model })
      .withResponse()
      .then(({ data, response }) => ({ headers: response.headers, honoured: honoured(data) })),
  })
}

function streamed(
  param: string,
  body: Partial<OpenAI.ChatCompletionCreateParamsStreaming>,
  honoured: (chunks: OpenAI.ChatCompletionChunk[]) => boolean,
): Exercise {
  const run = async (client: OpenAI, model: string) => {
    const { data, response } = await client.chat.completions
      .create({ messages: user('Say hello'), ...body, model, stream: true })
      .withResponse()
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of data) chunks.push(chunk)
    return { headers: response.headers, honoured: honoured(chunks) }
  }
  return (client, model) => ({ param, made: run(client, model) })
}

const calls = ({ choices }: OpenAI.ChatCompletion) => choices[0]?.message.tool_calls ?? []
const callsTo = (answer: OpenAI.ChatCompletion, name: string) =>
  calls(answer).filter((call) => call.type === 'function' && call.function.name === name).length
const inParis = user('What is the weather in Paris? Use the tool.')
const sight = drawProbePicture(5)

/** The text, or the text parts of a list. */
function textOf({ choices }: OpenAI.ChatCompletion): string {
  const content: unknown = choices[0]?.message.content ?? ''
  return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? '').join('') : String(content)
}

/** The text without thoughts between tags. */
const wordsOf = (answer: OpenAI.ChatCompletion) => textOf(answer).replace(/<think>[\s\S]*?<\/think>/, '')

function parsed(answer: OpenAI.ChatCompletion): Record<string, unknown> | null {
  try {
    return JSON.parse(textOf(answer)) as Record<string, unknown>
  } catch {
    return null
  }
}

export const chatExercises: Partial<Record<CapabilityKey, Exercise>> = {
  streaming: streamed('stream', {}, (chunks) => chunks.length > 1),
  stream_usage: streamed('stream_options', { stream_options: { include_usage: true } }, (chunks) =>
    chunks.some((chunk) => chunk.usage || (chunk as { x_groq?: { usage?: object } }).x_groq?.usage),
  ),
  tools: whole('tools', { messages: inParis, tools: [weather] }, (answer) => callsTo(answer, 'get_weather') === 1),
  tools_required: whole(
    'tool_choice',
    { messages: user('Say hello to Paris.'), tools: [weather], tool_choice: 'required' },
    (answer) => callsTo(answer, 'get_weather') === 1,
  ),
  tools_named: whole(
    'tool_choice',
    {
      messages: user('How is Rome?'),
      tools: [weather, time],
      tool_choice: { type: 'function', function: { name: 'get_time' } },
    },
    (answer) => callsTo(answer, 'get_time') === 1,
  ),
  tools_parallel: whole(
    'parallel_tool_calls',
    {
      messages: user('What is the weather in Paris, Oslo and Rome? Call the tool once for each city.'),
      tools: [weather],
      parallel_tool_calls: true,
    },
    (answer) => callsTo(answer, 'get_weather') > 1,
  ),
  // The client puts the pieces together by their index.
  tools_streamed: streamed('tools', { messages: inParis, tools: [weather] }, (chunks) => {
    const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])
    const text = deltas.filter(({ index }) => index === 0).map((delta) => delta.function?.arguments ?? '')
    return deltas.length > 0 && /Paris/.test(text.join(''))
  }),
  json_schema: whole(
    'response_format',
    {
      messages: user('Describe a seagull.'),
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'bird',
          strict: true,
          schema: {
            type: 'object',
            properties: { wings: { type: 'integer' } },
            required: ['wings'],
            additionalProperties: false,
          },
        },
      },
    },
    (answer) => Number.isInteger(parsed(answer)?.wings),
  ),
  json_object: whole(
    'response_format',
    { messages: user('Answer with a JSON object about grass.'), response_format: { type: 'json_object' } },
    (answer) => parsed(answer) !== null,
  ),
  vision: whole(
    'messages',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Which colour and which shape do you see?' },
            { type: 'image_url', image_url: { url: sight.dataUri } },
          ],
        },
      ],
    },
    (answer) => namesPicture(textOf(answer), sight),
  ),
  // Thoughts reach the client as the server tells them: beside the text, within it, or as a count alone.
  reasoning: whole('reasoning', { messages: user('Is 91 a prime number? Answer yes or no.') }, (answer) => {
    const said = JSON.stringify(answer.choices[0]?.message)
    const counted = answer.usage?.completion_tokens_details?.reasoning_tokens ?? 0
    return /"reasoning(_content)?":"|"type":"reasoning"|<think>/.test(said) || counted > 0
  }),
  system_role: whole('role', { messages: [{ role: 'system', content: 'Be brief.' }, ...user('Say hello')] }),
  developer_role: whole('role', { messages: [{ role: 'developer', content: 'Be brief.' }, ...user('Say hello')] }),
  temperature: whole('temperature', { temperature: 0.2 }),
  seed: whole('seed', { seed: 7 }),
  stop: whole(
    'stop',
    { messages: user('Write the words: one two three four five'), stop: ['four'] },
    (answer) => /three/.test(wordsOf(answer)) && !/four/.test(wordsOf(answer)),
  ),
  logprobs: whole('logprobs', { logprobs: true, top_logprobs: 1 }, ({ choices }) =>
    Boolean(choices[0]?.logprobs?.content?.length),
  ),
  n: whole('n', { n: 2 }, ({ choices }) => choices.length === 2),
  responses: (client, model) => ({ param: 'model', made: responds(client, model) }),
}

/** Whole and streamed; the latter ends with what the former is. */
async function responds(client: OpenAI, model: string) {
  const input = 'Say hello'
  const { data, response } = await client.responses.create({ model, input }).withResponse()
  let streamed: OpenAI.Responses.Response | undefined
  for await (const event of await client.responses.create({ model, input, stream: true }))
    if (event.type === 'response.completed') streamed = event.response
  return {
    headers: response.headers,
    honoured: data.status === 'completed' && streamed?.output.length === data.output.length,
  }
}

/** What every chat model must take whatever its server calls it. */
export const boundExercises: readonly Exercise[] = [
  whole('max_tokens', { max_tokens: 600 }),
  whole('max_completion_tokens', { max_completion_tokens: 600 }),
  whole('n', { n: 1 }),
  // A turn of before, with the thoughts under either name that servers have for them.
  ...(['reasoning', 'reasoning_content'] as const).map((name) => {
    const turn = { role: 'assistant', content: 'Hello.', [name]: 'A greeting.' } as const
    return whole(name, { messages: [...user('Hi'), turn, ...user('Say hello')] })
  }),
  whole('logprobs', { logprobs: false }),
]

export const completionExercises: Partial<Record<CapabilityKey, Exercise>> = {
  streaming: streamedCompletion(false),
  stream_usage: streamedCompletion(true),
}

function streamedCompletion(withUsage: boolean): Exercise {
  const run = async (client: OpenAI, model: string) => {
    const { data, response } = await client.completions
      .create({
        model,
        prompt: 'One, two,',
        stream: true,
        ...(withUsage && { stream_options: { include_usage: true } }),
      })
      .withResponse()
    const chunks: OpenAI.Completion[] = []
    for await (const chunk of data) chunks.push(chunk)
    return {
      headers: response.headers,
      honoured: withUsage ? chunks.some(({ usage }) => usage) : chunks.some(({ choices }) => choices[0]?.text),
    }
  }
  return (client, model) => ({ param: withUsage ? 'stream_options' : 'stream', made: run(client, model) })
}

type Embeds = Partial<OpenAI.EmbeddingCreateParams>
function embeds(param: string, body: Embeds, honoured: (answer: OpenAI.CreateEmbeddingResponse) => boolean): Exercise {
  return (client, model) => ({
    param,
    made: client.embeddings
      .create({ input: 'A patch panel', ...body, model })
      .withResponse()
      .then(({ data, response }) => ({ headers: response.headers, honoured: honoured(data) })),
  })
}

export const embeddingExercises: Partial<Record<CapabilityKey, Exercise>> = {
  // Without a format the client asks for base64 and decodes it: a float in its place would shrink the vector.
  embedding_base64: embeds('encoding_format', {}, ({ data }) => data[0]?.embedding.length === 512),
  embedding_dimensions: embeds('dimensions', { dimensions: 64 }, ({ data }) => data[0]?.embedding.length === 64),
  embedding_batch: embeds('input', { input: ['One', 'Two'] }, ({ data }) => data.length === 2),
}

function draws(format: 'b64_json' | 'url'): Exercise {
  return (client, model) => ({
    param: 'response_format',
    made: client.images
      .generate({ model, prompt: 'A red circle', size: '256x256', response_format: format })
      .withResponse()
      .then(({ data, response }) => ({ headers: response.headers, honoured: Boolean(data.data?.[0]?.[format]) })),
  })
}

export const imageExercises: Partial<Record<CapabilityKey, Exercise>> = {
  image_b64: draws('b64_json'),
  image_url: draws('url'),
}
