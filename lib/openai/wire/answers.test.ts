import { describe, expect, it } from 'vitest'
import { ChatCompletion, ChatCompletionChunk, Completion, EmbeddingList, ImageList } from './answers.ts'

describe('answers', () => {
  it('pass with what servers leave out or add', () => {
    const message = { role: 'assistant', content: null, reasoning_content: 'hm', tool_calls: null, extra: 1 }
    expect(ChatCompletion.parse({ choices: [{ message }], x: 1 })).toMatchObject({ x: 1, choices: [{ message }] })
    expect(ChatCompletionChunk.safeParse({ choices: [], usage: {} }).success).toBe(true)
    const call = { function: { name: 'f', arguments: '{' } }
    expect(ChatCompletionChunk.safeParse({ choices: [{ delta: { tool_calls: [call] } }] }).success).toBe(true)
    expect(Completion.safeParse({ choices: [{ text: '' }] }).success).toBe(true)
    expect(EmbeddingList.safeParse({ data: [{ embedding: [0.1] }] }).success).toBe(true)
    expect(EmbeddingList.safeParse({ data: [{ embedding: 'AAAA' }] }).success).toBe(true)
    expect(ImageList.safeParse({ data: [{ url: 'https://x.test/i.png' }] }).success).toBe(true)
  })

  it('are not taken for an answer without what makes them one', () => {
    expect(ChatCompletion.safeParse({ choices: [] }).success).toBe(false)
    expect(ChatCompletion.safeParse({ error: { message: 'x' } }).success).toBe(false)
    expect(Completion.safeParse({ choices: [{ message: {} }] }).success).toBe(false)
    expect(EmbeddingList.safeParse({ data: [] }).success).toBe(false)
    expect(EmbeddingList.safeParse({ data: [{ embedding: [null] }] }).success).toBe(false)
    expect(ImageList.safeParse({ data: [{}] }).success).toBe(false)
  })
})
