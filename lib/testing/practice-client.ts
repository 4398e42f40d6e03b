import OpenAI, { APIError } from 'openai'
import { expect } from 'vitest'
import { draw } from '#lib/practice/drawing.ts'
import { type Practice, start } from '#lib/practice/index.ts'

let keys = 0

/** A key of its own for every test, so that the account is its alone. */
export function newKey(): string {
  keys += 1
  return `sk-practice-test${String(keys).padStart(8, '0')}`
}

interface ClientOptions {
  key?: string
  prefix?: string
}

/** A practice provider without delays, and the official client in front of it. */
export async function startForTests() {
  const practice: Practice = await start({ port: 0, latencyScale: 0 })
  const client = ({ key = newKey(), prefix }: ClientOptions = {}) =>
    new OpenAI({
      baseURL: prefix ? practice.url.replace('/v1', `/${prefix}/v1`) : practice.url,
      apiKey: key,
      maxRetries: 0,
    })
  const openai = client()
  const say = (model: string, content = 'Say hello', by = openai) =>
    by.chat.completions.create({ model, messages: user(content) })
  return { practice, client, openai, say }
}

export const user = (content: string) => [{ role: 'user' as const, content }]

/** The error that a call must end with. */
export async function refusal(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(APIError)
  return error as APIError
}

export const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The current weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}

export const picture = (colour: string, shape: string) =>
  `data:image/png;base64,${draw({ width: 64, height: 64, colour, shape, seed: 1 }).toString('base64')}`
export const look = (...urls: string[]) => [
  {
    role: 'user' as const,
    content: [
      { type: 'text' as const, text: 'Which colour and which shape?' },
      ...urls.map((url) => ({ type: 'image_url' as const, image_url: { url } })),
    ],
  },
]
