import { AuthenticationError, BadRequestError, NotFoundError } from 'openai'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { look, newKey, picture, refusal, startForTests, user, weather } from '#lib/testing/practice-client.ts'
import { catalog } from './catalog.ts'
import { lookAt } from './picture-reader.ts'
import { decodePng } from './png.ts'
import { countTokens } from './tokens.ts'

const { client, openai, practice, say } = await startForTests()
afterAll(() => practice.close())

describe('keys', () => {
  it('a key of another shape and a missing one are 401 invalid_api_key', async () => {
    for (const key of ['sk-practice-short', 'sk-other-123456789', `sk-practice-${'a'.repeat(65)}`]) {
      const error = await refusal(client({ key }).models.list())
      expect(error).toBeInstanceOf(AuthenticationError)
      expect(error.code).toBe('invalid_api_key')
      expect(error.message).not.toContain(key)
      expect(error.requestID).toMatch(/^req_own_/)
    }
    const bare = await fetch(`${practice.url}/models`)
    expect(bare.status).toBe(401)
  })

  it('a key is taken as Bearer, api-key and x-api-key', async () => {
    const key = newKey()
    const ways: Record<string, string>[] = [
      { authorization: `Bearer ${key}` },
      { 'api-key': key },
      { 'x-api-key': key },
    ]
    for (const headers of ways) {
      expect((await fetch(`${practice.url}/models`, { headers })).status).toBe(200)
    }
  })

  it('a revoked key is refused, by the path and by the method', async () => {
    const [one, other] = [newKey(), newKey()]
    await fetch(`${practice.url.replace('/v1', '')}/practice/keys/${one}/revoke`, { method: 'POST' })
    expect(practice.revoke(other)).toBe(true)
    expect(practice.revoke('nonsense')).toBe(false)
    for (const key of [one, other])
      expect(await refusal(client({ key }).models.list())).toBeInstanceOf(AuthenticationError)
  })
})

describe('models', () => {
  it('lists the normal models with context and prices', async () => {
    const list = await openai.models.list()
    expect(list.data.map(({ id }) => id)).toEqual(catalog.map(({ id }) => id))
    expect(list.data[0]).toMatchObject({
      context_length: 128_000,
      pricing: { prompt: '0.00000015', completion: '0.0000006', image: '0' },
    })
    expect(list.data.find(({ id }) => id === 'practice-image')).toMatchObject({ pricing: { image: '0.04' } })
  })

  it('gets one model, also one with a fault, and 404 for others', async () => {
    expect(await openai.models.retrieve('practice-chat:slow')).toMatchObject({ id: 'practice-chat:slow' })
    const error = await refusal(openai.models.retrieve('gpt-none'))
    expect(error).toBeInstanceOf(NotFoundError)
    expect(error.code).toBe('model_not_found')
  })
})

