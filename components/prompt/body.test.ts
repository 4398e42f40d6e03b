import { describe, expect, test } from 'vitest'
import { bodyOf, canStream, type Prompt, promptVariables } from './body.ts'
import type { PromptModel } from './types.ts'

const model = (checks: Record<string, string> = {}, changes: object = {}): PromptModel =>
  ({
    slug: 'one',
    name: 'One',
    type: 'chat',
    capabilities: { checks: Object.fromEntries(Object.entries(checks).map(([key, verdict]) => [key, { verdict }])) },
    profile: { drop: [] },
    ...changes,
  }) as unknown as PromptModel

const prompt = (changes: Partial<Prompt> = {}): Prompt => ({
  type: 'chat',
  messages: [
    { role: 'system', content: 'Be {{tone}}.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Weather in {{city}}? Not \\{{city}}.' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,e3tjaXR5fX0={{city}}' } },
      ],
    },
  ],
  prompt: '',
  inputs: [],
  tools: [],
  parameters: {},
  ...changes,
})

test('variables are found in their order and filled in, but not in the data of a picture', () => {
  expect(promptVariables(prompt())).toEqual(['tone', 'city'])
  expect(bodyOf(prompt(), model(), { tone: 'short', city: '{{tone}} $& Paris' }).body.messages).toEqual([
    { role: 'system', content: 'Be short.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Weather in {{tone}} $& Paris? Not {{city}}.' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,e3tjaXR5fX0={{city}}' } },
      ],
    },
  ])
})

test('a parameter that the model was shown not to take is left out and told; one that is ignored is sent', () => {
  const { body, omitted } = bodyOf(
    prompt({ parameters: { temperature: 1.5, seed: 7, top_p: 0.5, stop: ['a'] } }),
    model({ seed: 'no', temperature: 'ignored' }, { profile: { drop: ['top_p'] } }),
    {},
  )
  expect(omitted).toEqual(['top_p', 'seed'])
  expect(body).toMatchObject({ temperature: 1.5, stop: ['a'] })
  expect(body).not.toHaveProperty('seed')
  expect(body).not.toHaveProperty('top_p')
})

test("a column's own parameters stand in place of the shared ones", () => {
  const { body } = bodyOf(prompt({ parameters: { temperature: 1, seed: 7 } }), model(), {}, { own: { temperature: 0 } })
  expect(body).toMatchObject({ temperature: 0, seed: 7 })
})

test('functions bring their choice along, and without functions nothing of it is sent', () => {
  const parameters = { tool_choice: 'required', parallel_tool_calls: false } as const
  const tools = [{ type: 'function', function: { name: 'get', parameters: {} } }] as const
  expect(bodyOf(prompt({ parameters, tools: [...tools] }), model(), {}).body).toMatchObject({ tools, ...parameters })
  expect(Object.keys(bodyOf(prompt({ parameters }), model(), {}).body)).toEqual(['model', 'messages'])
})

describe('the other Types', () => {
  test('one text is embedded as a text, several as a list, empty ones not at all', () => {
    const of = (...inputs: string[]) => bodyOf(prompt({ type: 'embedding', inputs }), model(), {}).body
    expect(of('a', ' ')).toEqual({ model: 'one', input: 'a', encoding_format: 'float' })
    expect(of('a', '', 'b').input).toEqual(['a', 'b'])
  })
  test('pictures are asked for as data, unless the model was shown not to send them', () => {
    const asked = prompt({ type: 'image', prompt: 'A {{shape}}', parameters: { size: '256x256', n: 2 } })
    expect(bodyOf(asked, model({}, { type: 'image' }), { shape: 'circle' }).body).toEqual({
      model: 'one',
      prompt: 'A circle',
      size: '256x256',
      n: 2,
      response_format: 'b64_json',
    })
    expect(bodyOf(asked, model({ image_b64: 'no' }), {}).body).not.toHaveProperty('response_format')
  })
  test('a completion has its prompt and what comes after it', () => {
    const asked = prompt({
      type: 'completion',
      prompt: 'Once {{x}}',
      parameters: { suffix: 'the {{x}}', extra: { top_k: 4 } },
    })
    expect(promptVariables(asked)).toEqual(['x'])
    expect(bodyOf(asked, model(), { x: 'end' }, { stream: true }).body).toEqual({
      model: 'one',
      prompt: 'Once end',
      suffix: 'the end',
      stream: true,
      stream_options: { include_usage: true },
      top_k: 4,
    })
  })
})

test('an answer streams unless the model, or the model with functions, was shown not to', () => {
  const tools: Prompt['tools'] = [{ type: 'function', function: { name: 'get' } }]
  expect(canStream(prompt(), model())).toBe(true)
  expect(canStream(prompt(), model({ streaming: 'no' }))).toBe(false)
  expect(canStream(prompt(), model({ tools_streamed: 'no' }))).toBe(true)
  expect(canStream(prompt({ tools }), model({ tools_streamed: 'no' }))).toBe(false)
  expect(canStream(prompt({ type: 'embedding' }), model())).toBe(false)
})
