import { expect, test } from 'vitest'
import { generatedBytes, StreamWatch } from './stream-watch.ts'

test('text that was made is counted in UTF-8 bytes, however it is escaped', () => {
  const text = 'Grüße, 世界 👋 "quoted"\n\\'
  const plain = JSON.stringify({ content: text })
  const escaped = plain.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  expect(escaped).not.toBe(plain)
  for (const json of [plain, escaped])
    expect(generatedBytes(Buffer.from(json).toString('latin1'))).toBe(Buffer.byteLength(text))
})

test('thoughts, arguments of tools and refusals count as text that was made', () => {
  const message = {
    content: null,
    reasoning_content: 'abc',
    refusal: 'de',
    tool_calls: [{ function: { name: 'not counted', arguments: '{}' } }],
  }
  expect(generatedBytes(JSON.stringify({ choices: [{ message }] }))).toBe(7)
})

test('usage that is not believed leaves its flag', () => {
  const watch = new StreamWatch([])
  watch.see(Buffer.from('{"choices":[],"usage":{"prompt_tokens":-1,"completion_tokens":2}}'))
  expect(watch.usage.usage).toBeNull()
  expect(watch.usage.flags).toEqual(['refused_count'])
})