describe('chat', () => {
  it('answers whole, with usage that counts the tokens', async () => {
    const answer = await say('practice-chat')
    expect(answer.choices).toMatchObject([
      { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello! Nice to meet you.' } },
    ])
    expect(answer.usage).toMatchObject({
      completion_tokens: countTokens('Hello! Nice to meet you.'),
      prompt_tokens: countTokens('Say hello') + 6,
    })
    expect(answer.usage!.total_tokens).toBe(answer.usage!.prompt_tokens + answer.usage!.completion_tokens)
    expect(answer.model).toBe('practice-chat')
  })

  it('streams the same text, and usage only where it was asked for', async () => {
    const whole = await say('practice-chat', 'Write about rivers')
    for (const asked of [true, false]) {
      const stream = await openai.chat.completions.create({
        model: 'practice-chat',
        messages: user('Write about rivers'),
        stream: true,
        ...(asked ? { stream_options: { include_usage: true } } : {}),
      })
      let text = ''
      const usages = []
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? ''
        if (chunk.usage) usages.push({ usage: chunk.usage, choices: chunk.choices })
      }
      expect(text).toBe(whole.choices[0]!.message.content)
      expect(usages).toEqual(asked ? [{ usage: whole.usage, choices: [] }] : [])
    }
  })

  it('honours max_tokens, max_completion_tokens, stop and n', async () => {
    const short = await openai.chat.completions.create({
      model: 'practice-chat',
      messages: user('Write about rivers'),
      max_tokens: 5,
    })
    expect(short).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 5 } })
    const newer = await openai.chat.completions.create({
      model: 'practice-chat',
      messages: user('Write about rivers'),
      max_completion_tokens: 4,
    })
    expect(newer).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 4 } })
    const stopped = await openai.chat.completions.create({
      model: 'practice-chat',
      messages: user('Count to 9'),
      stop: ['5'],
    })
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: '1, 2, 3, 4, ' } })
    const several = await openai.chat.completions.create({
      model: 'practice-chat',
      messages: user('Write about rivers'),
      n: 3,
    })
    expect(new Set(several.choices.map(({ message }) => message.content)).size).toBe(3)
  })

  it('gives the same answer for the same seed', async () => {
    const ask = (seed: number) =>
      openai.chat.completions.create({ model: 'practice-chat', messages: user('Tell me about rivers'), seed })
    const [one, again] = [await ask(7), await ask(7)]
    expect(again.choices).toEqual(one.choices)
    expect(again.system_fingerprint).toBe(one.system_fingerprint)
  })

  it('tells logprobs of each token', async () => {
    const answer = await openai.chat.completions.create({
      model: 'practice-chat',
      messages: user('Say hello'),
      logprobs: true,
      top_logprobs: 2,
    })
    const content = answer.choices[0]!.logprobs!.content!
    expect(content.map(({ token }) => token).join('')).toBe(answer.choices[0]!.message.content)
    for (const token of content) {
      expect(token.logprob).toBeLessThanOrEqual(0)
      expect(token.top_logprobs.length).toBe(2)
    }
  })

  it('thinks first as practice-reasoner, and has nothing left to say with few tokens', async () => {
    const answer = await say('practice-reasoner')
    expect(answer.choices[0]!.message).toMatchObject({
      reasoning_content: expect.stringContaining('Say hello'),
      content: 'Hello! Nice to meet you.',
    })
    const reasoning = answer.usage!.completion_tokens_details!.reasoning_tokens!
    expect(reasoning).toBeGreaterThan(16)
    expect(answer.usage!.completion_tokens).toBeGreaterThan(reasoning)
    const short = await openai.chat.completions.create({
      model: 'practice-reasoner',
      messages: user('Say hello'),
      max_tokens: 16,
    })
    expect(short).toMatchObject({
      choices: [{ finish_reason: 'length', message: { content: '' } }],
      usage: { completion_tokens: 16 },
    })
  })

  it('refuses what is wrong with 400 and the name of the field', async () => {
    const create = (more: object) =>
      openai.chat.completions.create({ model: 'practice-chat', messages: user('Hi'), ...more } as never)
    const cases: [object, string][] = [
      [{ messages: [] }, 'messages'],
      [{ messages: [{ role: 'king', content: 'x' }] }, 'messages[0].role'],
      [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
      [{ temperature: 3 }, 'temperature'],
      [{ temperature: '1' }, 'temperature'],
      [{ max_tokens: 0 }, 'max_tokens'],
      [{ n: 1_000 }, 'n'],
      [{ top_logprobs: 2 }, 'top_logprobs'],
      [{ stream_options: {} }, 'stream_options'],
      [{ tool_choice: 'auto' }, 'tool_choice'],
      [{ tools: [weather], tool_choice: { type: 'function', function: { name: 'other' } } }, 'tool_choice'],
      [{ tools: [{ type: 'function', function: { name: 'bad name' } }] }, 'tools[0].function.name'],
      [{ response_format: { type: 'json_object' } }, 'messages'],
      [{ messages: [{ role: 'tool', tool_call_id: 'x', content: 'y' }] }, 'messages[0]'],
      [{ model: 'practice-embed' }, 'model'],
    ]
    for (const [more, param] of cases) {
      const error = await refusal(create(more))
      expect(error, JSON.stringify(more)).toBeInstanceOf(BadRequestError)
      expect(error.param).toBe(param)
    }
    expect((await refusal(say('gpt-none'))).code).toBe('model_not_found')
    expect((await refusal(say('practice-small', 'word '.repeat(9_000)))).code).toBe('context_length_exceeded')
  })
})

