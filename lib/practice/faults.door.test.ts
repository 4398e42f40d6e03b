import { type APIError, InternalServerError, RateLimitError } from 'openai'
import { afterAll, describe, expect, it } from 'vitest'
import { look, newKey, picture, refusal, startForTests, user, weather } from '#lib/testing/practice-client.ts'
import { catalog } from './catalog.ts'
import { faults, findModel, listFaultModels } from './faults.ts'

const { client, openai, practice, say } = await startForTests()
afterAll(() => practice.close())

/** The answer as bytes, for what no client would show. */
async function raw(
  model: string,
  more: object = {},
): Promise<{ status: number; type: string | null; text: string; headers: Headers }> {
  const answer = await fetch(`${practice.url}/chat/completions`, {
    method: 'POST',
    redirect: 'manual',
    headers: { authorization: `Bearer ${newKey()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: user('Name five animals'), ...more }),
  })
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    text: await answer.text(),
    headers: answer.headers,
  }
}

const streamed = { stream: true, stream_options: { include_usage: true } }
const events = (text: string) =>
  text
    .split('\n\n')
    .filter((part) => part.startsWith('data: {'))
    .map((part) => JSON.parse(part.slice(6)))

describe('faults by model ID', () => {
  it('every fault can be called under the ID that is listed, and is described', async () => {
    const listed = (await client({ prefix: 'faults' }).models.list()).data
    expect(listed.length).toBe(catalog.length + Object.keys(faults).length)
    for (const { id } of listFaultModels()) expect(findModel(id)?.id).toBe(id)
    expect(findModel('practice-chat:nothing')).toBeUndefined()
    expect(findModel('practice-chat:constructor')).toBeUndefined()
    expect(findModel('practice-embed:stall')).toBeUndefined()
  })

  it('every fault of chat answers or breaks and leaves the server well, whole and as a stream', async () => {
    const endless = ['hang', 'stall', 'endless', 'slow', 'paced']
    for (const [name, { on }] of Object.entries(faults)) {
      if (!on.includes('chat') || endless.includes(name)) continue
      await raw(`practice-chat:${name}`).catch(() => {})
      await raw(`practice-chat:${name}`, streamed).catch(() => {})
    }
    expect((await say('practice-chat')).choices.length).toBe(1)
  })

  it('429 with Retry-After, once and always', async () => {
    const mine = client()
    const error = await refusal(say('practice-chat:rate-limited', 'Hi', mine))
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error.headers!.get('retry-after')).toBe('1')
    expect(await refusal(say('practice-chat:rate-limited-once', 'Hi', mine))).toBeInstanceOf(RateLimitError)
    expect((await say('practice-chat:rate-limited-once', 'Hi', mine)).choices.length).toBe(1)
  })

  it('500 twice, then fine, then again', async () => {
    const mine = client()
    const once = () =>
      say('practice-chat:error-twice', 'Hi', mine).then(
        () => 200,
        (error: APIError) => error.status,
      )
    expect([await once(), await once(), await once(), await once()]).toEqual([500, 500, 200, 500])
    expect(await refusal(say('practice-chat:error', 'Hi'))).toBeInstanceOf(InternalServerError)
  })

  it('breaks bodies and streams as described', async () => {
    expect(JSON.parse.bind(null, (await raw('practice-chat:bad-json')).text)).toThrow()
    await expect(raw('practice-chat:truncated')).rejects.toThrow()
    await expect(raw('practice-chat:truncated', streamed)).rejects.toThrow()
    await expect(raw('practice-chat:reset')).rejects.toThrow()
    expect(await raw('practice-chat:html')).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' })
    expect(await raw('practice-chat:empty')).toMatchObject({ status: 200, text: '' })
    expect(await raw('practice-chat:error-200')).toMatchObject({
      status: 200,
      text: expect.stringContaining('"error"'),
    })
    expect((await raw('practice-chat:wrong-type')).type).toBe('text/plain; charset=utf-8')
    expect((await raw('practice-chat:redirect')).status).toBe(302)
    expect((await raw('practice-chat:no-credit')).status).toBe(402)
    expect((await raw('practice-chat:huge')).text.length).toBeGreaterThan(20_000_000)
    expect((await raw('practice-chat:no-done', streamed)).text).not.toContain('[DONE]')
    expect((await raw('practice-chat:error-event', streamed)).text).toMatch(/data: \{"error":/)
    expect((await raw('practice-chat:comments', streamed)).text).toContain(': PRACTICE PROCESSING\n')
    expect((await raw('practice-chat:crlf', streamed)).text).toMatch(/^data: .*\r\n\r\ndata: /)
    expect((await raw('practice-chat:cr', streamed)).text).not.toContain('\n')
    expect((await raw('practice-chat:never-stream', streamed)).type).toBe('application/json')
    expect((await raw('practice-chat:always-stream')).type).toBe('text/event-stream; charset=utf-8')
    expect((await raw('practice-chat:wrong-model')).text).toContain('"model":"another-model"')
    const plain = await raw('practice-chat', streamed)
    const withoutIds = (text: string) => events(text).map((event) => ({ ...event, id: '', model: '' }))
    expect(withoutIds((await raw('practice-chat:split-bytes', streamed)).text)).toEqual(withoutIds(plain.text))
    expect(withoutIds((await raw('practice-chat:one-block', streamed)).text)).toEqual(withoutIds(plain.text))
  })

  it('stalls after some events', async () => {
    const stream = await openai.chat.completions.create({
      model: 'practice-chat:stall',
      messages: user('Name five animals'),
      stream: true,
    })
    const reader = stream[Symbol.asyncIterator]()
    await reader.next()
    await reader.next()
    const third = reader.next()
    const quiet = new Promise((resolve) => setTimeout(resolve, 100, 'quiet'))
    expect(await Promise.race([third, quiet])).toBe('quiet')
    stream.controller.abort()
    await third
  })

  it('tells usage in its odd places', async () => {
    expect(JSON.parse((await raw('practice-chat:no-usage')).text).usage).toBeUndefined()
    expect((await raw('practice-chat:no-usage', streamed)).text).not.toContain('prompt_tokens')
    const every = events((await raw('practice-chat:usage-every-chunk', { stream: true })).text)
    expect(every.every((event) => event.usage.prompt_tokens > 0)).toBe(true)
    expect(every.at(-1).usage.completion_tokens).toBeGreaterThan(every[1].usage.completion_tokens)
    const last = events((await raw('practice-chat:usage-with-choices', { stream: true })).text).at(-1)
    expect(last).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      usage: { completion_tokens: expect.any(Number) },
    })
    const outside = JSON.parse((await raw('practice-reasoner:reasoning-outside')).text).usage
    expect(outside.total_tokens).toBe(
      outside.prompt_tokens + outside.completion_tokens + outside.completion_tokens_details.reasoning_tokens,
    )
  })

  it('refuses the parameters that it does not know, and works without', async () => {
    const cases: [model: string, more: object, param: string][] = [
      ['practice-chat:max-completion-tokens', { max_tokens: 16 }, 'max_tokens'],
      ['practice-chat:max-tokens', { max_completion_tokens: 16 }, 'max_completion_tokens'],
      ['practice-chat:no-stream-options', streamed, 'stream_options'],
      ['practice-chat:no-temperature', { temperature: 0 }, 'temperature'],
      ['practice-chat:no-seed', { seed: 1 }, 'seed'],
      ['practice-chat:no-stop', { stop: 'x' }, 'stop'],
      ['practice-chat:no-n', { n: 2 }, 'n'],
      ['practice-chat:no-logprobs', { logprobs: true }, 'logprobs'],
      ['practice-chat:no-tools', { tools: [weather] }, 'tools'],
      ['practice-chat:no-required', { tools: [weather], tool_choice: 'required' }, 'tool_choice'],
      [
        'practice-chat:no-named',
        { tools: [weather], tool_choice: { type: 'function', function: { name: 'get_weather' } } },
        'tool_choice',
      ],
      [
        'practice-chat:no-json-schema',
        { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } },
        'response_format',
      ],
      ['practice-chat:no-system', { messages: [{ role: 'system', content: 'x' }] }, 'messages[0].role'],
      ['practice-chat:no-vision', { messages: look(picture('red', 'circle')) }, 'image_url'],
      ['practice-chat:strict', { top_k: 1 }, 'top_k'],
    ]
    for (const [model, more, param] of cases) {
      const refused = await raw(model, more)
      expect(refused.status, model).toBe(400)
      expect(JSON.parse(refused.text).error.param).toBe(param)
      expect((await raw(model)).status).toBe(200)
    }
    expect((await raw('practice-chat:no-temperature', { temperature: 1 })).status).toBe(200)
  })

  it('ignores what it pretends to take', async () => {
    const text = async (model: string, more: object) =>
      JSON.parse((await raw(model, more)).text).choices[0].message.content
    expect(await text('practice-chat:tools-ignored', { tools: [weather], tool_choice: 'required' })).toBeTypeOf(
      'string',
    )
    expect(
      await text('practice-chat:json-object-ignored', {
        messages: user('Name three fruits as JSON'),
        response_format: { type: 'json_object' },
      }),
    ).toMatch(/^1\. Apple/)
    expect(await text('practice-chat:blind', { messages: look(picture('red', 'circle')) })).not.toMatch(/red circle/)
    expect(await text('practice-chat:needs-256', { max_tokens: 16 })).toBe('')
    expect(await text('practice-chat:needs-256', { max_tokens: 256 })).toMatch(/^1\. Dog/)
    expect(
      (await openai.embeddings.create({ model: 'practice-embed:dimensions-ignored', input: 'x', dimensions: 8 }))
        .data[0]!.embedding.length,
    ).toBe(512)
    const asked = await openai.embeddings.create({
      model: 'practice-embed:base64-ignored',
      input: 'x',
      encoding_format: 'base64',
    })
    expect(Array.isArray(asked.data[0]!.embedding)).toBe(true)
  })

  it('puts thoughts where it was told', async () => {
    const message = async (model: string) => JSON.parse((await raw(model)).text).choices[0].message
    expect(await message('practice-reasoner:reasoning-field')).toMatchObject({ reasoning: expect.any(String) })
    expect((await message('practice-reasoner:think-tags')).content).toMatch(/^<think>.+<\/think>1\. Dog/s)
    const indexes = events(
      (await raw('practice-chat:no-tool-index', { stream: true, tools: [weather], tool_choice: 'required' })).text,
    ).flatMap((event) => event.choices[0].delta.tool_calls ?? [])
    expect(indexes.length).toBeGreaterThan(1)
    expect(indexes.every((part) => !('index' in part))).toBe(true)
  })

  it('repeats the key only where the fault says so', async () => {
    const key = newKey()
    expect((await refusal(say('practice-chat:key-echo', 'Hi', client({ key })))).message).toContain(key)
  })
})
