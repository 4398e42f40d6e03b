import { describe, expect, test } from 'vitest'
import { applyDraft, draftTextMax, toDraftText, withoutSecrets } from './draft.ts'

describe('what a draft keeps', () => {
  test('secret fields never reach it, at the top, in objects and in lists', () => {
    const values = {
      name: 'Llama',
      apiKey: 'sk-1',
      headers: [
        { name: 'x-a', value: 'sk-2' },
        { name: 'x-b', value: 'sk-3' },
      ],
      nested: { token: 'sk-4', port: 1 },
    }
    const text = toDraftText(values, ['apiKey', 'headers.*.value', 'nested.token']) ?? ''
    expect(text).not.toContain('sk-')
    expect(JSON.parse(text)).toEqual({
      name: 'Llama',
      headers: [{ name: 'x-a' }, { name: 'x-b' }],
      nested: { port: 1 },
    })
  })

  test('a path that leads nowhere changes nothing', () => {
    expect(withoutSecrets({ name: 'a', list: null }, ['other', 'list.*.x', 'name.deep'])).toEqual({
      name: 'a',
      list: null,
    })
  })

  test('one that is too large, or that holds itself, is not kept', () => {
    expect(toDraftText({ text: 'x'.repeat(draftTextMax) }, [])).toBeUndefined()
    const loop: Record<string, unknown> = {}
    loop.self = loop
    expect(toDraftText(loop, [])).toBeUndefined()
  })
})

describe('taking a draft up again', () => {
  test('typed values return, secrets and unknown members stay as the form has them', () => {
    const text = JSON.stringify({ name: 'typed', gone: 1 })
    expect(applyDraft({ name: '', apiKey: '' }, text)).toEqual({ name: 'typed', apiKey: '' })
  })

  test.each(['', 'null', '[1]', '"x"', '{'])('a damaged one (%j) leaves the form alone', (text) => {
    const values = { name: 'kept' }
    expect(applyDraft(values, text)).toEqual(values)
  })
})