describe('tools', () => {
  const call = (more: object, model = 'practice-chat', content = 'What is the weather in Paris?') =>
    openai.chat.completions.create({ model, messages: user(content), tools: [weather], ...more })

  it('auto, required, a named function and none', async () => {
    for (const tool_choice of ['auto', 'required', { type: 'function', function: { name: 'get_weather' } }]) {
      const answer = await call({ tool_choice })
      expect(answer.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
      const [made] = answer.choices[0]!.message.tool_calls!
      expect(made).toMatchObject({ type: 'function', function: { name: 'get_weather' } })
      expect(JSON.parse((made as { function: { arguments: string } }).function.arguments)).toEqual({
        city: 'Paris',
        unit: 'celsius',
      })
    }
    expect((await call({ tool_choice: 'none' })).choices[0]!.message.tool_calls).toBeUndefined()
    expect((await call({}, 'practice-chat', 'Say hello')).choices[0]!.finish_reason).toBe('stop')
  })

  it('streams the arguments in pieces, several calls by index', async () => {
    const runner = openai.chat.completions.stream({
      model: 'practice-chat',
      messages: user('Weather in Paris and Oslo?'),
      tools: [weather],
    })
    let pieces = 0
    runner.on('chunk', (chunk) => {
      pieces += chunk.choices[0]?.delta.tool_calls?.length ?? 0
    })
    const final = await runner.finalChatCompletion()
    const made = final.choices[0]!.message.tool_calls!.map(
      (one) => JSON.parse((one as { function: { arguments: string } }).function.arguments).city,
    )
    expect(made).toEqual(['Paris', 'Oslo'])
    expect(pieces).toBeGreaterThan(6)
  })

  it('answers with what the tools said', async () => {
    const asked = await call({})
    const message = asked.choices[0]!.message
    const answer = await openai.chat.completions.create({
      model: 'practice-chat',
      tools: [weather],
      messages: [
        ...user('What is the weather in Paris?'),
        message,
        { role: 'tool', tool_call_id: message.tool_calls![0]!.id, content: '{"temperature":18,"sky":"clear"}' },
      ],
    })
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'Weather: temperature 18, sky clear.' },
    })
  })

  it('refuses a conversation whose tool calls were not answered', async () => {
    const message = (await call({})).choices[0]!.message
    expect(
      await refusal(
        openai.chat.completions.create({ model: 'practice-chat', messages: [...user('Hi'), message, ...user('And?')] }),
      ),
    ).toBeInstanceOf(BadRequestError)
  })
})

describe('structured output', () => {
  const schema = {
    type: 'object',
    properties: {
      people: { type: 'array', minItems: 1, items: { $ref: '#/$defs/person' } },
      mood: { enum: ['good', 'bad'] },
      note: { anyOf: [{ type: 'string', maxLength: 20 }, { type: 'null' }] },
    },
    required: ['people', 'mood', 'note'],
    additionalProperties: false,
    $defs: {
      person: {
        type: 'object',
        properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0, maximum: 150 } },
        required: ['name', 'age'],
        additionalProperties: false,
      },
    },
  }
  const format = { type: 'json_schema' as const, json_schema: { name: 'reply', strict: true, schema } }

  it('satisfies the schema, whole and as a stream', async () => {
    const judge = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
    const messages = user('Ada Lovelace is 36 and in a good mood.')
    const whole = await openai.chat.completions.create({ model: 'practice-chat', messages, response_format: format })
    expect(judge.parse(JSON.parse(whole.choices[0]!.message.content!))).toMatchObject({
      people: [{ name: 'Ada Lovelace', age: 36 }, {}],
      mood: 'good',
    })
    const streamed = await openai.chat.completions
      .stream({ model: 'practice-chat', messages, response_format: format })
      .finalContent()
    expect(streamed).toBe(whole.choices[0]!.message.content)
  })

  it('answers json_object with an object', async () => {
    const answer = await openai.chat.completions.create({
      model: 'practice-chat',
      messages: user('Answer in JSON with the keys "city" and "country": Paris, France'),
      response_format: { type: 'json_object' },
    })
    expect(Object.keys(JSON.parse(answer.choices[0]!.message.content!))).toEqual(['city', 'country'])
  })

  it('is refused by practice-small, as are tools and pictures', async () => {
    const small = (more: object) =>
      refusal(openai.chat.completions.create({ model: 'practice-small', messages: user('Hi'), ...more } as never))
    expect((await small({ response_format: format })).param).toBe('response_format')
    expect((await small({ tools: [weather] })).param).toBe('tools')
    expect(await small({ messages: look(picture('red', 'circle')) })).toBeInstanceOf(BadRequestError)
  })
})

describe('vision', () => {
  it('names colour and shape of the picture itself', async () => {
    const answer = await openai.chat.completions.create({
      model: 'practice-chat',
      messages: look(picture('red', 'circle'), picture('blue', 'triangle')),
    })
    expect(answer.choices[0]!.message.content).toBe('A red circle. A blue triangle.')
    expect(answer.usage!.prompt_tokens).toBeGreaterThan(170)
  })

  it('fetches nothing and refuses what is no picture', async () => {
    for (const url of [
      'https://example.com/a.png',
      'data:image/png;base64,AAAA',
      'data:text/plain,hello',
      'file:///etc/passwd',
    ]) {
      expect(
        await refusal(openai.chat.completions.create({ model: 'practice-chat', messages: look(url) })),
      ).toBeInstanceOf(BadRequestError)
    }
  })
})

