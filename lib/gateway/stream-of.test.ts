import { describe, expect, test } from 'vitest'
import { SseReader } from '#lib/openai/wire/sse.ts'
import { streamOf } from './stream-of.ts'

const mebibyte = 1024 * 1024
const bytesOf = (text: string) => new TextEncoder().encode(text)

function eventsOf(text: string, type: 'chat' | 'completion' = 'chat', usage = false): string[] {
  const stream = streamOf(bytesOf(text), type, { usage, bytesMax: mebibyte })
  return new SseReader().push(stream!).map(({ data }) => new TextDecoder().decode(data!))
}

describe('an answer in one piece as the stream that was asked for', () => {
  const answer = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 7,
    model: 'm',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Grüße, 世界 \n"quoted"',
          reasoning_content: 'Hm.',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
          ],
        },
        logprobs: { content: [{ token: 'G', logprob: -0.1 }] },
        finish_reason: 'tool_calls',
      },
      { message: { role: 'assistant', content: 'Second' }, finish_reason: 'length' },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    system_fingerprint: 'fp',
  }

  test.each([undefined, 2])('has a delta and an end for each choice (indent %s)', (indent) => {
    const { choices, usage, ...head } = answer
    const { message, finish_reason, ...rest } = choices[0]!
    const chunk = { ...head, object: 'chat.completion.chunk' }
    const delta = { ...message, tool_calls: message.tool_calls!.map((call, index) => ({ index, ...call })) }
    const events = eventsOf(JSON.stringify(answer, null, indent), 'chat', true)
    expect(events.pop()).toBe('[DONE]')
    expect(events.map((data) => JSON.parse(data))).toEqual([
      { ...chunk, choices: [{ ...rest, delta, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }] },
      { ...chunk, choices: [{ index: 1, delta: choices[1]!.message, finish_reason: null }] },
      { ...chunk, choices: [{ index: 1, delta: {}, finish_reason: 'length' }] },
      { ...chunk, choices: [], usage },
    ])
  })

  test('keeps the usage back where it was not asked for', () => {
    expect(eventsOf(JSON.stringify(answer)).join()).not.toContain('usage')
  })

  test('of a legacy completion has one event for each choice', () => {
    const body = { object: 'text_completion', choices: [{ text: 'Hi', finish_reason: 'stop' }], usage: {} }
    expect(eventsOf(JSON.stringify(body), 'completion')).toEqual([
      '{"object":"text_completion","choices":[{"index":0,"text":"Hi","finish_reason":"stop"}]}',
      '[DONE]',
    ])
  })

  test('keeps numbers as they were written, and every data on one line', () => {
    const text = '{"created":12345678901234567890,\r\n"choices":[\n{"message":{"content":"a\\nb"},"score":1e400}\r]}'
    const events = eventsOf(text)
    expect(events).toHaveLength(3)
    expect(events[0]).toContain('"created":12345678901234567890')
    expect(events[0]).toContain('"score":1e400')
    expect(events[0]).toContain('"content":"a\\nb"')
  })

  test('is none where it cannot be taken apart, or would be many times as large as the answer', () => {
    const of = (text: string) => streamOf(bytesOf(text), 'chat', { usage: false, bytesMax: mebibyte })
    expect(of('{"choices":7}')).toBeNull()
    expect(of('{"choices":["text"]}')).toBeNull()
    expect(of('[{"choices":[]}]')).toBeNull()
    expect(of(`{"note":"${'x'.repeat(100_000)}","choices":[${Array(100).fill('{}').join()}]}`)).toBeNull()
    expect(of(`{"choices":[${Array(1025).fill('{}').join()}]}`)).toBeNull()
    expect(of('{"choices":[]}')?.toString()).toBe('data: [DONE]\n\n')
  })
})
