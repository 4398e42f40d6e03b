import { connect } from 'node:net'
import OpenAI from 'openai'
import { afterAll, describe, expect, it } from 'vitest'
import { newKey, refusal, startForTests, user } from '#lib/testing/practice-client.ts'
import { catalog } from './catalog.ts'
import { start } from './index.ts'

const { client, openai, practice, say } = await startForTests()
afterAll(() => practice.close())

describe('the account', () => {
  it('holds every call by key and model, and its cost to the nano-dollar', async () => {
    const key = newKey()
    const mine = client({ key })
    const answer = await say('practice-chat', 'Name three fruits', mine)
    const stream = await mine.chat.completions.create({
      model: 'practice-chat',
      messages: user('Name three fruits'),
      stream: true,
    })
    for await (const _ of stream);
    await mine.embeddings.create({ model: 'practice-embed', input: 'one two three' })
    await mine.images.generate({ model: 'practice-image', prompt: 'x', n: 2, size: '64x64' })
    await refusal(say('practice-chat:error', 'Hi', mine))
    const { prompt_tokens: input, completion_tokens: output } = answer.usage!
    const view = practice.account(key)
    const chatCost = 2 * (input * 150 + output * 600)
    expect(view.rows).toMatchObject([
      {
        model: 'practice-chat',
        calls: 2,
        failed: 0,
        inputTokens: 2 * input,
        outputTokens: 2 * output,
        costNanoUsd: String(chatCost),
      },
      { model: 'practice-chat:error', calls: 0, failed: 1, costNanoUsd: '0' },
      { model: 'practice-embed', calls: 1, inputTokens: 3, costNanoUsd: '60' },
      { model: 'practice-image', calls: 1, images: 2, costNanoUsd: '80000000' },
    ])
    expect(view.costNanoUsd).toBe(String(chatCost + 60 + 80_000_000))
    expect(JSON.stringify(view)).not.toContain(key)
    const read = await fetch(`${practice.url.replace('/v1', '')}/practice/account?key=${key}`)
    expect(await read.json()).toEqual(view)
    expect((await fetch(`${practice.url.replace('/v1', '')}/practice/account`)).status).toBe(401)
  })

  it('charges cached tokens at their own price and reasoning as output', async () => {
    const key = newKey()
    const answer = await say('practice-reasoner:cached+reasoning-field', 'Say hello', client({ key }))
    const usage = answer.usage!
    const cached = usage.prompt_tokens_details!.cached_tokens!
    expect(cached).toBe(Math.floor(usage.prompt_tokens / 2))
    expect(practice.account(key).costNanoUsd).toBe(
      String((usage.prompt_tokens - cached) * 1_100 + cached * 550 + usage.completion_tokens * 4_400),
    )
  })

  it('charges a stream that the client left for what was sent', async () => {
    const key = newKey()
    const stream = await client({ key }).chat.completions.create({
      model: 'practice-chat:endless',
      messages: user('Hi'),
      stream: true,
    })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
    await expect.poll(() => practice.account(key).rows[0]?.aborted).toBe(1)
    const [row] = practice.account(key).rows
    expect(row!.outputTokens).toBeGreaterThan(0)
    expect(row!.costNanoUsd).toBe(String(row!.inputTokens * 150 + row!.outputTokens * 600))
  })

  it('charges nothing for a stream left before its first event', async () => {
    const key = newKey()
    const left = new AbortController()
    const call = client({ key }).chat.completions.create(
      { model: 'practice-chat:hang', messages: user('Hi'), stream: true },
      { signal: left.signal },
    )
    left.abort()
    await expect(call).rejects.toThrow()
    expect(practice.account(key).calls).toBe(0)
  })
})

describe('the canned model', () => {
  it('answers whole and as a stream, charged alike', async () => {
    const key = newKey()
    const mine = client({ key })
    const whole = await say('practice-instant', 'Hi', mine)
    const stream = await mine.chat.completions.create({
      model: 'practice-instant',
      messages: user('Hi'),
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let usage: unknown
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage ?? usage
    }
    expect(text).toBe(whole.choices[0]!.message.content)
    expect(usage).toEqual(whole.usage)
    const { prompt_tokens, completion_tokens } = whole.usage!
    expect(practice.account(key)).toMatchObject({
      calls: 2,
      costNanoUsd: String(2 * (prompt_tokens * 10 + completion_tokens * 20)),
    })
    expect(Buffer.byteLength(JSON.stringify(whole))).toBeGreaterThan(600)
  })
})

describe('bad input', () => {
  const post = (body: string | Buffer) =>
    fetch(`${practice.url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${newKey()}` },
      body: body as string,
    })

  it('broken, foreign and deep JSON is 400', async () => {
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"model":5}',
      '{"model":""}',
      '\u0000',
      Buffer.from([0xff, 0xfe]),
    ])
      expect((await post(body)).status).toBe(400)
    const deep = `{"model":"practice-chat","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"x","parameters":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}]}`
    expect((await post(deep)).status).toBe(400)
  })

  it('a body over 25 MB is 413', async () => {
    expect((await post(Buffer.alloc(26 * 1024 * 1024, 32))).status).toBe(413)
  })

  it('bytes that are no HTTP do not end the server', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(practice.port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'))
      socket.once('data', (data) => resolve(data.toString()))
    })
    expect(answer).toMatch(/^HTTP\/1.1 400/)
    expect((await openai.models.list()).data.length).toBe(catalog.length)
  })
})

it('closes while calls hang, and its port is free again', async () => {
  const own = await start({ port: 0 })
  const hanging = fetch(own.url.replace('/v1', '/hang/v1/models')).catch(() => 'ended')
  await fetch(own.url)
  await own.close()
  expect(await hanging).toBe('ended')
  const next = await start({ port: own.port })
  await expect(start({ port: own.port })).rejects.toThrow('EADDRINUSE')
  await next.close()
})

it('takes its time: the first token after 20 ms, 2 s where it is slow', async () => {
  const own = await start({ port: 0, latencyScale: 0.1 })
  const mine = new OpenAI({ baseURL: own.url, apiKey: newKey(), maxRetries: 0 })
  const started = performance.now()
  await say('practice-chat:slow', 'Hi', mine)
  const took = performance.now() - started
  expect(took).toBeGreaterThan(195)
  expect(took).toBeLessThan(2_000)
  await own.close()
})