describe('completions', () => {
  it('goes on with the prompt, whole and as a stream', async () => {
    const whole = await openai.completions.create({
      model: 'practice-completion',
      prompt: 'The capital of France is',
      max_tokens: 10,
    })
    expect(whole).toMatchObject({
      object: 'text_completion',
      choices: [{ text: ' Paris.', finish_reason: 'stop' }],
      usage: { completion_tokens: 2 },
    })
    const stream = await openai.completions.create({
      model: 'practice-completion',
      prompt: 'Once upon a time',
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let usage: unknown
    for await (const chunk of stream) {
      text += chunk.choices[0]?.text ?? ''
      usage = chunk.usage ?? usage
    }
    expect(countTokens(text)).toBe(16)
    expect(usage).toMatchObject({ completion_tokens: 16 })
  })

  it('takes several prompts, token ids, n and echo', async () => {
    const several = await openai.completions.create({ model: 'practice-completion', prompt: ['One', 'Two'], n: 2 })
    expect(several.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3])
    expect(
      (await openai.completions.create({ model: 'practice-completion', prompt: [1, 2, 3] })).usage!.prompt_tokens,
    ).toBe(3)
    expect(
      (await openai.completions.create({ model: 'practice-completion', prompt: 'Hello there', echo: true })).choices[0]!
        .text,
    ).toMatch(/^Hello there/)
  })
})

describe('embeddings', () => {
  it('gives the same numbers as floats and as base64', async () => {
    const ask = (encoding_format?: 'float' | 'base64') =>
      openai.embeddings.create({ model: 'practice-embed', input: ['one', 'two'], encoding_format })
    const [decoded, floats, base64] = [await ask(), await ask('float'), await ask('base64')]
    expect(floats.data[0]!.embedding.length).toBe(512)
    expect(decoded.data.map(({ embedding }) => Array.from(embedding))).toEqual(
      floats.data.map(({ embedding }) => embedding),
    )
    expect(typeof base64.data[0]!.embedding).toBe('string')
    expect(floats.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 })
  })

  it('honours dimensions, takes token ids, refuses empty input', async () => {
    expect(
      (await openai.embeddings.create({ model: 'practice-embed', input: 'x', dimensions: 64 })).data[0]!.embedding
        .length,
    ).toBe(64)
    expect((await openai.embeddings.create({ model: 'practice-embed', input: [[1, 2], [3]] })).data.length).toBe(2)
    for (const input of ['', [], ['a', '']])
      expect(await refusal(openai.embeddings.create({ model: 'practice-embed', input }))).toBeInstanceOf(
        BadRequestError,
      )
    expect(
      (await refusal(openai.embeddings.create({ model: 'practice-embed', input: 'x', dimensions: 9_999 }))).param,
    ).toBe('dimensions')
  })
})

describe('images', () => {
  it('draws the prompt as a PNG of the size, inline and behind a URL', async () => {
    const inline = await openai.images.generate({
      model: 'practice-image',
      prompt: 'a green star',
      size: '256x256',
      response_format: 'b64_json',
      n: 2,
    })
    expect(inline.data!.length).toBe(2)
    const drawn = decodePng(Buffer.from(inline.data![0]!.b64_json!, 'base64'))
    expect([drawn.width, drawn.height]).toEqual([256, 256])
    expect(lookAt(drawn)).toMatchObject({ colour: 'green', shape: 'star' })
    const linked = await openai.images.generate({ model: 'practice-image', prompt: 'a green star', size: '256x256' })
    const fetched = await fetch(linked.data![0]!.url!)
    expect(fetched.headers.get('content-type')).toBe('image/png')
    expect(lookAt(decodePng(Buffer.from(await fetched.arrayBuffer())))).toMatchObject({
      colour: 'green',
      shape: 'star',
    })
  })

  it('refuses sizes and counts beyond its bounds', async () => {
    for (const more of [{ size: '9000x9000' }, { size: 'big' }, { n: 11 }, { prompt: '' }]) {
      expect(
        await refusal(openai.images.generate({ model: 'practice-image', prompt: 'x', ...more } as never)),
      ).toBeInstanceOf(BadRequestError)
    }
  })
})
